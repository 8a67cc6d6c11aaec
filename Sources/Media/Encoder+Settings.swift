internal import CFFmpeg
import Imaging

extension Encoder {
  /// Constant quality used when the user gives none, for the encoders that have such a scale: near
  /// what the eye can tell from the input. The scales differ; each value is the project's own choice
  /// near the middle of what the encoder's manual calls good.
  private static let usualCRF: [String: Double] = [
    "libx264": 20, "libx264rgb": 20, "libx265": 22, "libvpx": 10, "libvpx-vp9": 28,
    "libaom-av1": 26, "libsvtav1": 30,
  ]

  /// Presets used when the user gives none: quick enough to leave the processor to the network.
  private static let usualPreset: [String: String] = [
    "libx264": "veryfast", "libx264rgb": "veryfast", "libx265": "veryfast", "libsvtav1": "10",
  ]

  /// Quantiser of video encoders with a fixed scale and no constant rate factor (MPEG-4): 2 is best,
  /// 31 worst.
  private static let usualQuantizer: Int32 = 3

  /// The quantisers of JPEG that `--crf` sets.
  private static let jpegQuantizers = 1.0...31.0

  /// Numerator and denominator an MPEG-4 Part 2 stream can hold (ISO/IEC 14496-2, section 6.3.3);
  /// enough for every rate that is one.
  private static let largestRatePart: Int64 = 65_535

  /// Rate assumed for inputs that tell none.
  private static let usualRate = Rational(25, 1)

  /// Checks that there is an encoder of a name, before there is a frame to open it for.
  ///
  /// - Throws: `unknownEncoder`.
  package static func check(name: String) throws(MediaError) {
    guard let codec = unsafe avcodec_find_encoder_by_name(name),
      unsafe codec.pointee.type == AVMEDIA_TYPE_VIDEO
    else { throw .unknownEncoder(name: name) }
  }

  /// The rate the encoder is told: for its rate control and its headers, not for timestamps.
  static func codecFrameRate(near rate: Rational?, codec: UnsafePointer<AVCodec>) -> Rational {
    let wanted = (rate ?? usualRate).avRational
    if let supported = unsafe facestream_encoder_frame_rates(codec) {
      let nearest = unsafe av_find_nearest_q_idx(wanted, supported)
      return unsafe Rational(supported[Int(nearest)])
    }
    var numerator: Int32 = 0
    var denominator: Int32 = 0
    unsafe av_reduce(
      &numerator, &denominator, Int64(wanted.num), Int64(wanted.den), largestRatePart)
    let reduced = Rational(Int(numerator), Int(denominator))
    return reduced.isPositive ? reduced : usualRate
  }

