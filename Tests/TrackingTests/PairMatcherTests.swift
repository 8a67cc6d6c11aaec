import TestSupport
import Testing

@testable import Tracking

@Suite("Pair matcher")
struct PairMatcherTests {
  /// The greatest sum of weights, by trying every choice.
  private func bruteForce(_ pairs: ArraySlice<CandidatePair>, _ rows: Set<Int>, _ columns: Set<Int>)
    -> Float
  {
    guard let pair = pairs.first else { return 0 }
    let without = bruteForce(pairs.dropFirst(), rows, columns)
    guard !rows.contains(pair.row), !columns.contains(pair.column) else { return without }
    let with = bruteForce(
      pairs.dropFirst(), rows.union([pair.row]), columns.union([pair.column]))
    return max(without, pair.weight + with)
  }

  @Test("finds the greatest sum, group by group", arguments: 0..<40 as Range<UInt64>)
  func agreesWithBruteForce(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var matcher = PairMatcher()
    for _ in 0..<10 {
      let rows = Int.random(in: 1...6, using: &generator)
      let columns = Int.random(in: 1...6, using: &generator)
      var pairs: [CandidatePair] = []
      for row in 0..<rows {
        for column in 0..<columns where Int.random(in: 0..<3, using: &generator) == 0 {
          // Sixteenths: sums are exact.
          let weight = Float(Int.random(in: 1...16, using: &generator)) / 16
          pairs.append(CandidatePair(row: row, column: column, weight: weight))
        }
      }
      matcher.group(rows: rows, columns: columns, pairs: pairs)
      matcher.solve(rows: rows, pairs: pairs)
      let chosen = matcher.pairOfRow.filter { $0 >= 0 }.map { pairs[$0] }
      #expect(Set(chosen.map(\.row)).count == chosen.count)
      #expect(Set(chosen.map(\.column)).count == chosen.count)
      let sum = chosen.reduce(0) { $0 + $1.weight }
      let greatest = bruteForce(pairs[...], [], [])
      #expect(sum == greatest, "seed \(seed): \(pairs)")
      for pair in pairs {
        let competes = pairs.contains {
          ($0.row == pair.row) != ($0.column == pair.column)
        }
        let isContested = matcher.isContested(pair)
        #expect(isContested == competes)
      }
    }
  }
}
