internal import CFFmpeg
import Imaging
import Synchronization

/// Puts the encoded video and the input's other streams together into a container.
///
/// Nothing on disk is touched before `open()`. Packets of other streams wait for the video.
///
/// `@unchecked Sendable`: it is set up on one thread, before the others start. After that the
/// context and `progress` belong to the thread that writes the video; the input's thread only adds to
/// `waiting`, which guards itself.
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
  let interruption: Interruption
  let waiting: Mutex<PacketQueue>
  var videoTimeBase: Rational?
  /// Set where the file is written under another name first.
  var replacement: FileReplacement?
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

  /// Chooses the container.
  ///
  /// - Throws: `unknownContainer`, `unknownOutputFormat`, `outOfMemory`.
  package init(options: OutputOptions, interruption: Interruption) throws(MediaError) {
    FFmpeg.start
    path = options.path
    self.interruption = interruption
    let url = Self.url(of: options.path)
    guard let context = unsafe Self.allocate(options, url: url) else {
      if let format = options.format { throw .unknownOutputFormat(name: format) }
      throw .unknownContainer(path: options.path)
    }
    unsafe self.context = context
    unsafe formatName = FFmpeg.string(context.pointee.oformat.pointee.name)
    unsafe needsGlobalHeader = context.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0
    waiting = Mutex(PacketQueue(holdsHiddenPackets: Self.mp4Family.contains(formatName)))
    unsafe context.pointee.interrupt_callback = interruption.callback
    // The video comes first; it is filled when its encoder is known.
    guard unsafe avformat_new_stream(context, nil) != nil else { throw .outOfMemory }
    if unsafe context.pointee.url == nil { unsafe context.pointee.url = av_strdup(url) }
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

  /// Creates the file and writes the header.
  ///
  /// - Throws: `cannotWrite`.
  package func open() throws(MediaError) {
    FFmpeg.forgetMessages()
    let code = openAndWriteHeader()
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
    progress = .open
  }

  /// Keeps a packet of a stream that is copied until the video has come as far; those of other
  /// streams, and those that come after the end, are ignored. The only call for the input's thread.
  ///
  /// - Throws: `cannotWrite` when the video does not come.
  package func copy(_ packet: Packet) throws(MediaError) {
    let bytes = waiting.withLock { queue in
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
    try writeCopies(upTo: Timestamp(ticks: unsafe packet.handle.pointee.dts, timeBase: timeBase))
    unsafe packet.handle.pointee.stream_index = 0
    let code = submit(packet, timeBase: timeBase)
    hasFailed = hasFailed || code < 0
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
  }

  /// Writes what is still held back and the trailer, and closes the file. Further calls do nothing.
  ///
  /// - Throws: `cannotWrite`; the trailer was tried all the same.
  package func finish() throws(MediaError) {
    defer {
      waiting.withLock { $0.close() }
      // Here and not at some end of life: the process may be over before that.
      replacement = nil
    }
    guard progress == .open else { return }
    progress = .finished
    var failure: MediaError?
    do throws(MediaError) { try writeCopies(upTo: nil) } catch { failure = error }
    FFmpeg.forgetMessages()
    let trailer = unsafe av_write_trailer(context)
    let closing = closeFile()
    if let failure { throw failure }
    let code = trailer < 0 ? trailer : closing
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
    // A picture that is not whole is no picture.
    if !hasFailed, videoPacketCount > 0 { try replacement?.finish() }
  }

  private func writeCopies(upTo limit: Timestamp?) throws(MediaError) {
    while let taken = waiting.withLock({ $0.take(upTo: limit) }) {
      let code = submit(
        taken.packet, timeBase: taken.timeBase, delaySeconds: taken.delaySeconds)
      if code == facestream_averror(EINVAL) {
        rejectedPacketCount += 1
      } else if code < 0 {
        throw .cannotWrite(path: path, reason: FFmpeg.reason(code))
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
      let shift = Int64((shiftSeconds / timeBase.doubleValue).rounded())
      if unsafe handle.pointee.pts != FFmpeg.noTimestamp { unsafe handle.pointee.pts -= shift }
      if unsafe handle.pointee.dts != FFmpeg.noTimestamp { unsafe handle.pointee.dts -= shift }
    }
    unsafe av_packet_rescale_ts(handle, timeBase.avRational, stream.pointee.time_base)
    if delaySeconds > 0 {
      let delay = unsafe Int64(
        (delaySeconds / Rational(stream.pointee.time_base).doubleValue).rounded())
      if unsafe handle.pointee.pts != FFmpeg.noTimestamp { unsafe handle.pointee.pts += delay }
      if unsafe handle.pointee.dts != FFmpeg.noTimestamp { unsafe handle.pointee.dts += delay }
    }
    unsafe handle.pointee.pos = -1
    FFmpeg.forgetMessages()
    return unsafe av_write_frame(context, handle)
  }
}