  /// The format to feed the encoder: the user's, else the frame's own, else the nearest it takes.
  static func choosePixelFormat(
    for frame: VideoFrame, codec: UnsafePointer<AVCodec>, options: EncoderOptions
  ) throws(MediaError) -> (format: AVPixelFormat, remark: String?) {
    let encoder = unsafe FFmpeg.string(unsafe codec.pointee.name)
    let accepted = unsafe formats(of: codec)
    if let name = options.pixelFormat {
      guard let wanted = PixelLayout.format(named: name),
        accepted.isEmpty || accepted.contains(wanted)
      else {
        let names = accepted.map(PixelLayout.name).joined(separator: ", ")
        throw .encoderOption(
          encoder: encoder, option: "pixel format '\(name)'", reason: "it takes \(names)")
      }
      return (fullRangeTwin(of: wanted, encoder: encoder), nil)
    }
    var wanted = frame.pixelFormat
    let isEven = frame.width % 2 == 0 && frame.height % 2 == 0
    // Where a whole chroma sample would lie half outside.
    let cutsChroma = PixelLayout.planarFormat(wanted).map {
      ($0.log2ChromaWidth > 0 && frame.width % 2 != 0)
        || ($0.log2ChromaHeight > 0 && frame.height % 2 != 0)
    }
    if frame.isFromRGB, unsafe !losesNothing(codec) {
      // JPEG is shown by everything in 4:4:4 as well.
      if encoder == "mjpeg" {
        wanted = AV_PIX_FMT_YUV444P
      } else if isEven, PixelLayout.isRGB(wanted) || wanted == AV_PIX_FMT_YUV444P,
        accepted.contains(AV_PIX_FMT_YUV420P)
      {
        // For drawing, RGB is 4:4:4 or was widened to it; most players want 4:2:0.
        return (AV_PIX_FMT_YUV420P, nil)
      }
    }
    var remark: String?
    if cutsChroma == true, encoder.hasPrefix("libx26") {
      // H.264 and H.265 crop in whole chroma samples: an odd side exists only without subsampling along it.
      wanted =
        PixelLayout.planarFormat(wanted)?.bitDepth == 8
        ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV444P10LE
      remark =
        "pictures of \(frame.width)×\(frame.height) are encoded as 4:4:4, because H.264 and H.265 "
        + "hold odd sizes only so; some hardware players cannot show that"
    }
    if accepted.isEmpty || accepted.contains(wanted) {
      return (fullRangeTwin(of: wanted, encoder: encoder), remark)
    }
    var loss: Int32 = 0
    let list = accepted.filter { $0 != AV_PIX_FMT_PAL8 } + [AV_PIX_FMT_NONE]
    let best = unsafe list.withUnsafeBufferPointer {
      unsafe avcodec_find_best_pix_fmt_of_list($0.baseAddress, wanted, 0, &loss)
    }
    guard best != AV_PIX_FMT_NONE else {
      throw .cannotEncode(
        encoder: encoder, reason: "it takes no format near \(PixelLayout.name(wanted))")
    }
    return (fullRangeTwin(of: best, encoder: encoder), remark)
  }

  /// Whether whatever the codec holds is held without loss, as in PNG or FFV1.
  private static func losesNothing(_ codec: UnsafePointer<AVCodec>) -> Bool {
    guard let descriptor = unsafe avcodec_descriptor_get(codec.pointee.id)?.pointee else {
      return false
    }
    let (lossless, lossy) = (Int32(AV_CODEC_PROP_LOSSLESS), Int32(AV_CODEC_PROP_LOSSY))
    return unsafe descriptor.props & lossless != 0 && descriptor.props & lossy == 0
  }

  /// The full-range format in place of a limited one for JPEG, which knows full range only
  /// (ITU-T T.871, section 7): FFmpeg's encoder lists both and refuses one.
  private static func fullRangeTwin(
    of format: AVPixelFormat, encoder: String
  ) -> AVPixelFormat {
    guard encoder == "mjpeg" else { return format }
    switch format {
    case AV_PIX_FMT_YUV420P: return AV_PIX_FMT_YUVJ420P
    case AV_PIX_FMT_YUV422P: return AV_PIX_FMT_YUVJ422P
    case AV_PIX_FMT_YUV444P: return AV_PIX_FMT_YUVJ444P
    default: return format
    }
  }

  private static func formats(of codec: UnsafePointer<AVCodec>) -> [AVPixelFormat] {
    guard let list = unsafe facestream_encoder_pixel_formats(codec) else { return [] }
    // Few programs show TIFF pictures in YUV.
    let isTIFF = unsafe codec.pointee.id == AV_CODEC_ID_TIFF
    var result: [AVPixelFormat] = []
    var next = unsafe list
    while unsafe next.pointee != AV_PIX_FMT_NONE {
      let format = unsafe next.pointee
      let planes = PixelLayout.planarFormat(format)?.planeCount ?? 1
      if !isTIFF || planes == 1 { result.append(format) }
      unsafe next += 1
    }
    return result
  }

