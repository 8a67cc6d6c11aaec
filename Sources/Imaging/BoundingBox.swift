/// An axis-parallel box in pixels, origin at the image's top left corner, maxima exclusive.
///
/// A box may reach outside the image. One whose maximum does not exceed its minimum is empty.
package struct BoundingBox: Equatable, Sendable {
  package var minX: Float
  package var minY: Float
  package var maxX: Float
  package var maxY: Float

  package init(minX: Float, minY: Float, maxX: Float, maxY: Float) {
    self.minX = minX
    self.minY = minY
    self.maxX = maxX
    self.maxY = maxY
  }

  package init(x: Float, y: Float, width: Float, height: Float) {
    self.init(minX: x, minY: y, maxX: x + width, maxY: y + height)
  }

  package var width: Float { max(0, maxX - minX) }
  package var height: Float { max(0, maxY - minY) }
  package var area: Float { width * height }
  package var isEmpty: Bool { !(maxX > minX && maxY > minY) }
  package var center: Point { Point(x: (minX + maxX) / 2, y: (minY + maxY) / 2) }

  /// Area of the overlap of both boxes, 0 when they do not touch.
  package func intersectionArea(with other: BoundingBox) -> Float {
    max(0, min(maxX, other.maxX) - max(minX, other.minX))
      * max(0, min(maxY, other.maxY) - max(minY, other.minY))
  }

  /// Intersection over union of the areas, in 0...1; 0 when both are empty.
  package func intersectionOverUnion(with other: BoundingBox) -> Float {
    let intersection = intersectionArea(with: other)
    let union = area + other.area - intersection
    return union > 0 ? intersection / union : 0
  }

  /// The same box after stretching the image by the two factors.
  package func scaled(byX scaleX: Float, y scaleY: Float) -> BoundingBox {
    BoundingBox(
      minX: minX * scaleX, minY: minY * scaleY, maxX: maxX * scaleX, maxY: maxY * scaleY)
  }
}
