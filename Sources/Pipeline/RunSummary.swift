/// How far a run is, for a progress line.
package struct RunProgress: Sendable, Equatable {
  package var frames: Int
  package var faces: Int
  package var drops: Int
  package var elapsedSeconds: Double
  /// Seconds of the input's own time done so far.
  package var positionSeconds: Double
  /// Of the input's own time; `nil` when unknown.
  package var totalSeconds: Double?

  package var framesPerSecond: Double {
    elapsedSeconds > 0 ? Double(frames) / elapsedSeconds : 0
  }

  /// Seconds of the input done in a second; 1 is real time.
  package var speed: Double { elapsedSeconds > 0 ? positionSeconds / elapsedSeconds : 0 }

  /// Seconds to go, `nil` when unknown.
  package var remainingSeconds: Double? {
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
  package var damagedFrames: Int
  package var repairedTimestamps: Int
  /// Jumps of the input's clock that were joined.
  package var clockJumps: Int
  package var rejectedPackets: Int
  package var identities: Int
  /// Faces without a pose.
  package var missingPoses: PoseReasonCounts
  /// Parts of the input that were lost or broken, and what was said of the first few.
  package var damageCount: Int
  package var damageExamples: [String]
  package var buffer: RingBufferStatistics

  package var hasFailed: Bool {
    if case .failed = ending { true } else { false }
  }
}
