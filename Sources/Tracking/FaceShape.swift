import Imaging

/// How the landmarks of a face lie to each other: in which direction it looks, above all. Tells apart
/// two faces whose boxes cover each other, since people who pass each other look different ways.
///
/// The landmarks relative to their mean, over the root of their mean squared distance from it: the
/// "shape" of Procrustes analysis (Gower, Psychometrika 40, 1975), with its rotation kept.
struct FaceShape: Equatable, Sendable {
  /// The x and the y of the five landmarks.
  private var x: SIMD8<Float>
  private var y: SIMD8<Float>

  /// `nil` for landmarks that are not finite, or all in one place.
  init?(_ landmarks: Landmarks) {
    x = .zero
    y = .zero
    var center = Point(x: 0, y: 0)
    for index in 0..<Landmarks.count {
      x[index] = landmarks[index].x
      y[index] = landmarks[index].y
      center.x += landmarks[index].x / Float(Landmarks.count)
      center.y += landmarks[index].y / Float(Landmarks.count)
    }
    for index in 0..<Landmarks.count {
      x[index] -= center.x
      y[index] -= center.y
    }
    let size = ((x * x + y * y).sum() / Float(Landmarks.count)).squareRoot()
    guard size.isNormal else { return nil }
    x /= size
    y /= size
  }

  /// Root mean square distance of the landmarks, in sizes.
  func distance(to other: FaceShape) -> Float {
    let (dx, dy) = (x - other.x, y - other.y)
    return ((dx * dx + dy * dy).sum() / Float(Landmarks.count)).squareRoot()
  }

  /// Moves a share of the way to another shape.
  mutating func approach(_ other: FaceShape, by share: Float) {
    x += share * (other.x - x)
    y += share * (other.y - y)
  }
}
