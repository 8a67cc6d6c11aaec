import Detection
import Foundation
import Imaging
import Media
import Overlay
import Pose
import Tracking

/// A frame with everything that was found in it, on its way to the output.
struct AnalyzedFrame: Sendable {
  var frame: VideoFrame
  var annotations: [FaceAnnotation]
}

/// The way from analysis to output.
struct OutputLink: Sendable {
  let frames = RingBuffer<AnalyzedFrame>(capacity: capacity, whenFull: .wait)
  /// Holds an element once the output file is open; closed without one when it cannot be.
  let opened = RingBuffer<Bool>(capacity: 1, whenFull: .wait)

  /// Frames that may wait for the output: it goes at one pace with the analysis, so few are enough.
  static let capacity = 4
}

/// Finds, follows and measures the faces of every frame and writes the records. Runs on its own
/// thread; the network inside spreads its tiles over further ones.
final class AnalysisStage {
  private let configuration: Configuration
  private let modelDigest: String
  private let input: RingBuffer<DecodedFrame>
  private let output: OutputLink?
  private let state: RunState

  private var analyzer: FrameAnalyzer
  private let records: (any RecordSink)?
  private var hasBegunRecords = false
  private var identities = 0
  /// Frames whose faces may still change: at most `track.lookahead` and the one at work.
  private var waiting: [DecodedFrame] = []

  init(
    configuration: Configuration, detector: any FaceDetector, modelDigest: String,
    records: (any RecordSink)?, input: RingBuffer<DecodedFrame>, output: OutputLink?,
    state: RunState
  ) {
    self.configuration = configuration
    self.modelDigest = modelDigest
    self.records = records
    self.input = input
    self.output = output
    self.state = state
    // What waits for the output, what is being drawn, and what is about to be handed over.
    analyzer = FrameAnalyzer(
      configuration: configuration, detector: detector,
      framesInFlight: OutputLink.capacity + 2)
  }

  func run() {
    do throws(PipelineError) {
      var isTaken = true
      while isTaken, let decoded = input.pop() {
        try analyze(decoded)
        waiting.append(decoded)
        if analyzer.takeRefined() { isTaken = try passOn(waiting.removeFirst()) }
      }
      while isTaken, analyzer.takeRefined(isLast: true) {
        isTaken = try passOn(waiting.removeFirst())
      }
    } catch {
      state.fail(error)
    }
    // Whatever ended the loop: nobody waits for this stage, and no line stays behind.
    input.cancel()
    do throws(PipelineError) { try records?.flush() } catch { state.fail(error) }
    output?.frames.close()
  }

  /// Hands a frame whose faces are known to the output and to the records.
  ///
  /// - Returns: `false` when nobody takes frames any more.
  private func passOn(_ decoded: DecodedFrame) throws(PipelineError) -> Bool {
    let faces = analyzer.faces
    for face in faces { identities = max(identities, face.identity) }
    let missingPoses = analyzer.missingPoses
    state.update { [identities] in
      $0.detections += faces.count
      $0.identities = identities
      $0.missingPoses.add(missingPoses)
    }
    if let output {
      let analyzed = AnalyzedFrame(frame: decoded.frame, annotations: analyzer.annotations)
      guard output.frames.push(analyzed) else { return false }
      // Track files are replaced only when the output could be opened: an encoder that does not
      // exist must not cost the tracks of an earlier run.
      if records != nil, !hasBegunRecords {
        guard output.opened.pop() != nil else { return false }
      }
    }
    try write(decoded)
    return true
  }

  private func analyze(_ decoded: DecodedFrame) throws(PipelineError) {
    let frame = decoded.frame
    analyzer.begin(frame)
    while try analyzer.scale(frame) { try analyzer.detect() }
    analyzer.track(frame)
    state.update {
      $0.analyzedFrames += 1
      $0.firstPosition = $0.firstPosition ?? frame.timestamp.seconds
      $0.position = frame.timestamp.seconds
    }
  }

  private func write(_ decoded: DecodedFrame) throws(PipelineError) {
    guard let records else { return }
    let frame = decoded.frame
    if !hasBegunRecords {
      hasBegunRecords = true
      try records.begin(
        RecordHeader(
          configuration: configuration, width: frame.width, height: frame.height,
          timeBase: frame.timestamp.timeBase, modelDigest: modelDigest))
    }
    try records.write(
      FrameRecord(
        frame: frame.index, timestamp: frame.timestamp, isDamaged: frame.isDamaged,
        wallSeconds: decoded.wallSeconds, faces: analyzer.faces))
  }
}
