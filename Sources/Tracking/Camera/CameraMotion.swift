package import Imaging

/// How the picture moved from one frame to the next because the camera did: a similarity transform,
/// in pixels of the upright, full-size frame.
///
/// `(x, y)` goes to `(a·x − b·y + tx, b·x + a·y + ty)`.
package struct CameraMotion: Equatable, Sendable {
  /// Scale times the cosine and the sine of the rotation.
  package var a: Float
  package var b: Float
  /// Shift in pixels.
  package var tx: Float
  package var ty: Float

  /// A camera at rest.
  package static let none = CameraMotion(a: 1, b: 0, tx: 0, ty: 0)

  package init(a: Float, b: Float, tx: Float, ty: Float) {
    self.a = a
    self.b = b
    self.tx = tx
    self.ty = ty
  }

  package var scale: Float { (a * a + b * b).squareRoot() }

  /// Where a point of the frame before lies now.
  package func apply(to point: Point) -> Point {
    Point(x: a * point.x - b * point.y + tx, y: b * point.x + a * point.y + ty)
  }

  /// Where an upright box of the frame before lies now; rotation moves its centre only.
  package func apply(to box: BoundingBox) -> BoundingBox {
    let center = apply(to: box.center)
    let (width, height) = (box.width * scale, box.height * scale)
    return BoundingBox(
      x: center.x - width / 2, y: center.y - height / 2, width: width, height: height)
  }

  /// Whether all numbers are finite and the picture keeps an extent.
  var isUsable: Bool { tx.isFinite && ty.isFinite && scale.isNormal }
}
