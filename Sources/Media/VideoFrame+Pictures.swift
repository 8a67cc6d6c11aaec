internal import CFFmpeg
import Imaging

/// What picture files leave open, and videos do not.
extension VideoFrame {
  /// Marks grey samples as full range where the decoder does not say: grey in a picture file runs from
  /// black at 0 to white at the greatest value.
  func assumeFullRangeOfGrey() {
    guard let planar = PixelLayout.planarFormat(pixelFormat), planar.planeCount == 1,
      unsafe handle.pointee.color_range == AVCOL_RANGE_UNSPECIFIED
    else { return }
    unsafe handle.pointee.color_range = AVCOL_RANGE_JPEG
  }

  /// Whether any pixel is less than opaque. Palettes are not looked into.
  var isTransparent: Bool {
    guard let descriptor = unsafe av_pix_fmt_desc_get(pixelFormat)?.pointee,
      unsafe descriptor.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0,
      unsafe descriptor.flags & UInt64(AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM) == 0
    else { return false }
    // The last component is alpha; an opaque one has all bits set, in either order of bytes.
    let alpha =
      unsafe descriptor.nb_components == 2 ? descriptor.comp.1 : descriptor.comp.3
    guard alpha.depth % 8 == 0 else { return true }
    let planes = unsafe handle.pointee.data
    let strides = unsafe handle.pointee.linesize
    let (base, stride): (UnsafeMutablePointer<UInt8>?, Int32) =
      switch alpha.plane {
      case 0: unsafe (planes.0, strides.0)
      case 1: unsafe (planes.1, strides.1)
      case 2: unsafe (planes.2, strides.2)
      default: unsafe (planes.3, strides.3)
      }
    guard let base = unsafe base else { return false }
    // In bounds: every pixel of the plane holds `step` bytes, among them those of alpha.
    for y in 0..<height {
      let row = unsafe base + y * Int(stride) + Int(alpha.offset)
      for x in 0..<width {
        for byte in 0..<Int(alpha.depth) / 8 where unsafe row[x * Int(alpha.step) + byte] != 255 {
          return true
        }
      }
    }
    return false
  }
}
