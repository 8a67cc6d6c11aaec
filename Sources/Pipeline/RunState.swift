import Media
import Synchronization

/// What the stages of one run share: counters, what went wrong, and whether to stop.
final class RunState: Sendable {
  struct Values {
    var decodedFrames = 0
    var analyzedFrames = 0
    /// Of these, those in which faces were not looked for but expected.
    var predictedFrames = 0
    /// Of the last frames, about 64, the share that was searched.
    var searchedShare = 1.0
    var writtenFrames = 0
    var damagedFrames = 0
    var repairedTimestamps = 0
    var clockJumps = 0
    var rejectedPackets = 0
    /// Of the outputs of a live run.
    var outputs: [OutputStatistics] = []
    var trackFiles: [TrackFileStatistics] = []
    var detections = 0
    var identities = 0
    var missingPoses = PoseReasonCounts()
    var reviews = ReviewCounts()
    /// Seconds of the input's own time that were analysed.
    var position: Double = 0
    var firstPosition: Double?
    var damageCount = 0
    var damageExamples: [String] = []
    var failure: PipelineError?
    /// Of a live input.
    var connection = ConnectionState.connecting
    var reconnects = 0
    var epoch = 0
    /// Analysed frames that could not be searched for faces.
    var unsearchedFrames = 0
  }

  private static let keptExamples = 5

  private let values = Mutex(Values())
  private let warn: @Sendable (String) -> Void
  private let recorder = Mutex<LatencyRecorder?>(nil)

  /// - Parameter warn: Called once for every warning, on the thread that has it.
  init(warn: @escaping @Sendable (String) -> Void) {
    self.warn = warn
  }

  /// How long frames take; `nil` for files, where nobody waits for a frame.
  var latency: LatencyRecorder? { recorder.withLock { $0 } }

  /// Begins to keep how long frames take.
  func recordLatency() {
    recorder.withLock { $0 = LatencyRecorder() }
  }

  var snapshot: Values { values.withLock { $0 } }

  func update(_ body: (inout Values) -> Void) {
    values.withLock { body(&$0) }
  }

  /// Counts a frame whose faces are known, searched or predicted.
  func noteAnalyzed(isPredicted: Bool, seconds: Double) {
    values.withLock {
      $0.analyzedFrames += 1
      if isPredicted { $0.predictedFrames += 1 }
      $0.searchedShare += ((isPredicted ? 0 : 1) - $0.searchedShare) / 64
      $0.firstPosition = $0.firstPosition ?? seconds
      $0.position = seconds
    }
  }

  /// Keeps the first reason to end the run.
  func fail(_ error: PipelineError) {
    values.withLock { $0.failure = $0.failure ?? error }
  }

  /// Counts a part of the input that was lost or broken.
  func noteDamage(_ reason: String) {
    values.withLock {
      $0.damageCount += 1
      let isKnown = $0.damageExamples.contains(reason)
      if $0.damageExamples.count < Self.keptExamples && !isKnown {
        $0.damageExamples.append(reason)
      }
    }
  }

  func addWarning(_ text: String) { warn(text) }
}
