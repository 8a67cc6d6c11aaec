/// One plane of a picture, borrowed from its owner for the length of a closure.
///
/// - Important: valid only inside the closure that lends it.
@unsafe
package struct ImagePlane {
  /// The top left sample; row `y` begins `y * bytesPerRow` bytes further on.
  package let base: UnsafeMutableRawPointer
  /// In samples.
  package let width: Int
  /// In samples.
  package let height: Int
  /// May be negative for pictures stored bottom up.
  package let bytesPerRow: Int

  package init(base: UnsafeMutableRawPointer, width: Int, height: Int, bytesPerRow: Int) {
    unsafe self.base = base
    unsafe self.width = width
    unsafe self.height = height
    unsafe self.bytesPerRow = bytesPerRow
  }
}

/// A writable planar YUV, grey or RGB picture, borrowed from its owner for the length of a closure.
///
/// - Important: valid only inside the closure that lends it.
@unsafe
package struct PlanarImage {
  /// Luma size in pixels.
  package let width: Int
  package let height: Int
  package let format: PixelFormat
  package let color: ColorDescription
  private let planes: (ImagePlane, ImagePlane?, ImagePlane?)

  /// - Precondition: `format` has one plane, or chroma planes are given.
  package init(
    width: Int, height: Int, format: PixelFormat, color: ColorDescription, luma: ImagePlane,
    chromaBlue: ImagePlane?, chromaRed: ImagePlane?
  ) {
    unsafe precondition(format.planeCount == 1 || (chromaBlue != nil && chromaRed != nil))
    unsafe self.width = width
    unsafe self.height = height
    unsafe self.format = format
    unsafe self.color = color
    unsafe self.planes = (luma, chromaBlue, chromaRed)
  }

  package var luma: ImagePlane { unsafe planes.0 }
  /// Cb, or blue of an RGB picture, whose green is in the place of luma; `nil` in a grey picture.
  package var chromaBlue: ImagePlane? { unsafe planes.1 }
  /// Cr, or red of an RGB picture; `nil` in a grey picture.
  package var chromaRed: ImagePlane? { unsafe planes.2 }
}
