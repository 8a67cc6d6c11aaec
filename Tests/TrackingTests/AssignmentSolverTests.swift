import TestSupport
import Testing
import Tracking

@Suite("Assignment solver")
struct AssignmentSolverTests {
  /// The least total cost over all ways to assign the smaller side, by trying every one.
  private func bruteForce(rows: Int, columns: Int, costs: [Float]) -> Double {
    func cost(_ short: Int, _ long: Int) -> Double {
      Double(rows <= columns ? costs[short * columns + long] : costs[long * columns + short])
    }
    let shortCount = min(rows, columns)
    let longCount = max(rows, columns)
    var isTaken = [Bool](repeating: false, count: longCount)
    func best(from short: Int) -> Double {
      if short == shortCount { return 0 }
      var least = Double.infinity
      for long in 0..<longCount where !isTaken[long] {
        isTaken[long] = true
        least = min(least, cost(short, long) + best(from: short + 1))
        isTaken[long] = false
      }
      return least
    }
    return best(from: 0)
  }

  @Test("costs no more than the best of all assignments", arguments: 0..<40 as Range<UInt64>)
  func agreesWithBruteForce(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    // One solver for all sizes: memory left by a larger problem must not leak into a smaller one.
    var solver = AssignmentSolver()
    for _ in 0..<12 {
      let rows = Int.random(in: 0...6, using: &generator)
      let columns = Int.random(in: 0...6, using: &generator)
      // Half of the problems have few distinct costs, so that ties are common.
      let isCoarse = Bool.random(using: &generator)
      let costs = (0..<rows * columns).map { _ in
        isCoarse
          ? Float(Int.random(in: -2...0, using: &generator))
          : Float.random(in: -1...1, using: &generator)
      }
      solver.solve(rows: rows, columns: columns, costs: costs)
      let answer = solver.columnOfRow.prefix(rows)
      let used = answer.compactMap { $0 }
      #expect(used.count == min(rows, columns), "seed \(seed), \(rows)×\(columns)")
      #expect(Set(used).count == used.count && used.allSatisfy { (0..<columns).contains($0) })
      let total = answer.enumerated().reduce(0.0) { sum, entry in
        sum + (entry.element.map { Double(costs[entry.offset * columns + $0]) } ?? 0)
      }
      let least = bruteForce(rows: rows, columns: columns, costs: costs)
      // Sums of at most six floats in double precision.
      #expect(abs(total - least) < 1e-9, "seed \(seed), \(rows)×\(columns): \(costs)")
    }
  }

  @Test("takes the cheaper sum over the cheapest pair")
  func prefersTheSum() {
    var solver = AssignmentSolver()
    solver.solve(rows: 2, columns: 2, costs: [-0.9, -0.8, -0.8, 0])
    #expect(solver.columnOfRow.prefix(2) == [1, 0])
  }

  @Test("breaks ties by index")
  func tiesBreakByIndex() {
    var solver = AssignmentSolver()
    solver.solve(rows: 2, columns: 3, costs: [Float](repeating: 0, count: 6))
    #expect(solver.columnOfRow.prefix(2) == [0, 1])
    solver.solve(rows: 3, columns: 2, costs: [Float](repeating: 0, count: 6))
    #expect(solver.columnOfRow.prefix(3) == [0, 1, nil])
  }
}
