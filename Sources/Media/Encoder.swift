internal import CFFmpeg
package import Imaging
import Synchronization

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
  private let stillCodec: StillCodec?
  private let converter = PictureConverter()
  private let pool = FramePool()
  /// The packet being handed out.
  private let packet: Packet
  private var times: EncodedFrameTimes
  private var keyFrames: KeyFrameSchedule
  private var hasBegun = false
  private let isKeyFrameRequested = Atomic<Bool>(false)

  /// Who begins to watch a live output waits no longer than this for a picture; what players of streams
  /// in segments of two seconds need.
  private static let liveKeyFrameSeconds = 2.0

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
    stillCodec = unsafe StillCodec(codec.pointee.id)
    timeBase = frame.timestamp.timeBase
    let rate = unsafe Self.codecFrameRate(near: frameRate, codec: codec)
    times = EncodedFrameTimes(timeBase: timeBase, frameRate: rate)
    keyFrames = KeyFrameSchedule(
      intervalSeconds: options.isLive ? Self.liveKeyFrameSeconds : nil,
      segmentSeconds: options.segmentSeconds)
    packet = try Packet()
    let choice = unsafe try Self.choosePixelFormat(for: frame, codec: codec, options: options)
    format = choice.format
    remark = choice.remark
    pixelFormat = PixelLayout.name(choice.format)

    guard let context = unsafe avcodec_alloc_context3(codec) else { throw .outOfMemory }
    // From here on `deinit` frees it, also when a later line throws.
    unsafe self.context = context
    unsafe try Self.configure(
      context, like: frame, format: choice.format, frameRate: rate, options: options)
    if options.isLive {
      unsafe Self.reduceDelay(
        of: context, keyFrameSeconds: Self.liveKeyFrameSeconds, frameRate: rate)
    }
    if options.isLive || options.segmentSeconds != nil {
      // Key frames that are asked for are such that decoding can begin there.
      unsafe av_opt_set(context.pointee.priv_data, "forced-idr", "1", 0)
    }
    if needsGlobalHeader {
      unsafe context.pointee.flags |= Int32(AV_CODEC_FLAG_GLOBAL_HEADER)
    }
    FFmpeg.forgetMessages()
    let code = ThreadScheduling.keepingUsual { unsafe avcodec_open2(context, codec, nil) }
    guard code >= 0 else {
      let reason = FFmpeg.reason(code)
      // Some encoders look at their preset only now.
      if let preset = options.preset, reason.contains("preset") {
        throw .encoderOption(encoder: codecName, option: "--preset \(preset)", reason: reason)
      }
      throw .cannotEncode(encoder: codecName, reason: reason)
    }
  }

  deinit {
    // SVT-AV1 1.4 never ends where it never began; a run that comes to this ends at once.
    if name == "libsvtav1", !hasBegun { return }
    var closing: UnsafeMutablePointer<AVCodecContext>? = unsafe context
    unsafe avcodec_free_context(&closing)
  }

  /// Hands over a frame, `nil` to drain at the end, and passes every finished packet to `body`.
  ///
  /// - Throws: `cannotEncode`, `unsupportedPicture`, and what `body` throws.
  package func encode(
    _ frame: VideoFrame?, _ body: (Packet) throws(MediaError) -> Void
  ) throws(MediaError) {
    hasBegun = true
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
      // What the packet held before is released.
      let code = unsafe avcodec_receive_packet(context, packet.handle)
      if code == FFmpeg.tryAgain || code == FFmpeg.endOfFile { return }
      guard code >= 0 else { throw .cannotEncode(encoder: name, reason: FFmpeg.reason(code)) }
      try restoreTime(of: packet)
      try body(packet)
    }
  }

  /// Makes the next frame a key frame. Callable from any thread.
  package func requestKeyFrame() { isKeyFrameRequested.store(true, ordering: .relaxed) }

  /// Lends the encoder's handle to this module's muxer.
  func withHandle<Result, Failure: Error>(
    _ body: (UnsafeMutablePointer<AVCodecContext>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(context)
  }

  private func prepare(_ frame: VideoFrame) throws(MediaError) -> VideoFrame {
    var prepared = frame
    if frame.pixelFormat != format || stillCodec?.accepts(frame.color) == false {
      prepared = try converter.convert(
        frame, to: format, width: frame.width, height: frame.height, pool: pool,
        isFullRangeBT601: PixelLayout.isRGB(format) ? nil : stillCodec?.isFullRange)
    }
    let number = times.add(
      PresentationClock.Moment(
        ticks: frame.timestamp.ticks, durationTicks: frame.durationTicks))
    unsafe prepared.handle.pointee.pts = number
    let isRequested = isKeyFrameRequested.exchange(false, ordering: .relaxed)
    let isKeyFrame = keyFrames.isDue(
      at: frame.timestamp.seconds, isRequested: isRequested)
    // The decoder's picture type would be taken as an order.
    unsafe prepared.handle.pointee.pict_type =
      isKeyFrame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
    unsafe facestream_set_frame_duration(prepared.handle, 0)
    return prepared
  }

  /// Gives a packet the exact times of its frame.
  private func restoreTime(of packet: Packet) throws(MediaError) {
    let handle = unsafe packet.handle
    let number = unsafe handle.pointee.pts
    let decodeNumber = unsafe handle.pointee.dts
    guard
      let restored = times.take(
        number: number, decodeNumber: decodeNumber == FFmpeg.noTimestamp ? number : decodeNumber)
    else {
      throw .cannotEncode(encoder: name, reason: "it returned a frame it was not given")
    }
    unsafe handle.pointee.pts = restored.moment.ticks
    unsafe handle.pointee.duration = restored.moment.durationTicks
    unsafe handle.pointee.dts = restored.decodeTicks
  }
}
