import Evaluation
import Imaging
import Pipeline
import Testing

@Suite("Tracking of given detections")
struct DetectionTrackingTests {
  private let times = (0..<20).map { Timestamp(ticks: $0, timeBase: Rational(1, 30)) }

  private func detection(_ frame: Int, x: Double, score: Double = 0.9) -> MOTRow {
    MOTRow(
      frame: frame, identity: -1, x: x, y: 50, width: 40, height: 50, confidence: score)
  }

  @Test("gives the detections of a face one identity")
  func identities() {
    var tracking = DetectionTracking(Configuration())
    let detections = (1...20).map { detection($0, x: 10.123456789 + 3 * Double($0)) }
    let tracks = tracking.tracks(of: detections.reversed(), at: times)
    #expect(tracks.map(\.identity) == Array(repeating: 1, count: 20))
    // Single precision.
    #expect(zip(tracks, detections).allSatisfy { abs($0.x - $1.x) < 1e-4 })
  }

  @Test("leaves out new faces not yet confirmed, and detections below the low score")
  func leavesOut() {
    var configuration = Configuration()
    configuration.track.lowScore = 0.3
    var tracking = DetectionTracking(configuration)
    let steady = (1...10).map { detection($0, x: 10, score: $0 == 5 ? 0.2 : 0.9) }
    let brief = [detection(3, x: 300), detection(4, x: 300)]
    let tracks = tracking.tracks(of: steady + brief, at: times)
    #expect(tracks.map(\.frame) == [1, 2, 3, 4, 6, 7, 8, 9, 10])
  }
}
