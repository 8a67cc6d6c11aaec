internal import Histogram
internal import Synchronization

/// Keeps how long the frames of a live run took, in each stage and in all.
///
/// High dynamic range histograms: recording a frame costs no memory, whatever happened before, and percentiles hold
/// for the whole run. Seven of them take 75 KB.
package final class LatencyRecorder: Sendable {
  private let values = Mutex(Values())
  /// Kept, as every `allCases` is a new array.
  private static let stages = LatencyStage.allCases

  /// The median of so many frames stands for how it is at the moment: four seconds at 30 frames a second.
  private static let recentCount = 120

  private struct Values: Sendable {
    var stages = LatencyStage.allCases.map { _ in Durations() }
    var endToEnd = Durations()
    /// In seconds, of the last frames; the oldest is replaced.
    var recent: [Double] = []
    var oldest = 0

    init() { recent.reserveCapacity(LatencyRecorder.recentCount) }
  }

  package init() {}

  /// Counts a frame that is on its way no more.
  func record(_ times: FrameTimes) {
    values.withLock { values in
      for index in Self.stages.indices {
        let seconds = times.seconds(in: Self.stages[index])
        if let seconds { values.stages[index].record(seconds) }
      }
      guard let seconds = times.endToEndSeconds else { return }
      values.endToEnd.record(seconds)
      if values.recent.count < Self.recentCount {
        values.recent.append(seconds)
      } else {
        values.recent[values.oldest] = seconds
        values.oldest = (values.oldest + 1) % Self.recentCount
      }
    }
  }

  /// The median of the last frames from the camera, or from their arrival, to the outputs, in seconds; `nil` before
  /// the first.
  package var recentMedianSeconds: Double? {
    let recent = values.withLock { $0.recent }.sorted()
    return recent.isEmpty ? nil : recent[recent.count / 2]
  }

  /// All that is known so far.
  package var snapshot: LatencySnapshot {
    // Evaluated outside the lock, which a frame may wait for.
    let (stages, endToEnd) = values.withLock { ($0.stages, $0.endToEnd) }
    var snapshot = LatencySnapshot()
    snapshot.endToEnd = endToEnd.summary
    snapshot.stages = zip(LatencyStage.allCases, stages).map {
      LatencySnapshot.Stage(stage: $0, summary: $1.summary)
    }
    return snapshot
  }
}

/// The durations of one kind.
private struct Durations: Sendable {
  /// In microseconds, to two significant digits.
  private var histogram = Histogram<UInt32>(
    highestTrackableValue: longestMicroseconds, numberOfSignificantValueDigits: .two)
  private var sumSeconds = 0.0

  /// A minute; what takes longer counts as this.
  private static let longestMicroseconds: UInt64 = 60_000_000

  mutating func record(_ seconds: Double) {
    let microseconds = UInt64(max(0, seconds * 1e6).rounded())
    histogram.record(min(microseconds, Self.longestMicroseconds))
    sumSeconds += seconds
  }

  var summary: LatencySummary {
    func seconds(_ percentile: Double) -> Double {
      Double(histogram.valueAtPercentile(percentile)) / 1e6
    }
    var summary = LatencySummary()
    summary.count = Int(histogram.totalCount)
    summary.sumSeconds = sumSeconds
    summary.median = seconds(50)
    summary.percentile95 = seconds(95)
    summary.percentile99 = seconds(99)
    summary.maximum = Double(histogram.maxRecorded) / 1e6
    summary.bucketCounts = LatencySummary.bucketBounds.map {
      Int(histogram.count(within: 0...UInt64($0 * 1e6)))
    }
    return summary
  }
}
