internal import CFFmpeg
import Imaging

/// What lossy codecs of still pictures fix, and videos leave open.
enum StillCodec {
  case jpeg, webp

  /// `nil` for all other codecs.
  init?(_ codec: AVCodecID) {
    switch codec {
    case AV_CODEC_ID_MJPEG: self = .jpeg
    case AV_CODEC_ID_WEBP: self = .webp
    default: return nil
    }
  }

  /// Whether YUV is of full range. Both know no matrix but BT.601.
  ///
  /// Source: JPEG, ITU-T T.871, section 7; WebP, RFC 6386, section 9.2.
  var isFullRange: Bool {
    switch self {
    case .jpeg: true
    case .webp: false
    }
  }

  /// Whether samples of this description can be stored as they are.
  func accepts(_ color: ColorDescription) -> Bool {
    color == ColorDescription(matrix: .bt601, range: isFullRange ? .full : .limited)
  }

  /// Quality when the user gives none, on the encoder's own scale: hardly to be told from the input.
  /// JPEG: a quantiser from 1 to 31, lower is better. WebP: from 0 to 100, higher is better.
  var usualQuality: Int32 {
    switch self {
    case .jpeg: 2
    case .webp: 95
    }
  }
}
