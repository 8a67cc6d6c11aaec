package import Media

/// How far a run is, for a progress line.
package struct RunProgress: Sendable, Equatable {
  package var frames: Int
  package var faces: Int
  package var drops: Int
  package var elapsedSeconds: Double
  /// Seconds of the input's own time done so far.
  package var positionSeconds: Double
  /// `live` also for a file that is being read.
  package var connection = ConnectionState.connecting
  /// Of the input's own time; `nil` when unknown.
  package var totalSeconds: Double?
  /// How many pictures the folder holds whose pictures are the frames; `nil` for other inputs.
  package var totalPictures: Int?
  /// Of the last frames, the share that was searched for faces; in the others they were predicted.
  package var searchedShare = 1.0
  /// From the camera, or from its arrival, until a frame is written, in seconds: the median of the last frames; `nil`
  /// for inputs that are not live.
  package var latencySeconds: Double?

  package var framesPerSecond: Double {
    elapsedSeconds > 0 ? Double(frames) / elapsedSeconds : 0
  }

  /// Seconds of the input done in a second; 1 is real time.
  package var speed: Double { elapsedSeconds > 0 ? positionSeconds / elapsedSeconds : 0 }

  /// Seconds to go, `nil` when unknown.
  package var remainingSeconds: Double? {
    if let totalPictures, frames > 0 {
      return elapsedSeconds / Double(frames) * Double(totalPictures - frames)
    }
    guard let totalSeconds, speed > 0 else { return nil }
    return max(0, totalSeconds - positionSeconds) / speed
  }
}

/// What a run did, for its closing lines.
package struct RunSummary: Sendable {
  /// How a run came to its end.
  package enum Ending: Sendable, Equatable {
    case complete
    /// Finished, but parts of the input were damaged.
    case damaged
    /// Stopped from outside; what was read until then is written.
    case interrupted
    case failed(PipelineError)
  }

  package var ending: Ending
  package var progress: RunProgress
  /// Worker threads of decoder and network.
  package var threads: Int
  package var writtenFrames: Int
  /// Frames in which faces were not looked for, but expected.
  package var predictedFrames = 0
  /// Of a folder: pictures that could not be read, or not in whole; each was warned of.
  package var damagedFrames: Int
  package var repairedTimestamps = 0
  /// Jumps of the input's clock that were joined.
  package var clockJumps = 0
  /// How often a live input was connected anew.
  package var reconnects = 0
  package var rejectedPackets = 0
  /// Of the outputs of a live run.
  package var outputs: [OutputStatistics] = []
  package var identities = 0
  /// Faces without a pose.
  package var missingPoses = PoseReasonCounts()
  /// Places of a redacted video that a person should check.
  package var reviews = ReviewCounts()
  /// Parts of the input that were lost or broken, and what was said of the first few.
  package var damageCount = 0
  package var damageExamples: [String] = []
  package var buffer: RingBufferStatistics?
  /// `nil` for inputs that are not live.
  package var latency: LatencySnapshot?
  /// Files of a folder that are no pictures.
  package var skippedFiles = 0

  package var hasFailed: Bool {
    if case .failed = ending { true } else { false }
  }

  /// Whether something that was to be written was given up: what was read from then on is not in it.
  package var hasFailedOutput: Bool {
    switch ending {
    case .failed(.cannotWriteTracks), .failed(.media(.cannotWrite)): true
    default: outputs.contains(where: \.hasFailed)
    }
  }
}
