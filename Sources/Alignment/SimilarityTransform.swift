package import Imaging

/// A rotation, a uniform scale and a shift of the plane: (x, y) ↦ (a·x - b·y + shiftX, b·x + a·y + shiftY).
package struct SimilarityTransform: Equatable, Sendable {
  package let a: Double
  package let b: Double
  package let shiftX: Double
  package let shiftY: Double

  package init(a: Double, b: Double, shiftX: Double, shiftY: Double) {
    self.a = a
    self.b = b
    self.shiftX = shiftX
    self.shiftY = shiftY
  }

  /// The transform that brings points nearest to others, in the sense of least squares.
  ///
  /// Source: Umeyama, "Least-squares estimation of transformation parameters between two point
  /// patterns", 1991, section III, in the plane and without reflections, where the singular values need
  /// not be computed.
  ///
  /// - Returns: `nil` where the points coincide, or are no numbers.
  package init?(from points: Landmarks, to targets: Landmarks) {
    func mean(_ landmarks: Landmarks) -> (x: Double, y: Double) {
      var (x, y) = (0.0, 0.0)
      for index in 0..<Landmarks.count {
        x += Double(landmarks[index].x)
        y += Double(landmarks[index].y)
      }
      return (x / Double(Landmarks.count), y / Double(Landmarks.count))
    }
    let (from, to) = (mean(points), mean(targets))
    var (dot, cross, square) = (0.0, 0.0, 0.0)
    for index in 0..<Landmarks.count {
      let (px, py) = (Double(points[index].x) - from.x, Double(points[index].y) - from.y)
      let (qx, qy) = (Double(targets[index].x) - to.x, Double(targets[index].y) - to.y)
      dot += px * qx + py * qy
      cross += px * qy - py * qx
      square += px * px + py * py
    }
    let (a, b) = (dot / square, cross / square)
    guard a.isFinite, b.isFinite, a != 0 || b != 0 else { return nil }
    self.init(
      a: a, b: b, shiftX: to.x - a * from.x + b * from.y, shiftY: to.y - b * from.x - a * from.y)
  }

  /// Target lengths for a length of one.
  package var scale: Double { (a * a + b * b).squareRoot() }

  /// - Precondition: `scale` is not 0.
  package var inverse: SimilarityTransform {
    let square = a * a + b * b
    let (c, d) = (a / square, -b / square)
    return SimilarityTransform(
      a: c, b: d, shiftX: -c * shiftX + d * shiftY, shiftY: -d * shiftX - c * shiftY)
  }

  package func apply(x: Double, y: Double) -> (x: Double, y: Double) {
    (a * x - b * y + shiftX, b * x + a * y + shiftY)
  }
}
