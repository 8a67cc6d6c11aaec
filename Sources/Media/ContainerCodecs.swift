internal import CFFmpeg

/// What containers hold of which FFmpeg itself keeps no list: it answers for their default codecs
/// only, and would have MPEG-TS hold neither H.264 nor AAC.
enum ContainerCodecs {
  /// The codecs of a container by FFmpeg's name of it, `nil` for those FFmpeg can answer for.
  static func ofFormat(_ name: String) -> [AVCodecID]? {
    switch name {
    case "mpegts", "rtp_mpegts", "hls": transportStream
    case "rtsp", "rtp": realTimeProtocol
    default: nil
    }
  }

  /// The codecs with a stream type or descriptor of their own; as private data, players know no
  /// other. Source: `get_dvb_stream_type` in FFmpeg's `libavformat/mpegtsenc.c`.
  private static let transportStream: [AVCodecID] = [
    AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_H264,
    AV_CODEC_ID_HEVC, AV_CODEC_ID_CAVS, AV_CODEC_ID_DIRAC, AV_CODEC_ID_VC1,
    AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_AAC, AV_CODEC_ID_AAC_LATM, AV_CODEC_ID_AC3,
    AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS, AV_CODEC_ID_TRUEHD, AV_CODEC_ID_OPUS, AV_CODEC_ID_S302M,
    AV_CODEC_ID_DVB_SUBTITLE, AV_CODEC_ID_DVB_TELETEXT, AV_CODEC_ID_HDMV_PGS_SUBTITLE,
    AV_CODEC_ID_TIMED_ID3, AV_CODEC_ID_SMPTE_KLV,
  ]

  /// The codecs FFmpeg can cut into RTP packets. Source: `is_supported` in `libavformat/rtpenc.c`,
  /// without the formats no video input holds.
  private static let realTimeProtocol: [AVCodecID] = [
    AV_CODEC_ID_H261, AV_CODEC_ID_H263, AV_CODEC_ID_H263P, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,
    AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG,
    AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_THEORA,
    AV_CODEC_ID_AAC, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3, AV_CODEC_ID_VORBIS, AV_CODEC_ID_OPUS,
    AV_CODEC_ID_SPEEX, AV_CODEC_ID_AMR_NB, AV_CODEC_ID_AMR_WB, AV_CODEC_ID_PCM_ALAW,
    AV_CODEC_ID_PCM_MULAW, AV_CODEC_ID_PCM_S8, AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S24BE,
    AV_CODEC_ID_ADPCM_G722, AV_CODEC_ID_ADPCM_G726,
  ]
}
