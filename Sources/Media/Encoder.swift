internal import CFFmpeg
package import Imaging

/// Compresses frames, keeping every presentation timestamp and duration to the tick.
///
/// `@unchecked Sendable`: opened on one thread, then used by the one it was handed to.
@safe
package final class Encoder: @unchecked Sendable {
  /// FFmpeg's name of the encoder.
  package let name: String
  /// FFmpeg's name of the pixel format it is fed.
  package let pixelFormat: String
  /// Said once to the user when the choice of pixel format may surprise.
  package let remark: String?

  private let context: UnsafeMutablePointer<AVCodecContext>
  private let format: AVPixelFormat
  /// Time base of the frames, and of the packets that leave.
  let timeBase: Rational
  private let codecTimeBase: Rational
  private let converter = PictureConverter()
  private let pool = FramePool()
  /// Moments of the frames inside the encoder, by the timestamp the encoder was given.
  private var inFlight: [Int64: PresentationClock.Moment] = [:]

  /// Opens an encoder for frames like `frame`.
  ///
  /// - Parameters:
  ///   - frameRate: A hint for rate control and for containers; timestamps decide.
  ///   - needsGlobalHeader: The container keeps the codec's parameters in its header.
  /// - Throws: `unknownEncoder`, `encoderOption`, `cannotEncode`, `outOfMemory`.
  package init(
    like frame: VideoFrame, codecName: String, frameRate: Rational?, needsGlobalHeader: Bool,
    options: EncoderOptions
  ) throws(MediaError) {
    guard let codec = unsafe avcodec_find_encoder_by_name(codecName),
      unsafe codec.pointee.type == AVMEDIA_TYPE_VIDEO
    else { throw .unknownEncoder(name: codecName) }
    name = codecName
    timeBase = frame.timestamp.timeBase
    codecTimeBase = Self.codecTimeBase(timeBase, codec: unsafe codec.pointee.id)
    let choice = unsafe try Self.choosePixelFormat(for: frame, codec: codec, options: options)
    format = choice.format
    remark = choice.remark
    pixelFormat = PixelLayout.name(choice.format)

    var allocated = unsafe avcodec_alloc_context3(codec)
    guard let context = unsafe allocated else { throw .outOfMemory }
    unsafe self.context = context
    do throws(MediaError) {
      unsafe try Self.configure(
        context, like: frame, format: choice.format, codecTimeBase: codecTimeBase,
        frameRate: frameRate, options: options)
      if needsGlobalHeader {
        unsafe context.pointee.flags |= Int32(AV_CODEC_FLAG_GLOBAL_HEADER)
      }
      FFmpeg.forgetMessages()
      let code = unsafe avcodec_open2(context, codec, nil)
      guard code >= 0 else {
        throw .cannotEncode(encoder: codecName, reason: FFmpeg.reason(code))
      }
    } catch {
      unsafe avcodec_free_context(&allocated)
      throw error
    }
  }

  deinit {
    var closing: UnsafeMutablePointer<AVCodecContext>? = unsafe context
    unsafe avcodec_free_context(&closing)
  }

  /// Hands over a frame, `nil` to drain at the end, and passes every finished packet to `body`.
  ///
  /// - Throws: `cannotEncode`, `unsupportedPicture`, and what `body` throws.
  package func encode(
    _ frame: VideoFrame?, _ body: (Packet) throws(MediaError) -> Void
  ) throws(MediaError) {
    FFmpeg.forgetMessages()
    let code: Int32
    if let frame {
      let prepared = try prepare(frame)
      code = unsafe avcodec_send_frame(context, prepared.handle)
    } else {
      code = unsafe avcodec_send_frame(context, nil)
    }
    guard code >= 0 || code == FFmpeg.endOfFile else {
      throw .cannotEncode(encoder: name, reason: FFmpeg.reason(code))
    }
    while true {
      let packet = try Packet()
      let code = unsafe avcodec_receive_packet(context, packet.handle)
      if code == FFmpeg.tryAgain || code == FFmpeg.endOfFile { return }
      guard code >= 0 else { throw .cannotEncode(encoder: name, reason: FFmpeg.reason(code)) }
      restoreTime(of: packet)
      try body(packet)
    }
  }

  /// Lends the encoder's handle to this module's muxer.
  func withHandle<Result, Failure: Error>(
    _ body: (UnsafeMutablePointer<AVCodecContext>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(context)
  }

  private func prepare(_ frame: VideoFrame) throws(MediaError) -> VideoFrame {
    var prepared = frame
    if frame.pixelFormat != format {
      prepared = try converter.convert(
        frame, to: format, width: frame.width, height: frame.height, pool: pool)
    }
    let moment = PresentationClock.Moment(
      ticks: frame.timestamp.ticks, durationTicks: frame.durationTicks)
    let codecTicks = av_rescale_q(
      moment.ticks, timeBase.avRational, codecTimeBase.avRational)
    inFlight[codecTicks] = moment
    unsafe prepared.handle.pointee.pts = codecTicks
    // The decoder's picture type would be taken as an order.
    unsafe prepared.handle.pointee.pict_type = AV_PICTURE_TYPE_NONE
    unsafe facestream_set_frame_duration(prepared.handle, 0)
    return prepared
  }

  /// Gives a packet the exact timestamp and duration of its frame.
  private func restoreTime(of packet: Packet) {
    let handle = unsafe packet.handle
    let codecTicks = unsafe handle.pointee.pts
    unsafe av_packet_rescale_ts(handle, codecTimeBase.avRational, timeBase.avRational)
    guard let moment = inFlight.removeValue(forKey: codecTicks) else { return }
    unsafe handle.pointee.pts = moment.ticks
    unsafe handle.pointee.duration = moment.durationTicks
    if unsafe handle.pointee.dts == FFmpeg.noTimestamp || handle.pointee.dts > moment.ticks {
      unsafe handle.pointee.dts = moment.ticks
    }
  }
}
