import Detection
import Imaging
import TestSupport
import Testing

@Suite("Non-maximum suppression")
struct NonMaximumSuppressionTests {
  private func face(_ x: Float, _ score: Float, width: Float = 10) -> Detection {
    let point = Point(x: x, y: 0)
    return Detection(
      box: BoundingBox(x: x, y: 0, width: width, height: 10),
      landmarks: Landmarks(
        leftEye: point, rightEye: point, noseTip: point, leftMouthCorner: point,
        rightMouthCorner: point),
      score: score)
  }

  private func kept(
    _ candidates: [Detection], threshold: Float = 0.4, maximumCandidates: Int = .max,
    sideExtension: Point = Point(x: 0, y: 0)
  ) -> [Float] {
    var suppression = NonMaximumSuppression(
      threshold: threshold, maximumCandidates: maximumCandidates)
    suppression.sideExtension = sideExtension
    var kept = [face(99, 1)]
    suppression.suppress(candidates, into: &kept)
    return kept.map(\.box.minX)
  }

  @Test("a box overlapping a better one by more than the threshold goes")
  func suppresses() {
    // Squares of 10 shifted by 4 have IoU 6/14 = 0.43, by 5 they have 5/15 = 0.33.
    #expect(kept([face(0, 0.8), face(4, 0.9)]) == [4])
    #expect(kept([face(0, 0.8), face(5, 0.9)]) == [5, 0])
    #expect(kept([]) == [])
  }

  @Test("an overlap of just the threshold stays")
  func thresholdIsExclusive() {
    // 5 of 10 shared: IoU 0.5 exactly.
    #expect(kept([face(0, 0.9), face(0, 0.8, width: 5)], threshold: 0.5) == [0, 0])
  }

  @Test("extended sides make small boxes overlap more")
  func extendsSides() {
    // Shifted by 5, 11 pixels wide and high: 6 of 16 columns are shared, IoU 0.375; 2 pixels wider only,
    // 7 of 17, IoU 0.41.
    let faces = [face(0, 0.9), face(5, 0.8)]
    #expect(kept(faces, threshold: 0.37, sideExtension: Point(x: 1, y: 1)) == [0])
    #expect(kept(faces, threshold: 0.38, sideExtension: Point(x: 1, y: 1)) == [0, 5])
    #expect(kept(faces, threshold: 0.41, sideExtension: Point(x: 2, y: 0)) == [0])
    #expect(kept(faces, threshold: 0.41, sideExtension: Point(x: 0, y: 2)) == [0, 5])
    // Side by side they now share a column: 1 of 21.
    #expect(kept([face(0, 0.9), face(10, 0.8)], threshold: 0.04) == [0, 10])
    #expect(
      kept([face(0, 0.9), face(10, 0.8)], threshold: 0.04, sideExtension: Point(x: 1, y: 1)) == [0])
  }

  @Test("a suppressed box suppresses nothing itself")
  func suppressionIsNotPassedOn() {
    // The middle one goes for the first; the last overlaps only the middle one.
    #expect(kept([face(0, 0.9), face(4, 0.8), face(8, 0.7)]) == [0, 8])
  }

  @Test("equal scores are taken in the order of the anchors")
  func tiesBreakByIndex() {
    #expect(kept([face(2, 0.9), face(0, 0.9), face(50, 0.9), face(30, 0.95)]) == [30, 2, 50])
  }

  @Test("of too many candidates the best are considered")
  func limitsCandidates() {
    let faces = [face(0, 0.6), face(20, 0.9), face(40, 0.7), face(60, 0.8)]
    #expect(kept(faces) == [20, 60, 40, 0])
    #expect(kept(faces, maximumCandidates: 3) == [20, 60, 40])
  }

  @Test("agrees with the definition on random boxes", arguments: 0..<20)
  func agreesWithDefinition(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...200, using: &generator)
    let candidates = (0..<count).map { _ in
      face(
        Float.random(in: 0...100, using: &generator),
        Float(Int.random(in: 0...20, using: &generator)) / 20,
        width: Float.random(in: 0...30, using: &generator))
    }
    var remaining = candidates.enumerated()
      .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    var expected: [Float] = []
    while let best = remaining.first {
      expected.append(best.box.minX)
      remaining.removeFirst()
      remaining.removeAll { $0.box.intersectionOverUnion(with: best.box) > 0.4 }
    }
    #expect(kept(candidates) == expected)
  }
}
