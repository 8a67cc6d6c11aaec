import Imaging
import Media
import Overlay

/// Draws the annotations, encodes and writes. Runs on its own thread.
///
/// The output file comes into being with the first frame: an input that yields none leaves an
/// existing file alone. Without a file, frames are drawn for those who watch, while they do.
final class OutputStage {
  private let configuration: Configuration
  private let demuxer: Demuxer
  private let outputs: OutputGroup
  private let link: OutputLink
  private let interruption: Interruption
  private let state: RunState
  private let monitor: CameraMonitor?

  private let pool = FramePool()
  private var renderer: OverlayRenderer?
  private let redactor: FaceRedactor?
  private var encoder: Encoder?
  private var isOpen = false
  private var hasEnded = false

  /// - Parameter interruption: Raised when the output cannot go on, to end the input.
  init(
    configuration: Configuration, demuxer: Demuxer, outputs: OutputGroup,
    link: OutputLink, interruption: Interruption, state: RunState, monitor: CameraMonitor? = nil
  ) {
    self.configuration = configuration
    self.demuxer = demuxer
    self.outputs = outputs
    self.link = link
    self.interruption = interruption
    self.state = state
    self.monitor = monitor
    redactor = configuration.redact.style.faceStyle.map { FaceRedactor(style: $0) }
  }

  func run() {
    do throws(MediaError) {
      while let analyzed = link.frames.pop() { try write(analyzed) }
      try encoder?.encode(nil) { packet throws(MediaError) in try outputs.write(packet) }
    } catch {
      end(with: error)
      interruption.raise()
    }
    link.frames.cancel()
    link.opened.close()
    do throws(MediaError) {
      let isRefused = state.snapshot.failure?.refusesTracks == true
      if isRefused { state.update { $0.writtenFrames = 0 } }
      // After other failures, what was written so far is to play.
      try outputs.finish(discarding: isRefused)
    } catch {
      end(with: error)
    }
    let (rejected, statistics) = (outputs.rejectedPacketCount, outputs.statistics)
    state.update {
      $0.rejectedPackets = rejected
      $0.outputs = statistics
    }
  }

  /// Keeps why the output ended; a reader who hangs while the run is left is no failure of the run.
  private func end(with error: MediaError) {
    guard outputs.isLeaving else { return state.fail(.media(error)) }
    if hasEnded { return }
    hasEnded = true
    state.addWarning("\(error): it did not take everything before the run was left")
  }

  private func write(_ analyzed: AnalyzedFrame) throws(MediaError) {
    let frame = analyzed.frame
    var times = analyzed.times
    times.outputBegan = .now
    if !isOpen {
      isOpen = true
      // Nothing is encoded for nobody.
      if !outputs.isEmpty { encoder = try open(for: frame) }
      let elements = OverlayElements(configuration.draw)
      if !elements.isEmpty {
        renderer = OverlayRenderer(width: frame.width, height: frame.height, elements: elements)
      }
      _ = link.opened.push(true)
    }
    defer {
      times.written = .now
      state.latency?.record(times)
    }
    // Nobody will see it.
    if encoder == nil, monitor?.hasPictureWatchers != true { return }
    if let redactor, analyzed.isHidden || !analyzed.annotations.isEmpty {
      try frame.makeWritable(using: pool)
      unsafe frame.withPlanarImage { image in
        unsafe hideFaces(of: analyzed, with: redactor, in: image)
      }
    }
    if let renderer, !analyzed.annotations.isEmpty {
      try frame.makeWritable(using: pool)
      unsafe frame.withPlanarImage { image in
        unsafe renderer.draw(analyzed.annotations, into: image)
      }
    }
    monitor?.show(frame)
    if let encoder {
      try encoder.encode(frame) { packet throws(MediaError) in try outputs.write(packet) }
      state.update { $0.writtenFrames += 1 }
    }
  }

  /// A face whose place is no place takes the whole frame with it.
  private func hideFaces(
    of analyzed: AnalyzedFrame, with redactor: FaceRedactor, in image: PlanarImage
  ) {
    let shape = configuration.redact.shape.coverShape
    var hidesAll = analyzed.isHidden
    for face in analyzed.annotations {
      let cover = FaceCover(
        box: face.box, landmarks: face.landmarks, shape: shape, scale: configuration.redact.scale)
      if let cover { unsafe redactor.hide(cover, in: image) } else { hidesAll = true }
    }
    guard hidesAll else { return }
    unsafe redactor.hide(
      FaceCover(frameWidth: image.width, frameHeight: image.height), in: image)
  }

  private func open(for frame: VideoFrame) throws(MediaError) -> Encoder {
    let encoder = try Encoder(
      like: frame, codecName: configuration.encode.codec ?? outputs.usualEncoder ?? "libx264",
      frameRate: demuxer.videoStream.video?.nominalFrameRate,
      needsGlobalHeader: outputs.needsGlobalHeader, options: configuration.encoderOptions)
    if let remark = encoder.remark { state.addWarning(remark) }
    try outputs.setVideo(from: encoder, replacing: demuxer)
    for warning in try outputs.open(at: frame.timestamp) { state.addWarning(warning) }
    return encoder
  }
}

extension OverlayElements {
  fileprivate init(_ names: [Configuration.DrawnElement]) {
    self = []
    for name in names {
      switch name {
      case .boxes: insert(.boxes)
      case .ids: insert(.ids)
      case .landmarks: insert(.landmarks)
      case .axes: insert(.axes)
      case .cuboid: insert(.cuboid)
      case .none: break
      }
    }
  }
}
