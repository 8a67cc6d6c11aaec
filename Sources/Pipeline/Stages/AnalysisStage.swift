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
  /// Whether nothing of the frame may be seen.
  var isHidden = false
  var times: FrameTimes
}

/// The way from analysis to output.
///
/// Where encoding is slow it holds back the analysis, and frames of a live input are dropped from the ring buffer
/// before that. A frame of such an input that is not dropped is therefore never behind more than
/// `buffer.capacity` frames there, one at work in the analysis, `track.lookahead`, `liveCapacity` here, and one that
/// is drawn and encoded: 11 without look-ahead; when encoding is slow for long, only half of the ring buffer is
/// used. What decoder, encoder and outputs hold back comes on top.
struct OutputLink: Sendable {
  let frames: RingBuffer<AnalyzedFrame>
  /// Holds an element once the output file is open; closed without one when it cannot be.
  let opened = RingBuffer<Bool>(capacity: 1, whenFull: .wait)

  /// Frames that may wait for the output: it goes at one pace with the analysis, so few are enough.
  static let capacity = 4
  /// The same for live inputs: with one, analysis and output still work at the same time.
  static let liveCapacity = 1

  init(isLive: Bool) {
    frames = RingBuffer(capacity: isLive ? Self.liveCapacity : Self.capacity, whenFull: .wait)
  }
}

/// Finds, follows and measures the faces of every frame and writes the records. Runs on its own
/// thread; the network inside spreads its tiles over further ones.
final class AnalysisStage {
  private let configuration: Configuration
  private let modelDigest: String
  private let input: RingBuffer<DecodedFrame>
  private let output: OutputLink?
  private let state: RunState
  private let monitor: CameraMonitor?

  private var analyzer: FrameAnalyzer
  private var cadence: DetectionCadence
  private let isLive: Bool
  private let records: (any RecordSink)?
  private var hasBegunRecords = false
  private var review: ReviewReport?
  /// How the report is written.
  private let pace: LinePace
  /// What a live run goes on with when crops or the report fail; `nil` ends the run.
  private let sinks: LiveSinks?
  private var crops: CropCollector?
  private var collectsCrops: Bool
  private var identities = 0
  private var isOutputOpen = false
  private var epoch = 0
  /// Frames whose faces may still change: at most `track.lookahead` and the one at work.
  private var waiting: [DecodedFrame] = []

  init(
    configuration: Configuration, detector: any FaceDetector, modelDigest: String,
    records: (any RecordSink)?, input: RingBuffer<DecodedFrame>, output: OutputLink?,
    state: RunState, monitor: CameraMonitor? = nil, pace: LinePace = LinePace(),
    sinks: LiveSinks? = nil
  ) {
    self.configuration = configuration
    self.pace = pace
    self.sinks = sinks
    collectsCrops = configuration.crops.folder != nil
    self.modelDigest = modelDigest
    self.records = records
    self.input = input
    self.output = output
    self.state = state
    self.monitor = monitor
    isLive = configuration.readsLive
    cadence = DetectionCadence(configuration.detect.every, isLive: isLive)
    // What waits for the output, what is being drawn, and what is about to be handed over.
    analyzer = FrameAnalyzer(
      configuration: configuration, detector: detector,
      framesInFlight: OutputLink.capacity + 2)
  }

  func run() {
    do throws(PipelineError) {
      var isTaken = true
      while isTaken, var decoded = input.pop() {
        guard try analyze(&decoded) else { break }
        waiting.append(decoded)
        if analyzer.takeRefined() { isTaken = try passOn(waiting.removeFirst()) }
      }
      // A run that is left does not wait for frames either.
      while isTaken, !pace.leaving.isRaised, analyzer.takeRefined(isLast: true) {
        isTaken = try passOn(waiting.removeFirst())
      }
    } catch {
      state.fail(error)
    }
    // Whatever ended the loop: nobody waits for this stage, and no line stays behind.
    input.cancel()
    do throws(PipelineError) { try records?.flush() } catch { state.fail(error) }
    do throws(PipelineError) { try review?.finish() } catch { state.fail(error) }
    do throws(PipelineError) { try crops?.finish() } catch { state.fail(error) }
    if let counts = review?.counts { state.update { $0.reviews = counts } }
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
    // Before the output draws into the frame.
    do throws(PipelineError) {
      try collectCrops(decoded.frame)
    } catch {
      try goOn(without: error)
      crops = nil
      collectsCrops = false
    }
    if let output {
      let analyzed = AnalyzedFrame(
        frame: decoded.frame, annotations: analyzer.annotations, isHidden: isHidden(decoded),
        times: decoded.times)
      let isHeldBack = output.frames.waitingCount == output.frames.capacity
      guard output.frames.push(analyzed) else { return false }
      // No prediction makes up for a slow output: rather newer frames than more of them. What a short hitch holds
      // back is kept.
      if isHeldBack, isLive { input.dropOldest(keeping: input.capacity / 2) }
      // Track files are replaced only when the output could be opened: an encoder that does not
      // exist must not cost the tracks of an earlier run.
      if !isOutputOpen, records != nil || configuration.redact.report != nil {
        guard output.opened.pop() != nil else { return false }
        isOutputOpen = true
      }
    }
    var times = decoded.times
    times.outputBegan = .now
    try write(decoded)
    if output == nil {
      times.written = .now
      state.latency?.record(times)
    }
    return true
  }