  /// Fills a context that was just allocated.
  static func configure(
    _ context: UnsafeMutablePointer<AVCodecContext>, like frame: VideoFrame,
    format: AVPixelFormat, frameRate: Rational, options: EncoderOptions
  ) throws(MediaError) {
    let source = unsafe frame.handle
    unsafe context.pointee.width = Int32(frame.width)
    unsafe context.pointee.height = Int32(frame.height)
    unsafe context.pointee.pix_fmt = format
    unsafe context.pointee.time_base = AVRational(
      num: Int32(frameRate.denominator), den: Int32(frameRate.numerator))
    unsafe context.pointee.framerate = frameRate.avRational
    unsafe context.pointee.sample_aspect_ratio = source.pointee.sample_aspect_ratio
    unsafe context.pointee.color_primaries = source.pointee.color_primaries
    unsafe context.pointee.color_trc = source.pointee.color_trc
    unsafe context.pointee.chroma_sample_location = source.pointee.chroma_location
    let isRGB = PixelLayout.isRGB(format)
    let wasRGB = PixelLayout.isRGB(frame.pixelFormat)
    if let stillCodec = unsafe StillCodec(context.pointee.codec_id), !isRGB {
      unsafe context.pointee.colorspace = AVCOL_SPC_SMPTE170M
      unsafe context.pointee.color_range =
        stillCodec.isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    } else if wasRGB, !isRGB {
      // What the converter makes of it.
      unsafe context.pointee.colorspace = AVCOL_SPC_BT709
      unsafe context.pointee.color_range =
        PixelLayout.isFullRangeByName(format) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    } else if wasRGB == isRGB {
      unsafe context.pointee.colorspace = source.pointee.colorspace
      unsafe context.pointee.color_range =
        frame.color.range == .full || PixelLayout.isFullRangeByName(format)
        ? AVCOL_RANGE_JPEG : source.pointee.color_range
    }
    let usualThreads =
      options.isLive
      ? min(options.liveThreads, EncoderOptions.defaultThreads) : EncoderOptions.defaultThreads
    unsafe context.pointee.thread_count = Int32(max(1, options.threads ?? usualThreads))
    if unsafe facestream_frame_is_interlaced(source) != 0 {
      unsafe context.pointee.flags |=
        Int32(AV_CODEC_FLAG_INTERLACED_DCT) | Int32(AV_CODEC_FLAG_INTERLACED_ME)
    }
    try unsafe setQuality(context, options: options)
  }

  private static func setQuality(
    _ context: UnsafeMutablePointer<AVCodecContext>, options: EncoderOptions
  ) throws(MediaError) {
    let encoder = unsafe FFmpeg.string(unsafe context.pointee.codec.pointee.name)
    if encoder == "libx265" {
      // It would write a log of its own to standard error.
      unsafe av_opt_set(context.pointee.priv_data, "x265-params", "log-level=none", 0)
    }
    if let preset = options.preset {
      try unsafe set("preset", preset, userSays: "--preset \(preset)", on: context, encoder)
    } else if let preset = usualPreset[encoder] {
      unsafe av_opt_set(context.pointee.priv_data, "preset", preset, 0)
    }
    if let bitrate = options.bitrate {
      unsafe context.pointee.bit_rate = Int64(bitrate)
      return
    }
    let stillCodec = unsafe StillCodec(context.pointee.codec_id)
    if let crf = options.crf, stillCodec == .jpeg {
      guard jpegQuantizers.contains(crf) else {
        throw .encoderOption(
          encoder: encoder, option: "--crf \(crf)", reason: "its quantiser goes from 1 to 31")
      }
      unsafe useQuantizer(Int32(crf.rounded()), on: context)
    } else if let crf = options.crf {
      let text = crf == crf.rounded() ? "\(Int(crf))" : "\(crf)"
      try unsafe set("crf", text, userSays: "--crf \(text)", on: context, encoder)
    } else if let crf = usualCRF[encoder] {
      unsafe av_opt_set(context.pointee.priv_data, "crf", "\(crf)", 0)
    } else {
      unsafe useQuantizer(stillCodec?.usualQuality ?? usualQuantizer, on: context)
    }
    // Constant quality of the VP8, VP9 and AV1 encoders holds only without a bit rate.
    unsafe context.pointee.bit_rate = 0
  }

