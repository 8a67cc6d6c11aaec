import Imaging
import TestSupport
import Testing
import Tracking

@Suite("Tracker with uncertain detections")
struct LowScoreTests {
  private func uncertain(_ x: Float, _ y: Float) -> TrackerInput {
    var input = face(x, y)
    input.score = 0.2
    return input
  }

  @Test("a detection of a low score goes on with a track but begins none")
  func lowScores() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0), uncertain(300, 0)], at: frameTime(0))
    #expect(tracker.tracks.map(\.identity) == [1])
    for frame in 1..<10 {
      tracker.update(
        with: [uncertain(300, 0), uncertain(Float(frame) * 4, 0)], at: frameTime(frame))
      #expect(tracker.tracks.map(\.identity) == [1], "frame \(frame)")
      #expect(tracker.tracks.map(\.detectionIndex) == [1])
    }
  }

  @Test("a better detection is taken before an uncertain one that fits better")
  func betterFirst() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    tracker.update(with: [uncertain(0, 0), face(12, 0)], at: frameTime(1))
    #expect(tracker.tracks.map(\.detectionIndex) == [1])
  }

  @Test("a new face is not confirmed by uncertain detections")
  func tentative() {
    var tracker = Tracker()
    tracker.update(with: [], at: frameTime(0))
    tracker.update(with: [face(0, 0)], at: frameTime(1))
    tracker.update(with: [uncertain(0, 0)], at: frameTime(2))
    #expect(tracker.tracks.isEmpty)
  }

  /// A face that looks to one side by `turn` of its width.
  private func looking(_ x: Float, turn: Float) -> TrackerInput {
    func point(_ dx: Float, _ dy: Float) -> Point { Point(x: x + 60 * dx, y: 75 * dy) }
    var input = face(x, 0)
    input.landmarks = Landmarks(
      leftEye: point(0.3, 0.4), rightEye: point(0.7, 0.4), noseTip: point(0.5 + turn, 0.6),
      leftMouthCorner: point(0.35, 0.8), rightMouthCorner: point(0.65, 0.8))
    return input
  }

  @Test("of two faces in one place the landmarks tell which is left")
  func landmarksDecide() {
    for turn in [-0.25, 0.25] as [Float] {
      var tracker = Tracker()
      for frame in 0..<12 {
        // Both come to a stop side by side, then only one is seen, in the middle between them.
        tracker.update(
          with: [looking(0, turn: -0.25), looking(40, turn: 0.25)], at: frameTime(frame))
      }
      tracker.update(with: [looking(20, turn: turn)], at: frameTime(12))
      #expect(tracker.tracks.map(\.identity) == [turn < 0 ? 1 : 2])
    }
  }

  @Test("a known camera motion carries all faces along, however far")
  func cameraMotion() {
    var tracker = Tracker()
    let motion = CameraMotion(a: 1.1, b: 0, tx: 250, ty: -90)
    for frame in 0..<5 {
      tracker.update(with: [face(100, 100), face(400, 100)], at: frameTime(frame))
    }
    let moved = [face(400, 100), face(100, 100)].map {
      TrackerInput(box: motion.apply(to: $0.box), score: $0.score)
    }
    tracker.update(with: moved, at: frameTime(5), cameraMotion: motion)
    #expect(tracker.tracks.map(\.identity) == [2, 1])
  }

  @Test(
    "a camera motion that is no number is left out",
    arguments: [
      CameraMotion(a: .nan, b: 0, tx: 0, ty: 0), CameraMotion(a: 0, b: 0, tx: 0, ty: 0),
      CameraMotion(a: 1, b: 0, tx: .infinity, ty: 0),
    ])
  func unusableCameraMotion(motion: CameraMotion) {
    var tracker = Tracker()
    for frame in 0..<3 {
      tracker.update(with: [face(0, 0)], at: frameTime(frame), cameraMotion: motion)
      #expect(tracker.tracks.map(\.identity) == [1])
    }
  }

  @Test("a face that changed its way while hidden goes on the way it came out")
  func reupdate() {
    var tracker = Tracker()
    for frame in 0..<20 {
      tracker.update(with: [face(Float(frame) * 9, 100)], at: frameTime(frame))
    }
    for frame in 20..<26 { tracker.update(with: [], at: frameTime(frame)) }
    // It turned round behind something; then it is seen once, and hidden again.
    tracker.update(with: [face(19 * 9 - 20, 100)], at: frameTime(26))
    for frame in 27..<30 { tracker.update(with: [], at: frameTime(frame)) }
    tracker.update(with: [face(19 * 9 - 40, 100)], at: frameTime(30))
    #expect(tracker.tracks.map(\.identity) == [1])
  }
}