  /// Goes on without a file that failed, where the run is live and has others.
  ///
  /// - Throws: The error where it has none.
  private func goOn(without error: PipelineError) throws(PipelineError) {
    guard isLive, let sinks, sinks.goOn(without: error) else { throw error }
  }

  /// - Returns: `false` when the run is left before all of the frame was searched.
  private func analyze(_ decoded: inout DecodedFrame) throws(PipelineError) -> Bool {
    let frame = decoded.frame
    if frame.isDamaged, configuration.hidesFaces, configuration.redact.onFailure == .stop {
      throw .unreliableFrame(frame: frame.index, reason: "the decoder had to patch it")
    }
    if decoded.epoch != epoch {
      epoch = decoded.epoch
      cadence.restart()
      analyzer.noteReconnection()
    }
    decoded.times.analysisBegan = .now
    if cadence.searches(frameAt: frame.timestamp.seconds, waiting: input.waitingCount) {
      guard try search(&decoded) else { return false }
    } else {
      decoded.isPredicted = true
      analyzer.predict(frame)
    }
    decoded.times.analyzed = .now
    state.noteAnalyzed(isPredicted: decoded.isPredicted, seconds: frame.timestamp.seconds)
    return true
  }

  /// - Returns: `false` when the run is left before it is done.
  private func search(_ decoded: inout DecodedFrame) throws(PipelineError) -> Bool {
    let frame = decoded.frame
    analyzer.begin(frame)
    do throws(PipelineError) {
      while try analyzer.scale(frame) {
        if pace.leaving.isRaised { return false }
        try analyzer.detect()
      }
    } catch {
      guard configuration.hidesFaces else { throw error }
      if configuration.redact.onFailure == .stop {
        throw .unreliableFrame(frame: frame.index, reason: error.description)
      }
      state.noteDamage("frame \(frame.index) could not be searched for faces: \(error)")
      decoded.isUnsearched = true
    }
    analyzer.track(frame, isUnsearched: decoded.isUnsearched)
    if decoded.isUnsearched { state.update { $0.unsearchedFrames += 1 } }
    return true
  }

  private func collectCrops(_ frame: VideoFrame) throws(PipelineError) {
    guard collectsCrops, let folder = configuration.crops.folder else { return }
    if crops == nil {
      crops = try CropCollector(
        folder: folder, perTrack: configuration.crops.perTrack,
        lostForSeconds: configuration.track.lostFor)
    }
    try crops?.add(analyzer.faces, of: frame)
  }

  /// Whether faces are to be hidden, but nobody knows where all of them are.
  private func isHidden(_ decoded: DecodedFrame) -> Bool {
    configuration.hidesFaces && configuration.redact.onFailure == .hide
      && (decoded.frame.isDamaged || decoded.isUnsearched)
  }

  private func write(_ decoded: DecodedFrame) throws(PipelineError) {
    let frame = decoded.frame
    if records != nil || monitor != nil, !hasBegunRecords {
      hasBegunRecords = true
      let header = RecordHeader(
        configuration: configuration, width: frame.width, height: frame.height,
        timeBase: frame.timestamp.timeBase, modelDigest: modelDigest)
      try records?.begin(header)
      monitor?.begin(header)
    }
    let record = FrameRecord(
      frame: frame.index, timestamp: frame.timestamp, epoch: decoded.epoch,
      isDamaged: frame.isDamaged, isUnsearched: decoded.isUnsearched,
      isPredicted: decoded.isPredicted, wallSeconds: decoded.wallSeconds,
      packetChecksum: frame.packetChecksum, faces: analyzer.faces)
    try records?.write(record)
    monitor?.note(record)
    guard configuration.hidesFaces else { return }
    if review == nil { review = try ReviewReport(configuration, frame: frame, pace: pace) }
    do throws(PipelineError) {
      try review?.add(record)
    } catch {
      try goOn(without: error)
      review?.letGoOfFile()
    }
  }
}
