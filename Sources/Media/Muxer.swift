internal import CFFmpeg
package import Imaging

/// Puts the encoded video and the input's other streams together into a container.
///
/// Nothing on disk is touched before `open()`. Packets of other streams wait for the video.
///
/// `@unchecked Sendable`: it is set up on one thread, before the others start. After that the
/// context and `progress` belong to the thread that writes the video; the input's thread only adds to
/// `copies`, which guard themselves.
@safe
package final class Muxer: @unchecked Sendable {
  package let path: String
  /// FFmpeg's name of the container, such as `mp4`.
  package let formatName: String
  /// Whether encoders must put their parameters into the container's header.
  package let needsGlobalHeader: Bool
  /// Packets of copied streams the container refused, for want of a usable timestamp.
  package private(set) var rejectedPacketCount = 0

  let context: UnsafeMutablePointer<AVFormatContext>
  let options: OutputOptions
  let watch: IOWatch
  /// How long an operation may take, in seconds; `nil` for as long as it likes.
  private let timeoutSeconds: Double?
  let copies: CopyQueue
  var videoTimeBase: Rational?
  /// Set where the file is written under another name first.
  var replacement: FileReplacement?
  /// Set while a pipe is written.
  var pipe: PipeOutput?
  /// Set where the container has no header for what the encoder leaves out of its packets.
  var parameterSets: ParameterSetRepeater?
  /// Streams whose frames have an ADTS header that the container does not want.
  var streamsWithHeaders: Set<Int32> = []
  /// The file that was not there before `open()`, where it is written under its own name.
  var createdPath: String?
  private var progress = Progress.settingUp
  private var hasFailed = false
  private var videoPacketCount = 0
  /// Subtracted from every timestamp: brings an arbitrary clock near zero.
  private var shiftSeconds: Double = 0

  private enum Progress {
    case settingUp, open, finished
  }

  /// Bytes of packets that may wait for the video; an input beyond that has no usable one.
  private static let waitingLimit = 256 << 20
  /// The same of a live input, which goes on without them.
  private static let liveWaitingLimit = 32 << 20

  /// Chooses the container.
  ///
  /// - Throws: `unknownContainer`, `unknownOutputFormat`, `outOfMemory`.
  package init(options: OutputOptions, interruption: Interruption) throws(MediaError) {
    FFmpeg.start
    path = options.path
    self.options = options
    watch = IOWatch(interruption: interruption)
    timeoutSeconds = options.place == .network ? options.timeoutSeconds : nil
    let url = Self.url(of: options.path)
    guard let context = unsafe Self.allocate(options, url: url) else {
      if let format = options.format { throw .unknownOutputFormat(name: format) }
      throw .unknownContainer(path: options.path)
    }
    unsafe self.context = context
    unsafe formatName = FFmpeg.string(context.pointee.oformat.pointee.name)
    unsafe needsGlobalHeader = context.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0
    copies = CopyQueue(holdsHiddenPackets: Self.mp4Family.contains(formatName))
    unsafe context.pointee.interrupt_callback = watch.callback
    // The video comes first; it is filled when its encoder is known.
    guard unsafe avformat_new_stream(context, nil) != nil else { throw .outOfMemory }
    if unsafe context.pointee.url == nil { unsafe context.pointee.url = av_strdup(url) }
  }

  /// A further file, or connection, with the streams of `template`, which was set up and not opened; it
  /// goes on with the packets that wait there.
  ///
  /// - Parameters:
  ///   - shiftSeconds: Makes every timestamp earlier; `nil` as much as the template would.
  ///   - interruption: Ends what waits, without a word to the template's other successors.
  /// - Throws: `cannotWrite`, `outOfMemory`.
  init(
    following template: Muxer, path: String, shiftSeconds: Double?, interruption: Interruption
  ) throws(MediaError) {
    self.path = path
    var options = template.options
    options.path = path
    self.options = options
    watch = IOWatch(interruption: interruption)
    timeoutSeconds = template.timeoutSeconds
    formatName = template.formatName
    needsGlobalHeader = template.needsGlobalHeader
    copies = template.copies
    videoTimeBase = template.videoTimeBase
    streamsWithHeaders = template.streamsWithHeaders
    self.shiftSeconds = shiftSeconds ?? template.shiftSeconds
    var allocated: UnsafeMutablePointer<AVFormatContext>?
    let code = unsafe avformat_alloc_output_context2(
      &allocated, nil, formatName, Self.url(of: path))
    guard code >= 0, let context = unsafe allocated else { throw .outOfMemory }
    unsafe self.context = context
    unsafe context.pointee.interrupt_callback = watch.callback
    try adoptStreams(of: template)
  }

  deinit {
    closeFile()
    unsafe avformat_free_context(context)
  }

  /// Makes every timestamp earlier by so many seconds, for inputs whose clock the container cannot
  /// hold. Call it before `open()`.
  package func shiftTimestamps(bySeconds seconds: Double) {
    shiftSeconds = seconds
    shiftChapters(bySeconds: seconds)
  }

  /// Creates the file, or connects, and writes the header.
  ///
  /// - Throws: `cannotWrite`.
  package func open() throws(MediaError) {
    FFmpeg.forgetMessages()
    watch.allow(seconds: timeoutSeconds)
    if options.place == .network, let address = NetworkAddress(path), address.isRemote {
      if let reason = address.refusal { throw .cannotWrite(path: path, reason: reason) }
      if let reason = address.lookUp(watch) { throw .cannotWrite(path: path, reason: reason) }
      if watch.isOver { throw failure(FFmpeg.interrupted) }
    }
    let code = openAndWriteHeader()
    guard code >= 0 else { throw failure(code) }
    progress = .open
  }

  /// Keeps a packet of a stream that is copied until the video has come as far; those of other
  /// streams, and those that come after the end, are ignored. The only call for the input's thread.
  ///
  /// - Throws: `cannotWrite` when the video does not come.
  package func copy(_ packet: Packet) throws(MediaError) {
    let bytes = copies.withLock { queue in
      queue.append(packet)
      return queue.waitingBytes
    }
    guard bytes <= Self.waitingLimit else {
      throw .cannotWrite(
        path: path,
        reason: "\(Self.waitingLimit >> 20) MiB of audio and other streams came before the picture "
          + "they belong to")
    }
  }

  /// As `copy(_:)` for live inputs: when the video does not come, what waits is left out.
  func copyWithinLimit(_ packet: Packet) {
    copies.withLock { queue in
      queue.append(packet)
      guard queue.waitingBytes > Self.liveWaitingLimit else { return }
      while queue.take(upTo: nil) != nil {}
    }
  }

  /// Writes the copied packets that are due, then one packet of the encoded video.
  ///
  /// - Throws: `cannotWrite`.
  package func write(_ packet: Packet) throws(MediaError) {
    guard progress == .open, let timeBase = videoTimeBase else {
      preconditionFailure("write before open")
    }
    videoPacketCount += 1
    guard videoPacketCount == 1 || !holdsOnePicture else {
      hasFailed = true
      throw .cannotWrite(
        path: path,
        reason: "it holds one picture and the input has more; for all of them give a name such as "
          + "picture_%04d.png")
    }
    watch.allow(seconds: timeoutSeconds)
    do throws(MediaError) {
      try writeCopies(upTo: Timestamp(ticks: packet.decodeTicks, timeBase: timeBase))
      unsafe packet.handle.pointee.stream_index = 0
      var code = parameterSets?.apply(to: packet) ?? 0
      if code >= 0 { code = submit(packet, timeBase: timeBase) }
      if code < 0 { throw failure(code) }
    } catch {
      hasFailed = true
      throw error
    }
  }

  /// Writes what is still held back and the trailer, and closes the file. Further calls do nothing.
  ///
  /// - Parameter end: Where the video goes on in another file, with the copied packets from there on;
  ///   `nil` at its end.
  /// - Throws: `cannotWrite`; the trailer was tried all the same.
  package func finish(at end: Timestamp? = nil) throws(MediaError) {
    defer {
      if end == nil { copies.withLock { $0.close() } }
      // Here and not at some end of life: the process may be over before that.
      replacement = nil
    }
    guard progress == .open else { return }
    watch.allow(seconds: timeoutSeconds)
    var failure: MediaError?
    do throws(MediaError) { try writeCopies(upTo: end) } catch { failure = error }
    let code = close()
    if let failure { throw failure }
    guard code >= 0 else { throw self.failure(code) }
    // A picture that is not whole is no picture.
    if !hasFailed, videoPacketCount > 0 { try replacement?.finish() }
  }

  /// Finishes, and takes away what was written: a file that was to be kept until then stays, and one that
  /// was not there before is removed. What went elsewhere than into one file is not called back.
  ///
  /// - Throws: `cannotWrite`.
  func discard() throws(MediaError) {
    hasFailed = true
    try finish()
    removeCreatedFile()
  }

  /// Closes a connection that failed, without waiting for it; the copied packets stay for the next one.
  func abandon() {
    watch.allow(seconds: 0)
    breakOff()
  }

  /// Closes a file that failed, as well as it goes; the copied packets stay for the next one.
  func breakOff() { if progress == .open { _ = close() } }

  private func close() -> Int32 {
    progress = .finished
    FFmpeg.forgetMessages()
    // Also after a failure: some muxers free what they hold only here.
    let trailer = unsafe av_write_trailer(context)
    let closing = closeFile()
    return trailer < 0 ? trailer : closing
  }

  /// Whether a server does not want this, however often it is asked.
  private(set) var wasRefused = false

  private func failure(_ code: Int32) -> MediaError {
    wasRefused = code == FFmpeg.unauthorized || code == FFmpeg.forbidden
    if watch.isOverdue, let timeoutSeconds {
      return .cannotWrite(path: path, reason: "no answer within \(secondsText(timeoutSeconds))")
    }
    return .cannotWrite(path: path, reason: FFmpeg.reason(code))
  }

  /// Writes the copied packets that come no later than a moment, all of them without one.
  ///
  /// - Throws: `cannotWrite`.
  func writeCopies(upTo limit: Timestamp?) throws(MediaError) {
    while let taken = copies.withLock({ $0.take(upTo: limit) }) {
      let code = submit(
        taken.packet, timeBase: taken.timeBase, delaySeconds: taken.delaySeconds)
      if code == facestream_averror(EINVAL) {
        rejectedPacketCount += 1
      } else if code < 0 {
        throw failure(code)
      }
    }
  }

  /// Writes a packet that carries the output's stream index.
  private func submit(
    _ packet: Packet, timeBase: Rational, delaySeconds: Double = 0
  ) -> Int32 {
    let handle = unsafe packet.handle
    let index = unsafe Int(handle.pointee.stream_index)
    guard let stream = unsafe context.pointee.streams[index] else { return FFmpeg.outOfMemory }
    if shiftSeconds != 0 {
      packet.shift(byTicks: Int64(saturating: -shiftSeconds / timeBase.doubleValue))
    }
    unsafe av_packet_rescale_ts(handle, timeBase.avRational, stream.pointee.time_base)
    if delaySeconds > 0 {
      let tick = unsafe Rational(stream.pointee.time_base).doubleValue
      packet.shift(byTicks: Int64(saturating: delaySeconds / tick))
    }
    unsafe handle.pointee.pos = -1
    if unsafe streamsWithHeaders.contains(handle.pointee.stream_index) {
      unsafe AudioSpecificConfig.removeHeader(of: handle)
    }
    FFmpeg.forgetMessages()
    return unsafe av_write_frame(context, handle)
  }
}
