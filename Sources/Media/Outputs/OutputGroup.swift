package import Imaging
import Synchronization

/// All outputs of a run: one encoding, put into any number of containers.
///
/// Of files, nothing may be lost: outputs are written in turn, and one that fails fails the run. Live, each
/// output has a thread of its own and a bounded queue, and the others go on without one that fails.
///
/// `@unchecked Sendable`: it is set up on one thread, before the others start. After that it belongs to
/// the thread that writes the video; the input's thread only adds copied packets, and their queues guard
/// themselves.
package final class OutputGroup: @unchecked Sendable {
  /// One for each output, with its streams.
  private let templates: [Muxer]
  private let isLive: Bool
  private let leaving: Interruption
  private let report: @Sendable (OutputEvent) -> Void
  private var requestKeyFrame: @Sendable () -> Void = {}
  /// Set where outputs are written in turn.
  private var recordings: [Recording] = []
  private var liveOutputs: [LiveOutput] = []
  /// The same once they are open, for any thread.
  private let openOutputs = Mutex<[LiveOutput]>([])
  private var isOpen = false

  /// - Parameters:
  ///   - options: May be none: then nothing is encoded.
  ///   - leaving: Raised when the run is left and what hangs is not to be waited for any longer; files
  ///     are finished all the same.
  ///   - report: Called on any thread; live only.
  /// - Throws: `unknownContainer`, `unknownOutputFormat`, `cannotWrite`, `outOfMemory`.
  package init(
    _ options: [OutputOptions], leaving: Interruption,
    report: @escaping @Sendable (OutputEvent) -> Void
  ) throws(MediaError) {
    var templates: [Muxer] = []
    for option in options {
      let muxer = try Muxer(
        options: option, interruption: option.place == .file ? Interruption() : leaving)
      guard options.count == 1 || !muxer.holdsPictures else {
        throw .cannotWrite(
          path: option.path, reason: "pictures cannot be written beside other outputs")
      }
      templates.append(muxer)
    }
    self.templates = templates
    isLive = options.contains(where: \.isLive)
    self.leaving = leaving
    self.report = report
  }

  package var isEmpty: Bool { templates.isEmpty }

  /// Whether the run is left, and an output that fails now is only one that was not waited for.
  package var isLeaving: Bool { leaving.isRaised }

  /// Whether encoders must put their parameters into the containers' headers; containers without one
  /// get them put in front of every key frame.
  package var needsGlobalHeader: Bool { templates.contains(where: \.needsGlobalHeader) }

  /// The encoder for these containers when the user names none: where there is one, one that all hold.
  package var usualEncoder: String? {
    let candidates = templates.map(\.usualEncoder) + ["libvpx-vp9"]
    return candidates.first { name in templates.allSatisfy { $0.mayHold(encoder: name) } }
      ?? candidates.first
  }

  /// Packets of copied streams that containers refused, for want of a usable timestamp.
  package var rejectedPacketCount: Int {
    recordings.reduce(0) { $0 + $1.rejectedPacketCount }
      + liveOutputs.reduce(0) { $0 + $1.rejectedPacketCount }
  }

  /// Of the outputs of a live run, in the order they were given in. Callable from any thread.
  package var statistics: [OutputStatistics] {
    openOutputs.withLock { $0 }.map(\.statistics)
  }

  /// Adds the input's other streams to every output.
  ///
  /// - Parameter withPictures: Whether pictures beside the video, which may show what it does, are copied.
  /// - Returns: One sentence for each stream that is left out somewhere.
  /// - Throws: `outOfMemory`.
  package func addCopies(
    from demuxer: Demuxer, withPictures: Bool = true
  ) throws(MediaError) -> [String] {
    var warnings: [String] = []
    for template in templates {
      for warning in try template.addCopies(from: demuxer, withPictures: withPictures)
      where !warnings.contains(warning) {
        warnings.append(warning)
      }
    }
    return warnings
  }

  /// Makes every timestamp earlier by so many seconds. Call it before `open(at:)`.
  package func shiftTimestamps(bySeconds seconds: Double) {
    for template in templates { template.shiftTimestamps(bySeconds: seconds) }
  }

  /// Tells every output of the encoder whose packets it will get.
  ///
  /// - Throws: `cannotWrite` when one of them cannot hold them, `outOfMemory`. Nothing is written yet.
  package func setVideo(from encoder: Encoder, replacing demuxer: Demuxer) throws(MediaError) {
    requestKeyFrame = { encoder.requestKeyFrame() }
    do throws(MediaError) {
      for template in templates { try template.setVideo(from: encoder, replacing: demuxer) }
    } catch .cannotWrite(let path, let reason) where templates.count > 1 {
      throw .cannotWrite(
        path: path, reason: reason + ", and all outputs share one encoding (choose it with --codec)"
      )
    } catch {
      throw error
    }
  }

  /// Creates files, writes headers, and begins to connect where that may take time.
  ///
  /// - Parameter start: The first frame's presentation time.
  /// - Returns: One sentence for each container that cannot show it.
  /// - Throws: `cannotWrite`, `outOfMemory`.
  package func open(at start: Timestamp) throws(MediaError) -> [String] {
    var warnings: [String] = []
    for template in templates
    where start.ticks < 0 && !template.showsNegativeTimes && template.options.segmentSeconds == nil
    {
      template.shiftTimestamps(bySeconds: start.seconds)
      let warning =
        "the input begins before time zero, which '\(template.formatName)' cannot show; the output "
        + "begins at zero, the tracks keep the input's timestamps"
      if !warnings.contains(warning) { warnings.append(warning) }
    }
    isOpen = true
    for template in templates {
      if isLive {
        let output = LiveOutput(
          template: template, leaving: leaving, requestKeyFrame: requestKeyFrame, report: report)
        try output.start(at: start.seconds)
        liveOutputs.append(output)
      } else {
        let recording = Recording(
          template: template,
          interruption: template.options.place == .file ? Interruption() : leaving)
        recordings.append(recording)
        try recording.open(at: start.seconds)
      }
    }
    openOutputs.withLock { [liveOutputs] in $0 = liveOutputs }
    return warnings
  }

  /// Keeps a packet of a stream that is copied until the video has come as far. The only call for the
  /// input's thread.
  ///
  /// - Throws: `cannotWrite` when the video does not come, `outOfMemory`.
  package func copy(_ packet: Packet) throws(MediaError) {
    // The first one may change the packet.
    for template in templates.dropFirst() {
      try copy(packet.sharingBytes(), to: template)
    }
    if let first = templates.first { try copy(packet, to: first) }
  }

  private func copy(_ packet: Packet, to template: Muxer) throws(MediaError) {
    if isLive { template.copyWithinLimit(packet) } else { try template.copy(packet) }
  }

  /// Writes one packet of the encoded video, or hands it to the outputs' threads.
  ///
  /// - Throws: `cannotWrite`, `outOfMemory`; never for what goes wrong in one output of a live run.
  package func write(_ packet: Packet) throws(MediaError) {
    for output in liveOutputs { output.write(try packet.sharingBytes()) }
    for recording in recordings.dropFirst() { try recording.write(packet.sharingBytes()) }
    try recordings.first?.write(packet)
  }

  /// Writes what is still held back and the trailers, and closes the files.
  ///
  /// - Parameter discarding: Takes away what was written, where that is one file: one that was to be kept
  ///   until then stays, and one that was not there before is removed.
  /// - Throws: `cannotWrite`; all trailers were tried.
  package func finish(discarding: Bool = false) throws(MediaError) {
    for output in liveOutputs { output.close() }
    var leftSeconds = 0.0
    for output in liveOutputs { output.waitForEnd(leftSeconds: &leftSeconds) }
    var failure: MediaError?
    for recording in recordings {
      do throws(MediaError) {
        try recording.finish(discarding: discarding)
      } catch {
        failure = failure ?? error
      }
    }
    // Nobody takes what the input still reads.
    if !isOpen { for template in templates { template.copies.withLock { $0.close() } } }
    if let failure { throw failure }
  }
}
