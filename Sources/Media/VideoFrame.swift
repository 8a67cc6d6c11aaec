internal import CFFmpeg
package import Imaging

/// One decoded picture with its place in time, in the decoder's own planes.
///
/// `@unchecked Sendable`: stages hand a frame on; only one thread uses it at a time. The planes
/// themselves are reference-counted by FFmpeg and may still serve the decoder as a reference, which
/// is why drawing starts with `makeWritable(using:)`.
@safe
package final class VideoFrame: @unchecked Sendable {
  let handle: UnsafeMutablePointer<AVFrame>

  /// Number of the frame in presentation order, from 0.
  package var index = 0
  package var timestamp = Timestamp(ticks: 0, timeBase: Rational(1, 1))
  /// In ticks of the timestamp's time base; 0 when unknown.
  package var durationTicks: Int64 = 0
  /// Whether the decoder had to conceal missing or broken data.
  package var isDamaged = false
  /// When it was taken and when it came; set for live inputs.
  package var capture: FrameCapture?
  /// CRC-32 of the packet it was decoded from, which tells the inputs apart that look alike in all else; `nil`
  /// where none can be assigned, as with live inputs.
  package var packetChecksum: UInt32?
  /// Whether the input's pixels were RGB before they became YUV here.
  package var isFromRGB = false

  init() throws(MediaError) {
    guard let handle = unsafe av_frame_alloc() else { throw .outOfMemory }
    unsafe self.handle = handle
  }

  deinit {
    var handle: UnsafeMutablePointer<AVFrame>? = unsafe handle
    unsafe av_frame_free(&handle)
  }

  package var width: Int { unsafe Int(handle.pointee.width) }
  package var height: Int { unsafe Int(handle.pointee.height) }

  /// Width to height of one pixel; 1/1 when unknown, or damaged: what the network, tiles and previews measure
  /// in square pixels would be larger than any picture, or empty.
  package var sampleAspectRatio: Rational {
    let aspect = unsafe Rational(handle.pointee.sample_aspect_ratio)
    let isUsable = aspect.isPositive && Self.usableAspects.contains(aspect.doubleValue)
    return isUsable ? aspect : Rational(1, 1)
  }

  /// No format of video has pixels that are further from square: those in use lie between 8:11 and 8:3.
  private static let usableAspects = 1.0 / 16...16.0

  /// Whether the input tells the shape of a pixel.
  var hasSampleAspectRatio: Bool {
    unsafe Rational(handle.pointee.sample_aspect_ratio).isPositive
  }

  /// How the picture is turned to stand upright, where the frame itself says so.
  var orientation: Orientation? {
    guard let data = unsafe av_frame_get_side_data(handle, AV_FRAME_DATA_DISPLAYMATRIX),
      unsafe data.pointee.size >= 9 * MemoryLayout<Int32>.size,
      let bytes = unsafe data.pointee.data
    else { return exifOrientation }
    return unsafe bytes.withMemoryRebound(to: Int32.self, capacity: 9) {
      unsafe Orientation(displayMatrix: Array(UnsafeBufferPointer(start: $0, count: 9)))
    }
  }

  /// From the EXIF data some decoders, such as WebP's, only pass on.
  private var exifOrientation: Orientation? {
    guard let entry = unsafe av_dict_get(handle.pointee.metadata, "Orientation", nil, 0),
      let text = unsafe entry.pointee.value
    else { return nil }
    return unsafe Int(String(cString: text).filter { $0 != " " }).flatMap(Orientation.init(exif:))
  }

  var pixelFormat: AVPixelFormat { unsafe AVPixelFormat(handle.pointee.format) }

  /// How the samples stand for colours. A stream that does not say is read as BT.601, limited
  /// range, as FFmpeg and the players built on it do.
  package var color: ColorDescription {
    if PixelLayout.isRGB(pixelFormat) {
      return ColorDescription(matrix: .identity, range: .full)
    }
    let matrix: ColorDescription.Matrix =
      switch unsafe handle.pointee.colorspace {
      case AVCOL_SPC_BT709: .bt709
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: .bt2020
      default: .bt601
      }
    let isFull =
      unsafe handle.pointee.color_range == AVCOL_RANGE_JPEG
      || PixelLayout.isFullRangeByName(pixelFormat)
    return ColorDescription(matrix: matrix, range: isFull ? .full : .limited)
  }

  /// Gives the frame planes of its own, copied from those it shares with the decoder.
  ///
  /// - Throws: `outOfMemory`.
  package func makeWritable(using pool: FramePool) throws(MediaError) {
    if unsafe av_frame_is_writable(handle) > 0 { return }
    try pool.replacePlanes(of: self)
  }

  /// Lends the planes for drawing.
  ///
  /// - Precondition: `makeWritable(using:)` was called, and the frame came from a `FrameNormalizer`,
  ///   whose formats are all planar.
  package func withPlanarImage<Result>(_ body: (PlanarImage) -> Result) -> Result {
    guard let format = PixelLayout.planarFormat(pixelFormat) else {
      preconditionFailure("only normalised frames can be drawn on")
    }
    func plane(_ number: Int) -> ImagePlane? {
      let (base, bytesPerRow) =
        switch number {
        case 0: unsafe (handle.pointee.data.0, handle.pointee.linesize.0)
        case 1: unsafe (handle.pointee.data.1, handle.pointee.linesize.1)
        default: unsafe (handle.pointee.data.2, handle.pointee.linesize.2)
        }
      guard let base = unsafe base else { return nil }
      let size = format.planeSize(number, width: width, height: height)
      return unsafe ImagePlane(
        base: UnsafeMutableRawPointer(base), width: size.width, height: size.height,
        bytesPerRow: Int(bytesPerRow))
    }
    guard let luma = unsafe plane(0) else { preconditionFailure("a frame without planes") }
    let hasChroma = format.planeCount > 1
    return unsafe body(
      PlanarImage(
        width: width, height: height, format: format, color: color, luma: luma,
        chromaBlue: hasChroma ? plane(1) : nil, chromaRed: hasChroma ? plane(2) : nil))
  }

  /// Lends the bytes of a packed BGR picture, three a pixel.
  ///
  /// - Precondition: the frame is that of a `StillPicture`.
  func withPackedBGR(_ body: (ImagePlane) -> Void) {
    guard pixelFormat == AV_PIX_FMT_BGR24, let base = unsafe handle.pointee.data.0 else {
      preconditionFailure("not the frame of a still picture")
    }
    unsafe body(
      ImagePlane(
        base: UnsafeMutableRawPointer(base), width: 3 * width, height: height,
        bytesPerRow: Int(handle.pointee.linesize.0)))
  }

  /// A second frame of the same picture, for another thread to look at. Whoever draws into one of the two
  /// afterwards gets planes of its own by `makeWritable(using:)`.
  ///
  /// - Throws: `outOfMemory`.
  package func sharingPlanes() throws(MediaError) -> VideoFrame {
    let frame = try VideoFrame()
    guard unsafe av_frame_ref(frame.handle, handle) >= 0 else { throw .outOfMemory }
    frame.index = index
    frame.timestamp = timestamp
    frame.durationTicks = durationTicks
    frame.isDamaged = isDamaged
    frame.packetChecksum = packetChecksum
    frame.isFromRGB = isFromRGB
    return frame
  }

  /// Takes over everything but the pixels.
  func adoptProperties(of other: VideoFrame) throws(MediaError) {
    guard unsafe av_frame_copy_props(handle, other.handle) >= 0 else { throw .outOfMemory }
    index = other.index
    timestamp = other.timestamp
    durationTicks = other.durationTicks
    isDamaged = other.isDamaged
    capture = other.capture
    packetChecksum = other.packetChecksum
    isFromRGB = other.isFromRGB
  }
}
