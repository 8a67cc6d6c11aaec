internal import CFFmpeg
import Imaging

/// Puts the codec's parameters in front of every key frame, for containers without a header to keep them
/// in: a player may come in at any key frame.
@safe
final class ParameterSetRepeater {
  private let context: UnsafeMutablePointer<AVBSFContext>

  /// The codecs whose parameters may stand in the stream; for others, such bytes would be damage.
  private static let codecs = [
    AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MPEG2VIDEO,
    AV_CODEC_ID_MPEG1VIDEO,
  ]

  /// - Returns: `nil` for codecs that keep no parameters there.
  init?(_ parameters: UnsafeMutablePointer<AVCodecParameters>, timeBase: Rational) {
    guard unsafe Self.codecs.contains(parameters.pointee.codec_id),
      unsafe parameters.pointee.extradata_size > 0,
      let filter = unsafe av_bsf_get_by_name("dump_extra")
    else { return nil }
    var allocated: UnsafeMutablePointer<AVBSFContext>?
    guard unsafe av_bsf_alloc(filter, &allocated) >= 0, let context = unsafe allocated else {
      return nil
    }
    unsafe self.context = context
    unsafe context.pointee.time_base_in = timeBase.avRational
    guard unsafe avcodec_parameters_copy(context.pointee.par_in, parameters) >= 0,
      unsafe av_bsf_init(context) >= 0
    else { return nil }
  }

  deinit {
    var closing: UnsafeMutablePointer<AVBSFContext>? = unsafe context
    unsafe av_bsf_free(&closing)
  }

  /// - Returns: A negative code when there is no memory left.
  func apply(to packet: Packet) -> Int32 {
    let code = unsafe av_bsf_send_packet(context, packet.handle)
    return unsafe code < 0 ? code : av_bsf_receive_packet(context, packet.handle)
  }
}
