import Imaging
import TestSupport
import Testing
import Tracking

/// Frame `number` of a clip of 30000/1001 frames a second.
func frameTime(_ number: Int) -> Timestamp {
  Timestamp(ticks: Int64(number) * 1001, timeBase: Rational(1, 30000))
}

func face(_ x: Float, _ y: Float, size: Float = 60) -> TrackerInput {
  TrackerInput(box: BoundingBox(x: x, y: y, width: size, height: size * 1.25), score: 0.9)
}

@Suite("Tracker")
struct TrackerTests {
  @Test("faces that move past each other at a distance keep their identities")
  func crossingAtADistance() {
    var tracker = Tracker()
    for frame in 0..<60 {
      let step = Float(frame) * 10
      // The order of the detections changes from frame to frame.
      let upper = face(step, 100)
      let lower = face(600 - step, 200)
      tracker.update(
        with: frame.isMultiple(of: 2) ? [upper, lower] : [lower, upper], at: frameTime(frame))
      let identities = tracker.tracks.map(\.identity)
      #expect(identities == (frame.isMultiple(of: 2) ? [1, 2] : [2, 1]), "frame \(frame)")
    }
  }

  @Test("faces that meet head on keep going the way they went")
  func crossingThrough() {
    var tracker = Tracker()
    for frame in 0..<60 {
      let step = Float(frame) * 10
      // Overlapping while they pass, a third of a face apart in height.
      tracker.update(with: [face(step, 100), face(590 - step, 125)], at: frameTime(frame))
      #expect(tracker.tracks.map(\.identity) == [1, 2], "frame \(frame)")
    }
  }

  @Test("a moving face hidden for several frames gets its identity back", arguments: [1, 5, 12])
  func occlusion(hiddenFrames: Int) {
    var tracker = Tracker()
    for frame in 0..<60 {
      let isHidden = (20..<20 + hiddenFrames).contains(frame)
      tracker.update(with: isHidden ? [] : [face(Float(frame) * 8, 100)], at: frameTime(frame))
      #expect(tracker.tracks.map(\.identity) == (isHidden ? [] : [1]), "frame \(frame)")
    }
  }

  @Test("a face that stops while hidden is found where it was last seen")
  func stopsWhileHidden() {
    var tracker = Tracker()
    for frame in 0..<20 {
      tracker.update(with: [face(Float(frame) * 8, 100)], at: frameTime(frame))
    }
    for frame in 20..<40 { tracker.update(with: [], at: frameTime(frame)) }
    tracker.update(with: [face(19 * 8, 100)], at: frameTime(40))
    #expect(tracker.tracks.map(\.identity) == [1])
    #expect(tracker.tracks.map(\.state) == [.tracked])
  }

  @Test("a new face that moves nine tenths of its width a frame is followed at once")
  func fastNewFace() {
    var tracker = Tracker()
    tracker.update(with: [], at: frameTime(0))
    for frame in 1..<20 {
      // Another face stands where the new one passes by, and keeps its identity.
      tracker.update(
        with: [face(Float(frame) * 54, 100), face(500, 210)], at: frameTime(frame))
      #expect(tracker.tracks.map(\.identity) == [1, 2], "frame \(frame)")
    }
  }

  @Test("a face two widths away is another face")
  func farAway() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    tracker.update(with: [face(120, 0)], at: frameTime(1))
    #expect(tracker.tracks.map(\.identity) == [2])
  }

  @Test("a face comes back within the time to keep it, and is a new one after that")
  func lostForSeconds() {
    for (frames, expected) in [(30, 1), (31, 2)] {
      var tracker = Tracker(options: TrackerOptions(lostForSeconds: 1))
      let second = Rational(1, 30)
      tracker.update(with: [face(0, 0)], at: Timestamp(ticks: 0, timeBase: second))
      for tick in 1..<frames {
        tracker.update(with: [], at: Timestamp(ticks: Int64(tick), timeBase: second))
      }
      tracker.update(with: [face(0, 0)], at: Timestamp(ticks: Int64(frames), timeBase: second))
      #expect(tracker.tracks.map(\.identity) == [expected], "\(frames) frames")
    }
  }

  @Test("a later face is tentative until it was seen three times in a row")
  func confirmation() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    #expect(tracker.tracks.map(\.state) == [.tracked])
    var states: [TrackState] = []
    for frame in 1...4 {
      tracker.update(with: [face(0, 0), face(300, 0)], at: frameTime(frame))
      states.append(tracker.tracks[1].state)
    }
    #expect(states == [.tentative, .tentative, .tracked, .tracked])
  }

  @Test("a tentative face missed once is forgotten, and its identity is not used again")
  func tentativeMiss() {
    var tracker = Tracker()
    tracker.update(with: [], at: frameTime(0))
    tracker.update(with: [face(0, 0)], at: frameTime(1))
    tracker.update(with: [], at: frameTime(2))
    tracker.update(with: [face(0, 0)], at: frameTime(3))
    #expect(tracker.tracks.map(\.identity) == [2])
    #expect(tracker.tracks.map(\.state) == [.tentative])
  }

  @Test("a confirmed face is served before a tentative one that fits better")
  func confirmedFirst() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    tracker.update(with: [face(0, 0), face(24, 0)], at: frameTime(1))
    tracker.update(with: [face(20, 0)], at: frameTime(2))
    #expect(tracker.tracks.map(\.identity) == [1])
  }

  @Test("reports the detection itself, with its index and score")
  func reportsDetections() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    var moved = face(9, 3, size: 66)
    moved.score = 0.625
    tracker.update(with: [face(400, 0), moved], at: frameTime(1))
    #expect(
      tracker.tracks[1]
        == Track(identity: 1, detectionIndex: 1, state: .tracked, box: moved.box, score: 0.625))
    #expect(tracker.tracks[0].detectionIndex == 0)
  }

  @Test("forgets all faces at a gap and goes on counting")
  func gap() {
    var tracker = Tracker()
    tracker.update(with: [face(0, 0), face(200, 0)], at: frameTime(1000))
    tracker.noteGap()
    #expect(tracker.tracks.isEmpty && !tracker.followsFaces)
    tracker.update(with: [face(0, 0)], at: frameTime(0))
    #expect(tracker.tracks.map(\.identity) == [3])
    #expect(tracker.tracks.map(\.state) == [.tracked])
  }
}
