/// A copy of a frame, or of a part of it, scaled for the network: packed 8-bit BGR, rows without gaps,
/// reused from frame to frame, together with the part of the frame it stands for.
///
/// Not thread-safe: one thread fills it, then lends it to the detector.
package final class ScaledPicture {
  /// In pixels.
  package let width: Int
  package let height: Int
  /// Size of the part of the upright full-size frame, in its pixels: what detections are reported in.
  package let sourceWidth: Int
  package let sourceHeight: Int
  /// Where the part begins in the frame, in its pixels; even, because chroma samples may belong to two.
  package var sourceX = 0
  package var sourceY = 0
  /// Source pixels per network-input pixel; as the sizes say, unless who filled the picture knows better.
  package var scaleX: Float
  package var scaleY: Float
  /// Shape `[height, width, 3]`, order B, G, R.
  package var pixels: [UInt8]

  /// - Precondition: all sizes are positive.
  package init(width: Int, height: Int, sourceWidth: Int, sourceHeight: Int) {
    precondition(width > 0 && height > 0 && sourceWidth > 0 && sourceHeight > 0)
    self.width = width
    self.height = height
    self.sourceWidth = sourceWidth
    self.sourceHeight = sourceHeight
    scaleX = Float(sourceWidth) / Float(width)
    scaleY = Float(sourceHeight) / Float(height)
    pixels = [UInt8](repeating: 0, count: width * height * 3)
  }

  /// The picture seen in a mirror, in the memory of an earlier one where that is given and fits.
  package func mirrored(reusing earlier: ScaledPicture? = nil) -> ScaledPicture {
    let fits =
      earlier.map {
        $0.width == width && $0.height == height && $0.sourceWidth == sourceWidth
          && $0.sourceHeight == sourceHeight
      } ?? false
    let mirror =
      if let earlier, fits { earlier } else {
        ScaledPicture(
          width: width, height: height, sourceWidth: sourceWidth, sourceHeight: sourceHeight)
      }
    (mirror.scaleX, mirror.scaleY) = (scaleX, scaleY)
    for y in 0..<height {
      var from = y * width * 3
      var to = from + (width - 1) * 3
      for _ in 0..<width {
        for channel in 0..<3 { mirror.pixels[to + channel] = pixels[from + channel] }
        from += 3
        to -= 3
      }
    }
    return mirror
  }
}
