/// A box as WIDER FACE's annotations and result files write it, in pixels of the picture: top left
/// corner, width and height. In double precision, so that overlaps are those the official tool computes.
package struct WiderBox: Equatable, Sendable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// Intersection over union as the official protocol defines it: `x + width` is the last pixel, so that
  /// sides are one pixel longer than the numbers say.
  package func overlap(with other: WiderBox) -> Double {
    let (right, bottom) = (x + width, y + height)
    let (otherRight, otherBottom) = (other.x + other.width, other.y + other.height)
    let sharedWidth = min(right, otherRight) - max(x, other.x) + 1
    let sharedHeight = min(bottom, otherBottom) - max(y, other.y) + 1
    guard sharedWidth > 0, sharedHeight > 0 else { return 0 }
    let shared = sharedWidth * sharedHeight
    let area = (right - x + 1) * (bottom - y + 1)
    let otherArea = (otherRight - other.x + 1) * (otherBottom - other.y + 1)
    return shared / (area + otherArea - shared)
  }
}
