import Imaging
import TestSupport
import Testing

@testable import Tracking

@Suite("Overlap search")
struct OverlapSearchTests {
  /// Every box compared with every other one.
  private func reference(
    _ rows: [BoundingBox], _ columns: [BoundingBox], leastOverlap: Float
  ) -> [[Float]] {
    var found: [[Float]] = []
    for (row, box) in rows.enumerated() {
      for (column, other) in columns.enumerated() {
        let overlap = box.intersectionOverUnion(with: other)
        if overlap > 0, overlap >= leastOverlap {
          found.append([Float(row), Float(column), overlap])
        }
      }
    }
    return found
  }

  private func searched(
    _ rows: [BoundingBox], _ columns: [BoundingBox], leastOverlap: Float
  ) -> [[Float]] {
    var search = OverlapSearch()
    // Whatever was there before must not be found again.
    search.append(BoundingBox(x: 0, y: 0, width: 1000, height: 1000))
    search.prepare()
    search.removeAll()
    for box in columns { search.append(box) }
    search.prepare()
    var pairs: [CandidatePair] = []
    for (row, box) in rows.enumerated() {
      search.appendPairs(of: box, row: row, leastOverlap: leastOverlap, to: &pairs)
    }
    return pairs.map { [Float($0.row), Float($0.column), $0.weight] }
  }

  @Test("finds what comparing all boxes finds, in the same order", arguments: 1...60)
  func same(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let spread = [Float(0), 30, 400, 1e6][seed % 4]
    func boxes(_ count: Int) -> [BoundingBox] {
      (0..<count).map { _ in
        // Some are as wide as a scene, some have no area.
        let width = Float.random(in: 0...40, using: &generator)
        let isWide = Int.random(in: 0..<12, using: &generator) == 0
        return BoundingBox(
          x: Float.random(in: -spread...spread, using: &generator),
          y: Float.random(in: -20...20, using: &generator), width: isWide ? 10 * width : width,
          height: Float.random(in: 0...40, using: &generator))
      }
    }
    let (rows, columns) = (boxes(seed % 23), boxes(seed % 37))
    for leastOverlap in [Float(0), 0.3] {
      #expect(
        searched(rows, columns, leastOverlap: leastOverlap)
          == reference(rows, columns, leastOverlap: leastOverlap))
    }
  }

  @Test("boxes at the ends of what a number can say are found, and those that are no place are not")
  func extremes() {
    let far = BoundingBox(minX: -3e38, minY: 0, maxX: 3e38, maxY: 10)
    let columns = [
      far, BoundingBox(x: 0, y: 0, width: 10, height: 10),
      BoundingBox(minX: 2.9e38, minY: 0, maxX: 3e38, maxY: 10),
    ]
    let rows =
      columns + [
        BoundingBox(minX: .nan, minY: 0, maxX: 10, maxY: 10),
        BoundingBox(minX: 0, minY: 0, maxX: .nan, maxY: 10),
        BoundingBox(minX: -.infinity, minY: 0, maxX: .infinity, maxY: 10),
      ]
    #expect(
      searched(rows, columns, leastOverlap: 0) == reference(rows, columns, leastOverlap: 0))
    #expect(searched([columns[1]], [columns[1]], leastOverlap: 0.5) == [[0, 0, 1]])
    #expect(searched([far], [], leastOverlap: 0).isEmpty)
  }
}
