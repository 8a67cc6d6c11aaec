internal import CFFmpeg
internal import CTurboJPEG
import Imaging

/// Makes small JPEG pictures of frames, for people who watch.
///
/// Not thread-safe: one thread uses it at a time.
@safe
package final class PreviewEncoder {
  /// Of the longer side of a picture, in pixels.
  private let longestSide: Int
  private let converter = PictureConverter()
  private let pool = FramePool()
  private let compressor: tjhandle
  /// Where pictures are made before their size is known.
  private var scratch: [UInt8] = []

  /// On libjpeg-turbo's scale from 1 to 100: letters and thin lines stay clear.
  private static let quality: Int32 = 80

  /// - Parameter longestSide: Larger pictures are made smaller, to this many pixels.
  /// - Throws: `outOfMemory`.
  package init(longestSide: Int) throws(MediaError) {
    precondition(longestSide > 0)
    guard let compressor = unsafe tjInitCompress() else { throw .outOfMemory }
    unsafe self.compressor = compressor
    self.longestSide = longestSide
  }

  deinit { unsafe tjDestroy(compressor) }

  /// A frame as a JPEG file with square pixels: 4:2:0, BT.601 and full range, as JFIF asks for
  /// (ITU-T T.871, section 7).
  ///
  /// - Throws: `unsupportedPicture`, `outOfMemory`.
  package func encode(_ frame: VideoFrame) throws(MediaError) -> [UInt8] {
    let (width, height) = size(of: frame)
    // The old format's name says the range: libswscale heeds it also where nothing is scaled.
    let picture = try converter.convert(
      frame, to: AV_PIX_FMT_YUVJ420P, width: width, height: height, pool: pool,
      isFullRangeBT601: true, isQuick: true)
    let handle = unsafe picture.handle
    let (planes, strides) = unsafe (handle.pointee.data, handle.pointee.linesize)
    var sources: [UnsafePointer<UInt8>?] = unsafe [
      UnsafePointer(planes.0), UnsafePointer(planes.1), UnsafePointer(planes.2),
    ]
    var widths = [strides.0, strides.1, strides.2]
    let subsampling = Int32(TJSAMP_420.rawValue)
    // As large as a picture can become, so that libjpeg-turbo need not allocate.
    var count = tjBufSize(Int32(width), Int32(height), subsampling)
    if scratch.count < Int(count) { scratch = [UInt8](repeating: 0, count: Int(count)) }
    let code = unsafe scratch.withUnsafeMutableBufferPointer { buffer in
      var target = buffer.baseAddress
      return unsafe tjCompressFromYUVPlanes(
        compressor, &sources, Int32(width), &widths, Int32(height), subsampling, &target, &count,
        Self.quality, TJFLAG_NOREALLOC)
    }
    guard code == 0 else {
      throw .unsupportedPicture(reason: unsafe String(cString: tjGetErrorStr2(compressor)))
    }
    return Array(scratch[..<Int(count)])
  }

  /// Of the picture made from a frame: wide pixels are spread, then all is made smaller.
  private func size(of frame: VideoFrame) -> (width: Int, height: Int) {
    let aspect = frame.sampleAspectRatio
    let width = Double(frame.width) * Double(aspect.numerator) / Double(aspect.denominator)
    let height = Double(frame.height)
    let factor = min(1, Double(longestSide) / max(width, height))
    return (max(1, Int((width * factor).rounded())), max(1, Int((height * factor).rounded())))
  }
}
