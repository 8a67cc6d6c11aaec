import Media

/// What a run counts, for `CameraStatus`.
struct CameraCounters {
  var connection = ConnectionState.connecting
  var decodedFrames = 0
  var analyzedFrames = 0
  var searchedFrames = 0
  var writtenFrames = 0
  var droppedFrames = 0
  var damagedFrames = 0
  var decodeErrors = 0
  var reconnects = 0
  var epoch = 0
  var faces = 0
  var identities = 0
  var outputs: [OutputStatistics] = []
}

extension CameraCounters {
  /// - Parameter drops: Frames the ring buffer dropped.
  init(_ values: RunState.Values, drops: Int) {
    connection = values.connection
    // An input that says nothing of connections is there with its first frame.
    if connection == .connecting, values.decodedFrames > 0 { connection = .live }
    decodedFrames = values.decodedFrames
    analyzedFrames = values.analyzedFrames
    searchedFrames = values.analyzedFrames - values.predictedFrames - values.unsearchedFrames
    writtenFrames = values.writtenFrames
    droppedFrames = drops
    damagedFrames = values.damagedFrames
    decodeErrors = values.damageCount
    reconnects = values.reconnects
    epoch = values.epoch
    faces = values.detections
    identities = values.identities
    outputs = values.outputs
  }
}

extension CameraStatus {
  mutating func apply(_ counters: CameraCounters) {
    connection = counters.connection
    decodedFrames = counters.decodedFrames
    analyzedFrames = counters.analyzedFrames
    searchedFrames = counters.searchedFrames
    writtenFrames = counters.writtenFrames
    droppedFrames = counters.droppedFrames
    damagedFrames = counters.damagedFrames
    decodeErrors = counters.decodeErrors
    reconnects = counters.reconnects
    epoch = counters.epoch
    faces = counters.faces
    identities = counters.identities
    outputs = counters.outputs
  }
}

extension LatencySnapshot {
  /// The whole way, then the stages frames went through.
  var stageLatencies: [StageLatency] {
    let parts = stages.map { ($0.stage.rawValue, $0.summary) }
    return ([("end_to_end", endToEnd)] + parts).filter { $0.1.count > 0 }.map {
      StageLatency(name: $0, $1)
    }
  }
}

extension StageLatency {
  fileprivate init(name: String, _ summary: LatencySummary) {
    self.init(
      name: name, count: summary.count, sumSeconds: summary.sumSeconds,
      quantiles: [
        Quantile(quantile: 0.5, seconds: summary.median),
        Quantile(quantile: 0.95, seconds: summary.percentile95),
        Quantile(quantile: 0.99, seconds: summary.percentile99),
      ],
      buckets: zip(LatencySummary.bucketBounds, summary.bucketCounts).map {
        Bucket(upperBoundSeconds: $0, count: $1)
      })
  }
}
