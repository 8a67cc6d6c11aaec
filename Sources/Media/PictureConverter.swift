internal import CFFmpeg
package import Imaging

/// Scales pictures and converts their pixel formats with libswscale, matrix and range respected.
///
/// Not thread-safe: each stage has its own. One conversion is kept ready between frames.
@safe
package final class PictureConverter {
  private var context: OpaquePointer?
  private var current: Conversion?

  /// Everything the kept conversion depends on.
  private struct Conversion: Equatable {
    var source: Picture
    var target: Picture
    var flags: Int32

    struct Picture: Equatable {
      var format: AVPixelFormat
      var width: Int
      var height: Int
      var matrix: Int32
      var isFullRange: Bool
    }
  }

  package init() {}

  deinit {
    unsafe sws_freeContext(context)
  }

  /// Scales a frame into the network's BGR picture.
  ///
  /// - Throws: `unsupportedPicture`.
  package func scale(_ frame: VideoFrame, into picture: ScaledPicture) throws(MediaError) {
    let source = Self.describe(frame)
    let target = Conversion.Picture(
      format: AV_PIX_FMT_BGR24, width: picture.width, height: picture.height, matrix: source.matrix,
      isFullRange: true)
    try prepare(
      Conversion(source: source, target: target, flags: facestream_quick_scaler_flags()))
    unsafe picture.pixels.withUnsafeMutableBufferPointer { pixels in
      var data: [UnsafeMutablePointer<UInt8>?] = unsafe [pixels.baseAddress, nil, nil, nil]
      var linesize: [Int32] = [Int32(picture.width * 3), 0, 0, 0]
      unsafe run(frame, data: &data, linesize: &linesize)
    }
  }

  /// The frame in another format or size, with planes from `pool` and all other properties kept.
  ///
  /// YUV stays in its matrix and range; RGB becomes BT.709, limited range, and is tagged so. Palettes
  /// become BT.601: libswscale knows no other matrix for them.
  func convert(
    _ frame: VideoFrame, to format: AVPixelFormat, width: Int, height: Int, pool: FramePool
  ) throws(MediaError) -> VideoFrame {
    let source = Self.describe(frame)
    let becomesYUV = PixelLayout.isRGB(frame.pixelFormat) && !PixelLayout.isRGB(format)
    var target = source
    target.format = format
    target.width = width
    target.height = height
    let isPalette = frame.pixelFormat == AV_PIX_FMT_PAL8
    if becomesYUV {
      target.matrix = isPalette ? SWS_CS_ITU601 : SWS_CS_ITU709
      target.isFullRange = PixelLayout.isFullRangeByName(format)
    } else if PixelLayout.isRGB(format) || PixelLayout.isFullRangeByName(format) {
      target.isFullRange = true
    }
    try prepare(
      Conversion(source: source, target: target, flags: facestream_exact_scaler_flags()))
    let result = try pool.emptyFrame(format: format, width: width, height: height)
    try result.adoptProperties(of: frame)
    let handle = unsafe result.handle
    if becomesYUV {
      unsafe handle.pointee.colorspace = isPalette ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709
    }
    // A format that says its range by name may have become one that does not.
    if becomesYUV || result.color.range != (target.isFullRange ? .full : .limited) {
      unsafe handle.pointee.color_range =
        target.isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    }
    let planes = unsafe handle.pointee.data
    let strides = unsafe handle.pointee.linesize
    var data = unsafe [planes.0, planes.1, planes.2, planes.3]
    var linesize = [strides.0, strides.1, strides.2, strides.3]
    unsafe run(frame, data: &data, linesize: &linesize)
    return result
  }

  private static func describe(_ frame: VideoFrame) -> Conversion.Picture {
    let matrix: Int32 =
      switch unsafe frame.handle.pointee.colorspace {
      case AVCOL_SPC_BT709: SWS_CS_ITU709
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
      case AVCOL_SPC_FCC: SWS_CS_FCC
      case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
      default: SWS_CS_ITU601
      }
    return Conversion.Picture(
      format: frame.pixelFormat, width: frame.width, height: frame.height, matrix: matrix,
      isFullRange: frame.color.range == .full || PixelLayout.isRGB(frame.pixelFormat))
  }

  /// Makes the kept conversion the one asked for.
  private func prepare(_ conversion: Conversion) throws(MediaError) {
    if current == conversion { return }
    current = nil
    unsafe sws_freeContext(context)
    let (source, target) = (conversion.source, conversion.target)
    FFmpeg.forgetMessages()
    unsafe context = sws_getContext(
      Int32(source.width), Int32(source.height), source.format, Int32(target.width),
      Int32(target.height), target.format,
      conversion.flags, nil, nil, nil)
    guard unsafe context != nil else {
      throw .unsupportedPicture(
        reason: "\(source.width)×\(source.height) \(PixelLayout.name(source.format)) to "
          + "\(target.width)×\(target.height) \(PixelLayout.name(target.format)) is no conversion "
          + "libswscale knows")
    }
    let neutral: Int32 = 1 << 16
    unsafe sws_setColorspaceDetails(
      context, sws_getCoefficients(source.matrix), source.isFullRange ? 1 : 0,
      sws_getCoefficients(target.matrix), target.isFullRange ? 1 : 0, 0, neutral, neutral)
    current = conversion
  }

  private func run(
    _ frame: VideoFrame, data: inout [UnsafeMutablePointer<UInt8>?], linesize: inout [Int32]
  ) {
    let planes = unsafe frame.handle.pointee.data
    let strides = unsafe frame.handle.pointee.linesize
    let sourceData: [UnsafePointer<UInt8>?] = unsafe [
      UnsafePointer(planes.0), UnsafePointer(planes.1), UnsafePointer(planes.2),
      UnsafePointer(planes.3),
    ]
    let sourceLinesize = [strides.0, strides.1, strides.2, strides.3]
    unsafe sws_scale(
      context, sourceData, sourceLinesize, 0, Int32(frame.height), &data, &linesize)
  }
}
