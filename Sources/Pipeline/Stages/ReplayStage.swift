import Imaging
import Media

/// Takes the faces of every frame from the records of an earlier run, in place of the analysis, and
/// insists that these are of this input. Runs on its own thread.
final class ReplayStage {
  private let configuration: Configuration
  private let reader: RecordReader
  private let input: RingBuffer<DecodedFrame>
  private let output: OutputLink
  private let interruption: Interruption
  private let state: RunState
  private let monitor: CameraMonitor?
  private var presenter: FacePresenter
  private var identities = 0
  private var frames = 0

  /// - Parameter interruption: Raised when the input ends before its end.
  init(
    configuration: Configuration, reader: RecordReader, input: RingBuffer<DecodedFrame>,
    output: OutputLink, interruption: Interruption, state: RunState,
    monitor: CameraMonitor? = nil
  ) {
    self.configuration = configuration
    self.reader = reader
    self.input = input
    self.output = output
    self.interruption = interruption
    self.state = state
    self.monitor = monitor
    // Poses are estimated and smoothed as they were.
    var posing = configuration
    posing.focal = reader.header.focal
    posing.pose.interpupillaryDistance = reader.header.interpupillaryDistance
    posing.pose.smooth = reader.header.smoothsPose ? .on : .off
    presenter = FacePresenter(configuration: posing, framesInFlight: OutputLink.capacity + 2)
  }

  func run() {
    do throws(PipelineError) {
      var isTaken = true
      while isTaken, let decoded = input.pop() { isTaken = try passOn(decoded) }
      let isWhole = isTaken && !interruption.isRaised && state.snapshot.failure == nil
      if isWhole, frames > 0, try reader.next() != nil {
        throw mismatch("it has more frames than the input's \(frames)")
      }
    } catch {
      state.fail(error)
    }
    input.cancel()
    output.frames.close()
  }

  /// - Returns: `false` when nobody takes frames any more.
  private func passOn(_ decoded: DecodedFrame) throws(PipelineError) -> Bool {
    let frame = decoded.frame
    var times = decoded.times
    times.analysisBegan = .now
    if frames == 0 {
      try check(frame)
      presenter.begin(frame)
      monitor?.noteSize(width: frame.width, height: frame.height)
    }
    guard var record = try reader.next() else {
      throw mismatch("it has \(frames) frames, the input more")
    }
    guard record.frame == frame.index, record.timestamp.ticks == frame.timestamp.ticks else {
      throw mismatch(
        "it has frame \(record.frame) at pts \(record.timestamp.ticks), the input frame "
          + "\(frame.index) at \(frame.timestamp.ticks)")
    }
    if let made = record.packetChecksum, let read = frame.packetChecksum {
      if made != read { throw mismatch("its frame \(frame.index) is another picture") }
    } else if frames == 0 {
      state.addWarning(
        "whether '\(reader.path)' was made from '\(inputName)' is known only by size, times and "
          + "number of frames: it has no checksums, or the input none to compare")
    }
    frames += 1
    presenter.present(&record.faces, at: frame.timestamp.seconds)
    for face in record.faces { identities = max(identities, face.identity) }
    times.analyzed = .now
    let missingPoses = presenter.missingPoses
    state.update { [identities] in
      $0.analyzedFrames += 1
      $0.firstPosition = $0.firstPosition ?? frame.timestamp.seconds
      $0.position = frame.timestamp.seconds
      $0.detections += record.faces.count
      $0.identities = identities
      $0.missingPoses.add(missingPoses)
    }
    monitor?.note(record)
    let isUnreliable = frame.isDamaged || record.isDamaged || record.isUnsearched
    if isUnreliable, configuration.hidesFaces, configuration.redact.onFailure == .stop {
      throw .unreliableFrame(frame: frame.index, reason: "the tracks do not know all its faces")
    }
    return output.frames.push(
      AnalyzedFrame(
        frame: frame, annotations: presenter.annotations,
        isHidden: isUnreliable && configuration.hidesFaces
          && configuration.redact.onFailure == .hide, times: times))
  }

  /// What the first frame tells.
  private func check(_ frame: VideoFrame) throws(PipelineError) {
    let header = reader.header
    guard header.width == frame.width, header.height == frame.height else {
      throw mismatch(
        "its frames are \(header.width)×\(header.height), the input's "
          + "\(frame.width)×\(frame.height)")
    }
    guard header.timeBase == frame.timestamp.timeBase else {
      throw mismatch(
        "its time base is \(header.timeBase), the input's \(frame.timestamp.timeBase)")
    }
  }

  private func mismatch(_ reason: String) -> PipelineError {
    .tracksOfAnotherInput(
      path: reader.path, input: inputName, reason: reason)
  }

  private var inputName: String { withoutPassword(configuration.input ?? "-") }
}
