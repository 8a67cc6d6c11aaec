/// How long the frames of the last seconds took: of a span of time that is over, and of the one that is not.
struct RecentDurations: Sendable {
  private var current = StageDurations()
  private var previous = StageDurations()
  /// When the current span began; `nil` before the first frame.
  private var begin: ContinuousClock.Instant?

  /// Short enough for a person to see the effect of what they do, long enough for a 95th percentile of a camera of ten
  /// frames a second. What is told is of one to two spans.
  static let span = Duration.seconds(10)

  /// Counts a frame that is on its way no more.
  mutating func record(_ times: FrameTimes, at now: ContinuousClock.Instant) {
    advance(to: now)
    current.record(times)
  }

  private mutating func advance(to now: ContinuousClock.Instant) {
    let age = begin.map { now - $0 } ?? .zero
    if begin == nil || age >= Self.span * 2 {
      begin = now
      current.reset()
      previous.reset()
    } else if age >= Self.span {
      begin? += Self.span
      swap(&current, &previous)
      current.reset()
    }
  }

  /// Those of both spans, less what is too long ago by now.
  func durations(at now: ContinuousClock.Instant) -> StageDurations {
    var aged = self
    aged.advance(to: now)
    var durations = aged.previous
    durations.add(aged.current)
    return durations
  }
}
