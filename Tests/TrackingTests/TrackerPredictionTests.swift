import Imaging
import TestSupport
import Testing
import Tracking

@Suite("Predicting faces in frames that are not searched")
struct TrackerPredictionTests {
  /// A face with landmarks at fixed places of its box.
  private func faceWithLandmarks(_ x: Float, _ y: Float, size: Float = 60) -> TrackerInput {
    var input = face(x, y, size: size)
    input.landmarks = landmarks(in: input.box)
    return input
  }

  private func landmarks(in box: BoundingBox) -> Landmarks {
    func point(_ x: Float, _ y: Float) -> Point {
      Point(x: box.minX + x * box.width, y: box.minY + y * box.height)
    }
    return Landmarks(
      leftEye: point(0.3, 0.4), rightEye: point(0.7, 0.4), noseTip: point(0.5, 0.6),
      leftMouthCorner: point(0.35, 0.8), rightMouthCorner: point(0.65, 0.8))
  }

  /// Tracks of a crowd of which every third frame is searched.
  private func crowd(predicting: Bool) -> [[Track]] {
    var generator = SeededGenerator(seed: 7)
    var tracker = Tracker()
    var result: [[Track]] = []
    for frame in 0..<90 {
      var detections: [TrackerInput] = []
      for person in 0..<30 where Int.random(in: 0..<10, using: &generator) > 0 {
        let drift = Float(frame * (person % 7 - 3)) * 3
        detections.append(
          faceWithLandmarks(
            Float(person % 6) * 110 + drift + Float.random(in: -2...2, using: &generator),
            Float(person / 6) * 90))
      }
      if frame.isMultiple(of: 3) {
        tracker.update(with: detections, at: frameTime(frame))
        result.append(tracker.tracks)
      } else if predicting {
        tracker.predict(at: frameTime(frame))
      }
    }
    return result
  }

  @Test("predictions change nothing of what later detections become")
  func noTraces() {
    #expect(crowd(predicting: true) == crowd(predicting: false))
  }

  @Test("a face that moves steadily is predicted where it is", arguments: [2, 3, 5])
  func steadyMotion(interval: Int) {
    var tracker = Tracker()
    var worst: Float = 1
    for frame in 0..<60 {
      // Four face widths a second, growing by half a width a second.
      let truth = face(Float(frame) * 8, 100, size: 60 + Float(frame))
      guard !frame.isMultiple(of: interval) else {
        tracker.update(with: [truth], at: frameTime(frame))
        continue
      }
      tracker.predict(at: frameTime(frame))
      #expect(tracker.predictions.map(\.identity) == [1])
      // The velocity is known after a few detections.
      guard frame > 4 * interval, let predicted = tracker.predictions.first else { continue }
      worst = min(worst, predicted.box.intersectionOverUnion(with: truth.box))
    }
    // A change of size is believed for less than a second, so that the box falls behind a little.
    #expect(worst > 0.85)
  }

  @Test("landmarks keep their places in the box, and the score is the last one")
  func landmarksAndScore() throws {
    var tracker = Tracker()
    for frame in 0..<20 {
      var seen = faceWithLandmarks(Float(frame) * 5, 100, size: 60 + Float(frame))
      seen.score = 0.6 + 0.01 * Float(frame)
      tracker.update(with: [seen], at: frameTime(frame))
    }
    tracker.predict(at: frameTime(23))
    let predicted = try #require(tracker.predictions.first)
    #expect(predicted.score == tracker.tracks[0].score)
    let last = tracker.tracks[0].box
    #expect(predicted.box.center.x > last.center.x + 10 && predicted.box.width > last.width)
    let (found, expected) = (try #require(predicted.landmarks), landmarks(in: predicted.box))
    for index in 0..<Landmarks.count {
      // Rounding of 32-bit numbers of some hundreds.
      #expect(abs(found[index].x - expected[index].x) < 1e-3)
      #expect(abs(found[index].y - expected[index].y) < 1e-3)
    }
    let smoothed = try #require(predicted.smoothedLandmarks)
    let before = try #require(tracker.tracks[0].smoothedLandmarks)
    #expect(smoothed.noseTip.x > before.noseTip.x)
  }

  @Test("tentative and lost faces are not predicted, and no face becomes tracked by it")
  func onlyConfirmed() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    tracker.update(with: [face(0, 0), face(300, 0)], at: frameTime(1))
    for frame in 2..<10 {
      tracker.predict(at: frameTime(frame))
      #expect(tracker.predictions.map(\.identity) == [1])
    }
    tracker.update(with: [face(300, 0)], at: frameTime(10))
    // The second time of three; the other face is missed.
    #expect(tracker.tracks.map(\.state) == [.tentative])
    tracker.predict(at: frameTime(11))
    #expect(tracker.predictions.isEmpty)
    tracker.update(with: [face(0, 0), face(300, 0)], at: frameTime(12))
    #expect(tracker.tracks.map(\.identity) == [1, 2])
    #expect(tracker.tracks.map(\.state) == [.tracked, .tracked])
  }

  @Test("a face searched for less often than it may be lost is not lost")
  func rarely() {
    var tracker = Tracker(options: TrackerOptions(lostForSeconds: 0.5))
    for frame in 0..<200 {
      if frame.isMultiple(of: 50) {
        tracker.update(with: [face(100, 100)], at: frameTime(frame))
        #expect(tracker.tracks.map(\.identity) == [1])
      } else {
        tracker.predict(at: frameTime(frame))
        #expect(tracker.predictions.map(\.identity) == [1])
      }
    }
  }

  @Test("nothing is expected before the first update and after a gap")
  func withoutPast() {
    var tracker = Tracker()
    tracker.predict(at: frameTime(0))
    #expect(tracker.predictions.isEmpty)
    tracker.update(with: [face(0, 0)], at: frameTime(1))
    tracker.noteGap()
    #expect(tracker.predictions.isEmpty)
    tracker.predict(at: frameTime(100))
    #expect(tracker.predictions.isEmpty)
  }

  @Test("a time that does not advance, or is no time, leaves faces where they were")
  func oddTimes() {
    var tracker = Tracker()
    for frame in 0..<10 { tracker.update(with: [face(Float(frame) * 8, 0)], at: frameTime(frame)) }
    tracker.predict(at: frameTime(9))
    let resting = tracker.predictions
    tracker.predict(at: frameTime(3))
    #expect(tracker.predictions == resting)
    tracker.predict(at: Timestamp(ticks: 5, timeBase: Rational(0, 0)))
    #expect(tracker.predictions == resting)
  }
}
