internal import CFFmpeg
import Imaging

/// What FFmpeg's pixel formats mean in our words.
enum PixelLayout {
  /// The formats other pictures are converted to, so that the overlay can draw on them.
  private static let targets: [AVPixelFormat] = [
    AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_GRAY8,
    AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE,
    AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV444P12LE, AV_PIX_FMT_GRAY16LE,
    AV_PIX_FMT_NONE,
  ]

  /// The same for RGB that is to stay RGB.
  private static let rgbTargets: [AVPixelFormat] = [
    AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP10LE, AV_PIX_FMT_GBRP12LE, AV_PIX_FMT_GBRP14LE,
    AV_PIX_FMT_GBRP16LE, AV_PIX_FMT_NONE,
  ]

  /// The planar layout of a format, `nil` for packed, alpha, palette, big-endian and hardware formats.
  /// Planar RGB counts as 4:4:4: green, blue and red in the places of luma, Cb and Cr.
  static func planarFormat(_ format: AVPixelFormat) -> PixelFormat? {
    guard let descriptor = unsafe av_pix_fmt_desc_get(format)?.pointee else { return nil }
    let refused =
      AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BE
      | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_FLOAT
      | AV_PIX_FMT_FLAG_BAYER
    guard unsafe descriptor.flags & UInt64(refused) == 0,
      unsafe descriptor.nb_components == 1 || descriptor.nb_components == 3
    else { return nil }
    let components = unsafe [descriptor.comp.0, descriptor.comp.1, descriptor.comp.2]
      .prefix(Int(descriptor.nb_components))
    let depth = unsafe Int(descriptor.comp.0.depth)
    guard (8...16).contains(depth) else { return nil }
    let step = depth > 8 ? 2 : 1
    // FFmpeg counts the components of RGB from red.
    let firstPlane = isRGB(format) ? 2 : 0
    for (number, component) in components.enumerated() {
      guard component.plane == (firstPlane + number) % 3, component.step == step,
        component.shift == 0,
        component.offset == 0, component.depth == depth
      else { return nil }
    }
    return unsafe PixelFormat(
      bitDepth: depth, planeCount: components.count,
      log2ChromaWidth: components.count == 1 ? 0 : Int(descriptor.log2_chroma_w),
      log2ChromaHeight: components.count == 1 ? 0 : Int(descriptor.log2_chroma_h))
  }

  /// The format frames of `format` are processed in: itself where it is planar, otherwise the
  /// planar format that loses least.
  ///
  /// - Parameters:
  ///   - transposed: Rows and columns will be swapped, which needs chroma that is subsampled alike in
  ///     both directions.
  ///   - keepsRGB: RGB becomes planar RGB, without loss; otherwise YUV.
  static func workingFormat(
    for format: AVPixelFormat, transposed: Bool, keepsRGB: Bool = false
  ) -> AVPixelFormat {
    let isRGB = isRGB(format)
    if keepsRGB || !isRGB, let planar = planarFormat(format) {
      if !transposed || planar.log2ChromaWidth == planar.log2ChromaHeight { return format }
      switch planar.bitDepth {
      case 8: return AV_PIX_FMT_YUV444P
      case 9, 10: return AV_PIX_FMT_YUV444P10LE
      default: return AV_PIX_FMT_YUV444P12LE
      }
    }
    var loss: Int32 = 0
    let candidates = keepsRGB && isRGB ? rgbTargets : targets
    let best = unsafe candidates.withUnsafeBufferPointer {
      unsafe avcodec_find_best_pix_fmt_of_list($0.baseAddress, format, 0, &loss)
    }
    let needsEqualSubsampling = transposed && best != AV_PIX_FMT_NONE
    return needsEqualSubsampling
      ? workingFormat(for: best, transposed: true, keepsRGB: keepsRGB) : best
  }

  /// Whether pictures of this format can be transparent in earnest: not by a palette or a fourth byte
  /// every RGB picture carries along.
  static func hasAlpha(_ format: AVPixelFormat) -> Bool {
    guard let descriptor = unsafe av_pix_fmt_desc_get(format)?.pointee else { return false }
    return unsafe descriptor.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 && !isRGB(format)
  }

  static func isRGB(_ format: AVPixelFormat) -> Bool {
    guard let descriptor = unsafe av_pix_fmt_desc_get(format)?.pointee else { return false }
    return unsafe descriptor.flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
  }

  /// The old formats that say "full range" by their name.
  static func isFullRangeByName(_ format: AVPixelFormat) -> Bool {
    [
      AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P,
      AV_PIX_FMT_YUVJ411P,
    ].contains(format)
  }

  /// The format of that name, `nil` when FFmpeg has none.
  static func format(named name: String) -> AVPixelFormat? {
    let format = unsafe av_get_pix_fmt(name)
    return format == AV_PIX_FMT_NONE ? nil : format
  }

  static func name(_ format: AVPixelFormat) -> String {
    unsafe FFmpeg.string(av_get_pix_fmt_name(format))
  }
}
