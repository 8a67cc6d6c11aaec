/// How long frames of a live run took, so far.
package struct LatencySnapshot: Sendable, Equatable {
  /// From the camera to the outputs; from the arrival for frames of which no more is known (those that `network`
  /// does not count).
  package var endToEnd = LatencySummary()
  /// In the order of `LatencyStage`.
  package var stages: [Stage] = []

  /// How long frames took in one stage.
  package struct Stage: Sendable, Equatable {
    package var stage: LatencyStage
    package var summary: LatencySummary
  }

  /// The whole way, then the stages that frames went through, by the names that watchers are told.
  package var parts: [(name: String, summary: LatencySummary)] {
    let stages = stages.map { (name: $0.stage.rawValue, summary: $0.summary) }
    return ([(name: "end_to_end", summary: endToEnd)] + stages).filter { $0.summary.count > 0 }
  }

  package subscript(stage: LatencyStage) -> LatencySummary {
    stages.first { $0.stage == stage }?.summary ?? LatencySummary()
  }
}

/// The distribution of durations, in seconds; percentiles are exact to about one per cent.
package struct LatencySummary: Sendable, Equatable {
  package var count = 0
  package var sumSeconds = 0.0
  package var median = 0.0
  package var percentile95 = 0.0
  package var percentile99 = 0.0
  package var maximum = 0.0
  /// How many durations are at most as long as each of `bucketBounds`.
  package var bucketCounts: [Int] = []

  /// In seconds: the bounds that Prometheus' client libraries use by default.
  package static let bucketBounds = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  package init() {}
}
