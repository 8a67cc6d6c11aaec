@testable import Pipeline

extension LatencyRecorder {
  /// Counts frames that took so long from end to end.
  func record(_ seconds: Double, count: Int, at now: ContinuousClock.Instant) {
    var times = FrameTimes(decoded: now - .seconds(seconds))
    times.written = now
    for _ in 0..<count { record(times, at: now) }
  }
}
