/// A rectangle of whole pixels, maxima exclusive.
package struct PixelRegion: Equatable, Sendable {
  package var minX: Int
  package var minY: Int
  package var maxX: Int
  package var maxY: Int

  package init(minX: Int, minY: Int, maxX: Int, maxY: Int) {
    self.minX = minX
    self.minY = minY
    self.maxX = maxX
    self.maxY = maxY
  }

  package var width: Int { max(0, maxX - minX) }
  package var height: Int { max(0, maxY - minY) }
  package var isEmpty: Bool { maxX <= minX || maxY <= minY }

  /// What both cover; empty when they do not touch.
  package func intersection(_ other: PixelRegion) -> PixelRegion {
    PixelRegion(
      minX: max(minX, other.minX), minY: max(minY, other.minY), maxX: min(maxX, other.maxX),
      maxY: min(maxY, other.maxY))
  }

  /// Smaller by `margin` on each side.
  func inset(by margin: Int) -> PixelRegion {
    PixelRegion(
      minX: minX + margin, minY: minY + margin, maxX: maxX - margin, maxY: maxY - margin)
  }

  /// The smallest region around this one whose edges are multiples of the block's sides.
  func aligned(to block: ChromaBlock) -> PixelRegion {
    PixelRegion(
      minX: block.alignDown(x: minX), minY: block.alignDown(y: minY), maxX: block.alignUp(x: maxX),
      maxY: block.alignUp(y: maxY))
  }
}

/// The pixels that share one chroma sample, as powers of two.
struct ChromaBlock: Equatable {
  let log2Width: Int
  let log2Height: Int

  func alignDown(x: Int) -> Int { (x >> log2Width) << log2Width }
  func alignDown(y: Int) -> Int { (y >> log2Height) << log2Height }
  func alignUp(x: Int) -> Int { alignDown(x: x + (1 << log2Width) - 1) }
  func alignUp(y: Int) -> Int { alignDown(y: y + (1 << log2Height) - 1) }
}
