internal import Synchronization

/// Keeps how long the frames of a live run took, in each stage and in all: since the run began, and of late.
///
/// Recording a frame costs no memory, whatever happened before: three sets of histograms take 225 KB.
package final class LatencyRecorder: Sendable {
  private let values = Mutex(Values())

  private struct Values: Sendable {
    var all = StageDurations()
    var recent = RecentDurations()
  }

  package init() {}

  /// Counts a frame that is on its way no more.
  ///
  /// - Parameter now: Never before that of the call before.
  func record(_ times: FrameTimes, at now: ContinuousClock.Instant = .now) {
    values.withLock { values in
      values.all.record(times)
      values.recent.record(times, at: now)
    }
  }

  /// All that is known so far.
  package var snapshot: LatencySnapshot {
    // Evaluated outside the lock, which a frame may wait for.
    values.withLock { $0.all }.snapshot
  }

  /// Of the frames of the last ten to twenty seconds.
  package var recent: LatencySnapshot { recent(at: .now) }

  func recent(at now: ContinuousClock.Instant) -> LatencySnapshot {
    recentDurations(at: now).snapshot
  }

  private func recentDurations(at now: ContinuousClock.Instant) -> StageDurations {
    values.withLock { $0.recent }.durations(at: now)
  }

  /// The median of these frames from the camera, or from their arrival, to the outputs, in seconds; `nil` where there
  /// are none.
  package var recentMedianSeconds: Double? {
    let endToEnd = recentDurations(at: .now).endToEnd
    return endToEnd.count > 0 ? endToEnd.seconds(atPercentile: 50) : nil
  }
}
