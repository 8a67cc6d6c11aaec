/// A position in an image, in pixels, from the top left corner of the top left pixel; x grows to the
/// image's right, y downwards. Which image (network input, source frame) the holder says.
package struct Point: Equatable, Sendable {
  package var x: Float
  package var y: Float

  package init(x: Float, y: Float) {
    self.x = x
    self.y = y
  }

  /// The same position after stretching the image by the two factors.
  package func scaled(byX scaleX: Float, y scaleY: Float) -> Point {
    Point(x: x * scaleX, y: y * scaleY)
  }
}
