internal import CFFmpeg
package import Imaging

/// Scales pictures and converts their pixel formats with libswscale, matrix and range respected.
///
/// Not thread-safe: each stage has its own. The conversions used last are kept ready between frames.
@safe
package final class PictureConverter {
  /// How pictures for the network are made smaller or larger.
  package enum Resampling: Sendable {
    /// By libswscale: each pixel averages what it covers.
    case filtered
    /// Between the four nearest pixels, as published evaluations do; of still pictures alone.
    case interpolated
  }

  private let resampling: Resampling
  /// The most recently used first.
  private var ready: [ReadyConversion] = []
  /// Part of a frame, between two uses.
  private var part: VideoFrame?

  /// A conversion and libswscale's context for it, owned by the converter.
  @safe
  private struct ReadyConversion {
    var conversion: Conversion
    var context: OpaquePointer
  }

  /// As many sizes as a thorough search looks at a frame in.
  private static let keptConversions = 10

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

  package init(resampling: Resampling = .filtered) {
    self.resampling = resampling
  }

  deinit {
    for conversion in ready { unsafe sws_freeContext(conversion.context) }
  }

  /// Scales a frame, or the part of it that the picture stands for, into the network's BGR picture.
  ///
  /// - Throws: `unsupportedPicture`, `outOfMemory`.
  /// - Precondition: frames that are interpolated are those of a `StillPicture`.
  package func scale(_ whole: VideoFrame, into picture: ScaledPicture) throws(MediaError) {
    let frame = try part(of: whole, for: picture)
    defer { if let part { unsafe av_frame_unref(part.handle) } }
    if resampling == .interpolated {
      unsafe frame.withPackedBGR { unsafe picture.interpolate($0) }
      return
    }
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
  ///
  /// - Parameters:
  ///   - isFullRangeBT601: Set for YUV that has to be BT.601, of full or of limited range.
  ///   - isQuick: Whether two neighbouring pixels may share their chroma on the way.
  func convert(
    _ frame: VideoFrame, to format: AVPixelFormat, width: Int, height: Int, pool: FramePool,
    isFullRangeBT601: Bool? = nil, isQuick: Bool = false
  ) throws(MediaError) -> VideoFrame {
    let source = Self.describe(frame)
    let becomesYUV = PixelLayout.isRGB(frame.pixelFormat) && !PixelLayout.isRGB(format)
    var target = source
    target.format = format
    target.width = width
    target.height = height
    let isPalette = frame.pixelFormat == AV_PIX_FMT_PAL8
    if let isFullRangeBT601 {
      target.matrix = SWS_CS_ITU601
      target.isFullRange = isFullRangeBT601
    } else if becomesYUV {
      target.matrix = isPalette ? SWS_CS_ITU601 : SWS_CS_ITU709
      target.isFullRange = PixelLayout.isFullRangeByName(format)
    } else if PixelLayout.isRGB(format) || PixelLayout.isFullRangeByName(format) {
      target.isFullRange = true
    }
    try prepare(
      Conversion(
        source: source, target: target,
        flags: isQuick ? facestream_quick_scaler_flags() : facestream_exact_scaler_flags()))
    let result = try pool.emptyFrame(format: format, width: width, height: height)
    try result.adoptProperties(of: frame)
    let handle = unsafe result.handle
    if isFullRangeBT601 != nil {
      unsafe handle.pointee.colorspace = AVCOL_SPC_SMPTE170M
    } else if becomesYUV {
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

  /// The part of a frame that a picture stands for, which shares the frame's planes; the frame itself
  /// where that is all of it.
  private func part(
    of frame: VideoFrame, for picture: ScaledPicture
  ) throws(MediaError) -> VideoFrame {
    let right = frame.width - picture.sourceX - picture.sourceWidth
    let bottom = frame.height - picture.sourceY - picture.sourceHeight
    precondition(picture.sourceX >= 0 && picture.sourceY >= 0 && right >= 0 && bottom >= 0)
    if picture.sourceX == 0, picture.sourceY == 0, right == 0, bottom == 0 { return frame }
    let part = if let part = self.part { part } else { try VideoFrame() }
    self.part = part
    guard unsafe av_frame_ref(part.handle, frame.handle) >= 0 else { throw .outOfMemory }
    let handle = unsafe part.handle
    unsafe handle.pointee.crop_left = picture.sourceX
    unsafe handle.pointee.crop_top = picture.sourceY
    unsafe handle.pointee.crop_right = right
    unsafe handle.pointee.crop_bottom = bottom
    guard unsafe av_frame_apply_cropping(handle, Int32(AV_FRAME_CROP_UNALIGNED)) >= 0 else {
      throw .unsupportedPicture(reason: "a part of the frame cannot be taken")
    }
    return part
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

  /// Makes the conversion asked for the first of those kept.
  private func prepare(_ conversion: Conversion) throws(MediaError) {
    if let index = ready.firstIndex(where: { $0.conversion == conversion }) {
      if index > 0 { ready.insert(ready.remove(at: index), at: 0) }
      return
    }
    let (source, target) = (conversion.source, conversion.target)
    FFmpeg.forgetMessages()
    let created = unsafe sws_getContext(
      Int32(source.width), Int32(source.height), source.format, Int32(target.width),
      Int32(target.height), target.format,
      conversion.flags, nil, nil, nil)
    guard let context = unsafe created else {
      throw .unsupportedPicture(
        reason: "\(source.width)×\(source.height) \(PixelLayout.name(source.format)) to "
          + "\(target.width)×\(target.height) \(PixelLayout.name(target.format)) is no conversion "
          + "libswscale knows")
    }
    let neutral: Int32 = 1 << 16
    unsafe sws_setColorspaceDetails(
      context, sws_getCoefficients(source.matrix), source.isFullRange ? 1 : 0,
      sws_getCoefficients(target.matrix), target.isFullRange ? 1 : 0, 0, neutral, neutral)
    if ready.count == Self.keptConversions {
      unsafe sws_freeContext(ready.removeLast().context)
    }
    unsafe ready.insert(ReadyConversion(conversion: conversion, context: context), at: 0)
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
      ready[0].context, sourceData, sourceLinesize, 0, Int32(frame.height), &data, &linesize)
  }
}
