internal import CFFmpeg
import Imaging

/// Decodes the packets of a demuxer's video stream, on several threads, in presentation order.
///
/// `@unchecked Sendable`: opened on one thread, then used by the one it was handed to.
@safe
package final class Decoder: @unchecked Sendable {
  /// Frames whose timestamp was missing or did not rise.
  package var repairedTimestampCount: Int { clock.repairedCount }

  /// `nil` once closed.
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private let path: String
  private let timeBase: Rational
  private let maximumPixels: Int
  private var clock: PresentationClock
  private var frameCount = 0
  /// An empty frame for the next picture.
  private var spare: VideoFrame?
  private var captures = CaptureHistory()
  /// `nil` where packets cannot be compared: live, where none comes twice, and where they hold pointers.
  private var checksums: PacketChecksums?
  private let isStillJPEG: Bool
  private var isCutOff = false

  /// More than decoders pad a small picture by.
  private static let paddingPixels: Int64 = 1 << 16

  /// - Throws: `unsupportedCodec`, `cannotOpen`, `outOfMemory`.
  package init(for demuxer: Demuxer, options: InputOptions) throws(MediaError) {
    let stream = demuxer.videoStream
    path = demuxer.path
    timeBase = stream.timeBase
    maximumPixels = options.maximumPixels
    isStillJPEG = demuxer.isStillPicture && stream.codec == "mjpeg"
    checksums =
      demuxer.isLive || stream.codec == "wrapped_avframe"
      ? nil : PacketChecksums(threads: options.threads)
    clock = PresentationClock(
      timeBase: stream.timeBase, frameRate: stream.video?.averageFrameRate)
    unsafe context = unsafe try demuxer.withHandle { input throws(MediaError) in
      guard let source = unsafe input.pointee.streams[stream.index],
        let parameters = unsafe source.pointee.codecpar
      else { throw .outOfMemory }
      guard let codec = unsafe avcodec_find_decoder(parameters.pointee.codec_id) else {
        throw .unsupportedCodec(path: demuxer.path, codec: stream.codec)
      }
      var allocated = unsafe avcodec_alloc_context3(codec)
      guard let context = unsafe allocated else { throw .outOfMemory }
      unsafe context.pointee.thread_count = Int32(max(1, options.threads))
      // Each thread that decodes whole frames delays every frame by one.
      unsafe context.pointee.thread_type =
        demuxer.isLive ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE
      if demuxer.isLive { unsafe context.pointee.flags |= Int32(AV_CODEC_FLAG_LOW_DELAY) }
      unsafe context.pointee.pkt_timebase = source.pointee.time_base
      // Show what can be saved of a broken frame: every frame has its row, damaged or not.
      unsafe context.pointee.flags |= Int32(bitPattern: UInt32(AV_CODEC_FLAG_OUTPUT_CORRUPT))
      // Decoders hold the padded size against it, which a picture just within the limit may pass;
      // `nextFrame()` compares exactly.
      unsafe context.pointee.max_pixels =
        2 * Int64(options.maximumPixels) + Self.paddingPixels
      FFmpeg.forgetMessages()
      var code = unsafe avcodec_parameters_to_context(context, parameters)
      if code >= 0 { code = unsafe avcodec_open2(context, codec, nil) }
      guard code >= 0 else {
        unsafe avcodec_free_context(&allocated)
        throw .cannotOpen(path: demuxer.path, reason: FFmpeg.reason(code))
      }
      return unsafe context
    }
  }

  deinit { close() }

  /// Ends the decoder's threads and lets go of its pictures, except those that were handed out. No packet
  /// may be sent afterwards, and no frame asked for.
  package func close() {
    spare = nil
    unsafe avcodec_free_context(&context)
  }

  /// Hands a packet to the decoder; `nil` begins the draining at the end of the input. Take every
  /// frame with `nextFrame()` before the next call.
  ///
  /// - Throws: `damaged` for a packet that cannot be decoded; go on with the next.
  package func send(_ packet: Packet?) throws(MediaError) {
    guard let context = unsafe context else { preconditionFailure("a closed decoder was used") }
    // The decoder fills up what is missing and says nothing.
    if isStillJPEG, let packet { isCutOff = packet.isCutOffJPEG }
    if let packet, let capture = packet.capture, let ticks = packet.presentationTicks {
      captures.note(capture, at: ticks)
    }
    if let packet {
      checksums?.note(packet.checksum, at: packet.presentationTicks ?? packet.decodeTicks)
    }
    FFmpeg.forgetMessages()
    let code = unsafe avcodec_send_packet(context, packet?.handle)
    guard code >= 0 || code == FFmpeg.endOfFile || code == FFmpeg.tryAgain else {
      throw .damaged(reason: FFmpeg.reason(code))
    }
  }

  /// The next finished frame, `nil` when the decoder needs another packet or is drained.
  ///
  /// - Throws: `damaged` for a frame that cannot be decoded (call again), `pictureTooLarge`.
  package func nextFrame() throws(MediaError) -> VideoFrame? {
    guard let context = unsafe context else { preconditionFailure("a closed decoder was used") }
    let frame = if let spare = spare.take() { spare } else { try VideoFrame() }
    FFmpeg.forgetMessages()
    let code = unsafe avcodec_receive_frame(context, frame.handle)
    if code == FFmpeg.tryAgain || code == FFmpeg.endOfFile {
      spare = frame
      return nil
    }
    guard code >= 0 else {
      throw .damaged(reason: FFmpeg.reason(code))
    }
    guard frame.width * frame.height <= maximumPixels else {
      throw .pictureTooLarge(
        path: path, width: frame.width, height: frame.height, limit: maximumPixels)
    }
    let handle = unsafe frame.handle
    let bestEffort = unsafe handle.pointee.best_effort_timestamp
    let ticks = bestEffort == FFmpeg.noTimestamp ? nil : bestEffort
    let moment = unsafe clock.next(
      ticks: ticks, durationTicks: facestream_frame_duration(handle))
    frame.index = frameCount
    frameCount += 1
    frame.timestamp = Timestamp(ticks: moment.ticks, timeBase: timeBase)
    frame.durationTicks = moment.durationTicks
    frame.capture = captures.capture(at: ticks ?? moment.ticks)
    frame.packetChecksum = ticks.flatMap { checksums?.take(at: $0) }
    unsafe frame.isDamaged =
      isCutOff || handle.pointee.decode_error_flags != 0
      || handle.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
    return frame
  }
}
