internal import Histogram

/// How long frames took, in each stage and in all.
struct StageDurations: Sendable {
  private var stages = LatencyStage.allCases.map { _ in Durations() }
  private(set) var endToEnd = Durations()

  /// Kept, as every `allCases` is a new array.
  private static let allStages = LatencyStage.allCases

  /// Counts a frame that is on its way no more.
  mutating func record(_ times: FrameTimes) {
    for index in Self.allStages.indices {
      if let seconds = times.seconds(in: Self.allStages[index]) { stages[index].record(seconds) }
    }
    if let seconds = times.endToEndSeconds { endToEnd.record(seconds) }
  }

  /// Counts all of the others as well.
  mutating func add(_ other: StageDurations) {
    for index in stages.indices { stages[index].add(other.stages[index]) }
    endToEnd.add(other.endToEnd)
  }

  /// Forgets all.
  mutating func reset() {
    for index in stages.indices { stages[index].reset() }
    endToEnd.reset()
  }

  var snapshot: LatencySnapshot {
    var snapshot = LatencySnapshot()
    snapshot.endToEnd = endToEnd.summary
    snapshot.stages = zip(Self.allStages, stages).map {
      LatencySnapshot.Stage(stage: $0, summary: $1.summary)
    }
    return snapshot
  }
}

/// The durations of one kind, as a high dynamic range histogram of 11 KB.
struct Durations: Sendable {
  /// In microseconds, to two significant digits.
  private var histogram = Histogram<UInt32>(
    highestTrackableValue: longestMicroseconds, numberOfSignificantValueDigits: .two)
  private var sumSeconds = 0.0

  /// A minute; what takes longer counts as this.
  private static let longestMicroseconds: UInt64 = 60_000_000

  var count: Int { Int(histogram.totalCount) }

  mutating func record(_ seconds: Double) {
    let microseconds = UInt64(max(0, seconds * 1e6).rounded())
    histogram.record(min(microseconds, Self.longestMicroseconds))
    sumSeconds += seconds
  }

  mutating func add(_ other: Durations) {
    histogram.add(other.histogram)
    sumSeconds += other.sumSeconds
  }

  mutating func reset() {
    histogram.reset()
    sumSeconds = 0
  }

  /// 0 where there are none.
  func seconds(atPercentile percentile: Double) -> Double {
    Double(histogram.valueAtPercentile(percentile)) / 1e6
  }

  var summary: LatencySummary {
    var summary = LatencySummary()
    summary.count = count
    summary.sumSeconds = sumSeconds
    summary.median = seconds(atPercentile: 50)
    summary.percentile95 = seconds(atPercentile: 95)
    summary.percentile99 = seconds(atPercentile: 99)
    summary.maximum = Double(histogram.maxRecorded) / 1e6
    summary.bucketCounts = LatencySummary.bucketBounds.map {
      Int(histogram.count(within: 0...UInt64($0 * 1e6)))
    }
    return summary
  }
}
