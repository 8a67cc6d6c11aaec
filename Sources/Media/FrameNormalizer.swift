internal import CFFmpeg
import Imaging

/// Turns decoded frames into the ones every later stage works on: planar, upright, all of the size
/// of the first. Videos become YUV; pictures in RGB stay so.
///
/// Frames that already are so pass through untouched; nothing is copied for them.
package final class FrameNormalizer {
  /// A frame ready for the next stages, and what it lost on the way.
  package struct Output {
    package var frame: VideoFrame
    /// It had to be scaled to the first frame's size.
    package var wasRescaled: Bool
    /// It had transparency, which the output does not.
    package var lostAlpha: Bool
  }

  private var orientation: Orientation
  private let isOfPictures: Bool
  private let converter = PictureConverter()
  private let convertedPool = FramePool()
  private let uprightPool = FramePool()
  private var storedSize: (width: Int, height: Int)?
  private var workingFormat: AVPixelFormat?

  /// - Parameters:
  ///   - orientation: What the container says; a first frame that says otherwise, such as a
  ///     photograph with EXIF data, knows better.
  ///   - isOfPictures: The frames are picture files: RGB is kept, grey is of full range unless it says
  ///     otherwise, and transparency counts as lost only where something is transparent.
  package init(orientation: Orientation, isOfPictures: Bool = false) {
    self.orientation = orientation
    self.isOfPictures = isOfPictures
  }

  /// - Throws: `unsupportedPicture`, `outOfMemory`.
  package func normalize(_ decoded: VideoFrame) throws(MediaError) -> Output {
    if storedSize == nil, let own = decoded.orientation { orientation = own }
    let size = storedSize ?? (decoded.width, decoded.height)
    storedSize = size
    let isRGB = PixelLayout.isRGB(decoded.pixelFormat)
    // The first frame decides the format as well: the encoder is opened for one.
    let format =
      workingFormat
      ?? PixelLayout.workingFormat(
        for: decoded.pixelFormat, transposed: orientation.isTransposed, keepsRGB: isOfPictures)
    guard format != AV_PIX_FMT_NONE else {
      throw .unsupportedPicture(
        reason: "pixel format '\(PixelLayout.name(decoded.pixelFormat))' is not supported")
    }
    workingFormat = format
    if isOfPictures { decoded.assumeFullRangeOfGrey() }
    let wasRescaled = decoded.width != size.width || decoded.height != size.height
    var frame = decoded
    if wasRescaled || decoded.pixelFormat != format {
      frame = try converter.convert(
        decoded, to: format, width: size.width, height: size.height, pool: convertedPool)
    }
    frame.isFromRGB = isRGB
    if orientation != .upright { frame = try turned(frame) }
    let lostAlpha =
      isOfPictures ? decoded.isTransparent : PixelLayout.hasAlpha(decoded.pixelFormat)
    return Output(frame: frame, wasRescaled: wasRescaled, lostAlpha: lostAlpha)
  }

  private func turned(_ frame: VideoFrame) throws(MediaError) -> VideoFrame {
    let (width, height) =
      orientation.isTransposed ? (frame.height, frame.width) : (frame.width, frame.height)
    let result = try uprightPool.emptyFrame(
      format: frame.pixelFormat, width: width, height: height)
    try result.adoptProperties(of: frame)
    unsafe av_frame_remove_side_data(result.handle, AV_FRAME_DATA_DISPLAYMATRIX)
    if orientation.isTransposed, frame.hasSampleAspectRatio {
      let aspect = unsafe result.handle.pointee.sample_aspect_ratio
      unsafe result.handle.pointee.sample_aspect_ratio = AVRational(
        num: aspect.den, den: aspect.num)
    }
    let orientation = orientation
    unsafe frame.withPlanarImage { source in
      unsafe result.withPlanarImage { target in
        let bytes = unsafe source.format.bytesPerSample
        unsafe orientation.turn(source.luma, into: target.luma, bytesPerSample: bytes)
        if let from = unsafe source.chromaBlue, let to = unsafe target.chromaBlue {
          unsafe orientation.turn(from, into: to, bytesPerSample: bytes)
        }
        if let from = unsafe source.chromaRed, let to = unsafe target.chromaRed {
          unsafe orientation.turn(from, into: to, bytesPerSample: bytes)
        }
      }
    }
    return result
  }
}

extension Orientation {
  /// Copies one plane turned upright.
  ///
  /// - Precondition: `target` has the size of `source`, with sides swapped when transposed.
  func turn(_ source: ImagePlane, into target: ImagePlane, bytesPerSample: Int) {
    let expected =
      unsafe isTransposed ? (source.height, source.width) : (source.width, source.height)
    unsafe precondition((target.width, target.height) == expected)
    if bytesPerSample == 1 {
      unsafe turn(source, into: target, sample: UInt8.self)
    } else {
      unsafe turn(source, into: target, sample: UInt16.self)
    }
  }

  private func turn<Sample: FixedWidthInteger>(
    _ source: ImagePlane, into target: ImagePlane, sample: Sample.Type
  ) {
    let size = MemoryLayout<Sample>.size
    // In bounds: every (column, row) below lies in the source, by the sizes checked above.
    for y in unsafe 0..<target.height {
      let to = unsafe (target.base + y * target.bytesPerRow).assumingMemoryBound(to: Sample.self)
      if isTransposed {
        let column = unsafe flipsVertically ? source.width - 1 - y : y
        let first = unsafe flipsHorizontally ? source.height - 1 : 0
        let step = unsafe flipsHorizontally ? -source.bytesPerRow : source.bytesPerRow
        var from = unsafe source.base + first * source.bytesPerRow + column * size
        for x in unsafe 0..<target.width {
          unsafe to[x] = from.load(as: Sample.self)
          unsafe from += step
        }
      } else {
        let row = unsafe flipsVertically ? source.height - 1 - y : y
        let from = unsafe (source.base + row * source.bytesPerRow)
          .assumingMemoryBound(to: Sample.self)
        let last = unsafe target.width - 1
        if flipsHorizontally {
          for x in 0...last { unsafe to[x] = from[last - x] }
        } else {
          for x in 0...last { unsafe to[x] = from[x] }
        }
      }
    }
  }
}
