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
  package var latencies: [StageLatency] = []
  /// Of a live run, in the order they were given in.
  package var outputs: [OutputStatistics] = []

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
}

/// How long frames took through one part of their way.
package struct StageLatency: Sendable, Equatable {
  /// Such as `decode`, or `end_to_end` for the whole way.
  package var name: String
  /// Frames measured since the run began.
  package var count: Int
  package var sumSeconds: Double
  /// By rising quantile, from 0 to 1.
  package var quantiles: [Quantile]
  /// By rising bound.
  package var buckets: [Bucket]

  /// A time that a part of the frames stays below.
  package struct Quantile: Sendable, Equatable {
    package var quantile: Double
    package var seconds: Double

    package init(quantile: Double, seconds: Double) {
      self.quantile = quantile
      self.seconds = seconds
    }
  }

  /// How many frames took at most so long.
  package struct Bucket: Sendable, Equatable {
    package var upperBoundSeconds: Double
    package var count: Int

    package init(upperBoundSeconds: Double, count: Int) {
      self.upperBoundSeconds = upperBoundSeconds
      self.count = count
    }
  }

  package init(
    name: String, count: Int, sumSeconds: Double, quantiles: [Quantile], buckets: [Bucket]
  ) {
    self.name = name
    self.count = count
    self.sumSeconds = sumSeconds
    self.quantiles = quantiles
    self.buckets = buckets
  }
}