  /// Has every frame leave the encoder before the next one comes, as far as the encoder can.
  ///
  /// Nothing here is a setting of the user's; presets and rate control stay as they are.
  static func reduceDelay(
    of context: UnsafeMutablePointer<AVCodecContext>, keyFrameSeconds: Double, frameRate: Rational
  ) {
    unsafe context.pointee.max_b_frames = 0
    unsafe context.pointee.gop_size = Int32(
      max(1, (keyFrameSeconds * frameRate.doubleValue).rounded()))
    // A frame on each thread is a frame of delay for each.
    unsafe context.pointee.thread_type = FF_THREAD_SLICE
    let encoder = unsafe FFmpeg.string(unsafe context.pointee.codec.pointee.name)
    // Names that an encoder does not know are no error here: each of them means the same elsewhere.
    for (name, value) in lowDelaySettings(of: encoder) {
      unsafe av_opt_set(context.pointee.priv_data, name, value, 0)
    }
  }

  private static func lowDelaySettings(of encoder: String) -> [(name: String, value: String)] {
    // Frames that the hardware works on at once.
    let isInHardware = ["_qsv", "_vaapi"].contains { encoder.hasSuffix($0) }
    return lowDelaySettings[encoder] ?? (isInHardware ? [("async_depth", "1")] : [])
  }

  /// What each encoder calls low delay.
  private static let lowDelaySettings: [String: [(name: String, value: String)]] = [
    "libx264": [("tune", "zerolatency")],
    "libx264rgb": [("tune", "zerolatency")],
    // FFmpeg sets the frames in work to the threads after the tuning; the first is as in `setQuality`.
    "libx265": [("tune", "zerolatency"), ("x265-params", "log-level=none:frame-threads=1")],
    "libvpx": [("deadline", "realtime"), ("lag-in-frames", "0"), ("cpu-used", "6")],
    "libvpx-vp9": [("deadline", "realtime"), ("lag-in-frames", "0"), ("cpu-used", "6")],
    "libaom-av1": [("usage", "realtime"), ("lag-in-frames", "0"), ("cpu-used", "8")],
    // No frame refers to a later one.
    "libsvtav1": [("svtav1-params", "pred-struct=1")],
    "h264_nvenc": [("zerolatency", "1"), ("delay", "0")],
    "hevc_nvenc": [("zerolatency", "1"), ("delay", "0")],
  ]

  private static func useQuantizer(
    _ quantizer: Int32, on context: UnsafeMutablePointer<AVCodecContext>
  ) {
    unsafe context.pointee.flags |= Int32(AV_CODEC_FLAG_QSCALE)
    unsafe context.pointee.global_quality = quantizer * Int32(FF_QP2LAMBDA)
    unsafe context.pointee.qmin = min(context.pointee.qmin, quantizer)
  }

  private static func set(
    _ option: String, _ value: String, userSays: String,
    on context: UnsafeMutablePointer<AVCodecContext>, _ encoder: String
  ) throws(MediaError) {
    guard let settings = unsafe context.pointee.priv_data,
      unsafe av_opt_find(settings, option, nil, 0, 0) != nil
    else {
      throw .encoderOption(encoder: encoder, option: userSays, reason: "it has no such setting")
    }
    FFmpeg.forgetMessages()
    let code = unsafe av_opt_set(context.pointee.priv_data, option, value, 0)
    guard code >= 0 else {
      throw .encoderOption(encoder: encoder, option: userSays, reason: FFmpeg.reason(code))
    }
  }
}
