import Imaging
import Testing

@testable import Pipeline

@Suite("What a person should check")
struct ReviewCollectorTests {
  private func face(
    _ state: FaceRecord.State = .tracked, score: Float = 0.9, x: Float = 100
  ) -> FaceRecord {
    let point = Point(x: x, y: 100)
    return FaceRecord(
      identity: 7, box: BoundingBox(x: x, y: 100, width: 20, height: 20), score: score,
      landmarks: Landmarks(
        leftEye: point, rightEye: point, noseTip: point, leftMouthCorner: point,
        rightMouthCorner: point), pose: nil, state: state)
  }

  /// What is reported for frames at 10 a second, as text.
  private func review(
    _ frames: [[FaceRecord]], damaged: Set<Int> = [], unsearched: Set<Int> = []
  ) -> [String] {
    var collector = ReviewCollector(width: 640, height: 360, lostForSeconds: 0.35)
    var items: [ReviewItem] = []
    for (index, faces) in frames.enumerated() {
      collector.add(
        FrameRecord(
          frame: index, timestamp: Timestamp(ticks: Int64(index), timeBase: Rational(1, 10)),
          isDamaged: damaged.contains(index), isUnsearched: unsearched.contains(index),
          faces: faces), to: &items)
    }
    collector.finish(&items)
    return items.map { "\($0.reason.rawValue) \($0.first.frame)-\($0.last.frame)" }
  }

  @Test("a face there from the first frame to the last is not mentioned")
  func nothing() {
    #expect(review(Array(repeating: [face()], count: 20)).isEmpty)
  }

  @Test("gaps that were bridged")
  func bridged() {
    let filled = face(.interpolated, score: 0.3)
    #expect(review([[face()], [filled], [filled], [face()]]) == ["gap-bridged 1-2"])
  }

  @Test("gaps that were not")
  func notBridged() {
    let moved = face(.extrapolated)
    #expect(review([[face()], [moved], [], [face()]]) == ["gap-not-bridged 0-3"])
  }

  @Test("low scores, as one run")
  func lowScores() {
    let low = face(score: 0.35)
    #expect(
      review([[face()], [low], [low], [face()], [low]]) == ["low-score 1-2", "low-score 4-4"])
  }

  @Test("faces that begin and end in mid-picture, but not at the border")
  func ends() {
    let nobody: [[FaceRecord]] = Array(repeating: [], count: 6)
    let middle = nobody + [[face()], [face()]] + nobody
    #expect(review(middle) == ["began-in-mid-picture 6-6", "ended-in-mid-picture 7-7"])
    let border = nobody + [[face(x: 2)], [face(x: 2)]] + nobody
    #expect(review(border).isEmpty)
    // Too near to the end to be given up, but gone.
    #expect(review([[face()], [face()], []]) == ["ended-in-mid-picture 1-1"])
  }

  @Test("frames that were damaged or not searched")
  func frames() {
    let frames = Array(repeating: [face()], count: 8)
    #expect(
      review(frames, damaged: [2, 3, 7], unsearched: [5])
        == ["damaged-frame 2-3", "unsearched-frame 5-5", "damaged-frame 7-7"])
  }
}
