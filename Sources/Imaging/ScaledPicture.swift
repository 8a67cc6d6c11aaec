/// A copy of a frame scaled for the network: packed 8-bit BGR, rows without gaps, reused from frame
/// to frame, together with the size of the frame it stands for.
///
/// Not thread-safe: one thread fills it, then lends it to the detector.
package final class ScaledPicture {
  /// In pixels.
  package let width: Int
  package let height: Int
  /// Size of the upright full-size frame, in pixels: what detections are reported in.
  package let sourceWidth: Int
  package let sourceHeight: Int
  /// Shape `[height, width, 3]`, order B, G, R.
  package var pixels: [UInt8]

  /// - Precondition: all sizes are positive.
  package init(width: Int, height: Int, sourceWidth: Int, sourceHeight: Int) {
    precondition(width > 0 && height > 0 && sourceWidth > 0 && sourceHeight > 0)
    self.width = width
    self.height = height
    self.sourceWidth = sourceWidth
    self.sourceHeight = sourceHeight
    pixels = [UInt8](repeating: 0, count: width * height * 3)
  }

  /// Source pixels per network-input pixel.
  package var scaleX: Float { Float(sourceWidth) / Float(width) }
  package var scaleY: Float { Float(sourceHeight) / Float(height) }
}
