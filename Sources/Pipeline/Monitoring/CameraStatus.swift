package import Media

/// How one camera is doing at a moment. Counters begin with the run and never fall.
package struct CameraStatus: Sendable, Equatable {
  package var name: String
  package var connection = ConnectionState.connecting
  /// Seconds since the last frame was decoded, to a few tenths; `nil` before the first.
  package var secondsSinceFrame: Double?
  /// In pixels, upright; `nil` before the first frame was analysed.
  package var width: Int?
  package var height: Int?

  package var decodedFrames = 0
  package var analyzedFrames = 0
  /// Frames the network looked at.
  package var searchedFrames = 0
  /// Frames handed to outputs.
  package var writtenFrames = 0
  /// Frames dropped because the analysis could not keep up.
  package var droppedFrames = 0
  /// Frames the decoder had to patch.
  package var damagedFrames = 0
  /// Parts of the input that were lost or broken.
  package var decodeErrors = 0
  package var reconnects = 0
  /// Counts reconnections in the records.
  package var epoch = 0

  /// Faces of all frames.
  package var faces = 0
  /// Faces of the last analysed frame.
  package var facesInFrame = 0
  package var identities = 0

  /// Frames a second over the last seconds: decoded, and through the analysis.
  package var inputFramesPerSecond = 0.0
  package var outputFramesPerSecond = 0.0
  /// How long frames took since the run began; `nil` for files.
  package var latency: LatencySnapshot?
  /// The same of the last ten to twenty seconds; `nil` also once the run ended.
  package var recentLatency: LatencySnapshot?
  /// Of a live run, in the order they were given in.
  package var outputs: [OutputStatistics] = []
  /// Since the first frame, in the order they were given in.
  package var trackFiles: [TrackFileStatistics] = []

  package var pictureWatchers = 0
  package var recordWatchers = 0
  /// Pictures and records that watchers were too slow for.
  package var droppedForWatchers = 0

  package init(name: String) { self.name = name }

  /// Whether the camera is connected and delivered a frame within the time.
  ///
  /// - Parameter seconds: How long ago the last frame may be.
  package func isReady(within seconds: Double) -> Bool {
    guard connection == .live, let secondsSinceFrame else { return false }
    return secondsSinceFrame <= seconds
  }

  /// Faces that are seen at the moment: those of the last analysed frame, and none of a camera that is not
  /// connected or delivers nothing.
  ///
  /// - Parameter seconds: How long ago the last frame may be.
  package func facesNow(within seconds: Double) -> Int {
    isReady(within: seconds) ? facesInFrame : 0
  }
}

extension CameraStatus {
  /// Takes over what a run counted so far.
  ///
  /// - Parameter drops: Frames the ring buffer dropped.
  mutating func update(_ values: RunState.Values, drops: Int) {
    // An input that says nothing of connections is there with its first frame.
    let hasBegun = values.connection == .connecting && values.decodedFrames > 0
    connection = hasBegun ? .live : values.connection
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
    trackFiles = values.trackFiles
  }
}
