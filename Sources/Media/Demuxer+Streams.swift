internal import CFFmpeg
import Imaging

/// What a container says of its streams, in this module's words.
extension Demuxer {
  static func describe(
    _ stream: UnsafeMutablePointer<AVStream>, in context: UnsafeMutablePointer<AVFormatContext>
  ) -> StreamDescription {
    let parameters = unsafe stream.pointee.codecpar.pointee
    let timeBase = unsafe Rational(stream.pointee.time_base)
    func seconds(_ ticks: Int64) -> Double? {
      ticks == FFmpeg.noTimestamp ? nil : Timestamp(ticks: ticks, timeBase: timeBase).seconds
    }
    let kind: StreamDescription.Kind =
      switch unsafe parameters.codec_type {
      case AVMEDIA_TYPE_VIDEO: .video
      case AVMEDIA_TYPE_AUDIO: .audio
      case AVMEDIA_TYPE_SUBTITLE: .subtitle
      case AVMEDIA_TYPE_DATA: .data
      case AVMEDIA_TYPE_ATTACHMENT: .attachment
      default: .unknown
      }
    let disposition = unsafe stream.pointee.disposition
    return unsafe StreamDescription(
      index: Int(stream.pointee.index),
      kind: kind,
      codec: FFmpeg.string(avcodec_get_name(parameters.codec_id)),
      timeBase: timeBase,
      startSeconds: seconds(stream.pointee.start_time),
      durationSeconds: seconds(stream.pointee.duration),
      isDefault: disposition & AV_DISPOSITION_DEFAULT != 0,
      isCoverArt: disposition & AV_DISPOSITION_ATTACHED_PIC != 0,
      language: entries(stream.pointee.metadata).first { $0.key == "language" }?.value,
      video: kind == .video ? describeVideo(stream, parameters, in: context) : nil,
      audio: kind == .audio
        ? AudioProperties(
          sampleRate: Int(parameters.sample_rate), channels: Int(parameters.ch_layout.nb_channels))
        : nil)
  }

  /// A faster nominal rate is that of a fine time base.
  private static let plausibleRate = 240.0

  private static func describeVideo(
    _ stream: UnsafeMutablePointer<AVStream>, _ parameters: AVCodecParameters,
    in context: UnsafeMutablePointer<AVFormatContext>
  ) -> VideoProperties {
    let aspect = unsafe Rational(av_guess_sample_aspect_ratio(context, stream, nil))
    let measuredRate = unsafe Rational(stream.pointee.avg_frame_rate)
    let rate =
      measuredRate.isPositive ? measuredRate : unsafe Rational(stream.pointee.r_frame_rate)
    var orientation = Orientation.upright
    if let matrix = unsafe facestream_display_matrix(stream) {
      orientation = unsafe Orientation(
        displayMatrix: Array(UnsafeBufferPointer(start: matrix, count: 9)))
    }
    let nominalRate = unsafe Rational(av_guess_frame_rate(context, stream, nil))
    return unsafe VideoProperties(
      codedWidth: Int(parameters.width),
      codedHeight: Int(parameters.height),
      orientation: orientation,
      pixelFormat: FFmpeg.string(av_get_pix_fmt_name(AVPixelFormat(parameters.format))),
      sampleAspectRatio: aspect.isPositive ? aspect : Rational(1, 1),
      averageFrameRate: rate.isPositive ? rate : nil,
      nominalFrameRate: nominalRate.isPositive && nominalRate.doubleValue <= plausibleRate
        ? nominalRate : (rate.isPositive ? rate : nil),
      colorMatrix: FFmpeg.string(av_color_space_name(parameters.color_space)),
      colorRange: FFmpeg.string(av_color_range_name(parameters.color_range)),
      colorPrimaries: FFmpeg.string(av_color_primaries_name(parameters.color_primaries)),
      colorTransfer: FFmpeg.string(av_color_transfer_name(parameters.color_trc)),
      frameCount: stream.pointee.nb_frames > 0 ? Int(stream.pointee.nb_frames) : nil)
  }

  /// The entries of a metadata dictionary, in its order.
  static func entries(_ dictionary: OpaquePointer?) -> [(key: String, value: String)] {
    var result: [(key: String, value: String)] = []
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while let next = unsafe av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
      unsafe result.append((String(cString: next.pointee.key), String(cString: next.pointee.value)))
      unsafe entry = next
    }
    return result
  }
}
