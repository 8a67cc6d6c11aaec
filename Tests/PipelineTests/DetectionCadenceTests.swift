import Testing

@testable import Pipeline

@Suite("Which frames are searched")
struct DetectionCadenceTests {
  /// Whether each of the frames is searched, for a number of newer ones each.
  private func run(
    _ interval: Configuration.DetectionInterval, isLive: Bool, waiting: [Int], rate: Double = 30
  ) -> [Bool] {
    var cadence = DetectionCadence(interval, isLive: isLive)
    return waiting.enumerated().map {
      cadence.searches(frameAt: Double($0) / rate, waiting: $1)
    }
  }

  @Test("every n-th frame, however many wait", arguments: [true, false])
  func everyNth(isLive: Bool) {
    let busy = Array(repeating: 7, count: 10)
    #expect(run(.frames(1), isLive: isLive, waiting: busy) == Array(repeating: true, count: 10))
    #expect(
      run(.frames(3), isLive: isLive, waiting: busy) == (0..<10).map { $0.isMultiple(of: 3) })
    #expect(
      run(.frames(4), isLive: isLive, waiting: Array(repeating: 0, count: 10))
        == (0..<10).map { $0.isMultiple(of: 4) })
  }

  @Test("of a file, every frame")
  func files() {
    let busy = Array(repeating: 8, count: 100)
    #expect(run(.auto, isLive: false, waiting: busy).allSatisfy { $0 })
  }

  @Test("of a live input that is kept up with, every frame")
  func inTime() {
    let waiting = (0..<100).map { $0 % 2 }
    #expect(run(.auto, isLive: true, waiting: waiting).allSatisfy { $0 })
  }

  @Test("a backlog is caught up with before the next search")
  func backlog() {
    #expect(
      run(.auto, isLive: true, waiting: [5, 4, 3, 2, 1, 0, 1, 2, 1])
        == [true, false, false, false, true, true, true, false, true])
  }

  @Test("however far behind, one frame of fifteen is searched")
  func hopeless() {
    let searched = run(.auto, isLive: true, waiting: Array(repeating: 8, count: 46))
    #expect(searched == (0..<46).map { $0.isMultiple(of: 15) })
  }

  @Test("the first frame after a reconnection is searched, and counted from")
  func restart() {
    var cadence = DetectionCadence(.frames(4), isLive: true)
    let decisions = (0..<10).map { frame in
      if frame == 6 { cadence.restart() }
      return cadence.searches(frameAt: Double(frame), waiting: 0)
    }
    #expect(decisions.enumerated().filter(\.element).map(\.offset) == [0, 4, 6])
  }

  @Test("and one a second of slow streams, also when the clock steps back")
  func slowStreams() {
    let searched = run(.auto, isLive: true, waiting: Array(repeating: 8, count: 21), rate: 5)
    #expect(searched == (0..<21).map { $0.isMultiple(of: 5) })
    var cadence = DetectionCadence(.auto, isLive: true)
    var decisions: [Bool] = []
    for seconds in [100, 100.1, 3, 3.1] {
      decisions.append(cadence.searches(frameAt: seconds, waiting: 8))
    }
    #expect(decisions == [true, false, true, false])
  }

  /// A search that takes as long as so many frames: in the steady state one frame in as many is searched, none
  /// later than that, and the ring buffer never overflows.
  @Test("a slow search settles at one frame in as many as arrive meanwhile", arguments: 2...7)
  func steadyState(framesPerSearch: Int) {
    var cadence = DetectionCadence(.auto, isLive: true)
    var waiting = 1
    var (searches, most) = (0, 0)
    for frame in 0..<700 {
      waiting -= 1
      if cadence.searches(frameAt: Double(frame) / 30, waiting: waiting) {
        searches += 1
        waiting += framesPerSearch
      } else if waiting == 0 {
        waiting = 1
      }
      most = max(most, waiting)
    }
    #expect(abs(searches - 700 / framesPerSearch) <= 1)
    #expect(most <= framesPerSearch + 1)
  }
}
