import Foundation

/// A rotation as a quaternion of length one; `q` and `-q` are the same rotation.
///
/// Source: Solà, "Quaternion kinematics for the error-state Kalman filter", 2017, sections 1 and 2
/// (Hamilton's convention).
struct Quaternion: Equatable, Sendable {
  let scalar: Double
  let vector: SIMD3<Double>

  private init(scalar: Double, vector: SIMD3<Double>) {
    let norm = (scalar * scalar + dot(vector, vector)).squareRoot()
    self.scalar = scalar / norm
    self.vector = vector / norm
  }

  /// From a rotation matrix, dividing by the largest of the four components (Shepperd, 1978).
  init(_ matrix: Matrix3) {
    let diagonal = matrix.diagonal
    let (x, y, z) = (matrix.columns.0, matrix.columns.1, matrix.columns.2)
    let difference = SIMD3(y.z - z.y, z.x - x.z, x.y - y.x)
    let trace = diagonal.sum()
    if trace >= diagonal.max() {
      self.init(scalar: 1 + trace, vector: difference)
    } else if diagonal.x == diagonal.max() {
      self.init(
        scalar: difference.x, vector: SIMD3(1 + 2 * diagonal.x - trace, x.y + y.x, x.z + z.x))
    } else if diagonal.y == diagonal.max() {
      self.init(
        scalar: difference.y, vector: SIMD3(x.y + y.x, 1 + 2 * diagonal.y - trace, y.z + z.y))
    } else {
      self.init(
        scalar: difference.z, vector: SIMD3(x.z + z.x, y.z + z.y, 1 + 2 * diagonal.z - trace))
    }
  }

  /// The exponential map: the rotation about the axis of a vector by its length in radians.
  init(rotationVector: SIMD3<Double>) {
    let angle = length(rotationVector)
    // sin(angle / 2) / angle, by its series where the quotient loses digits.
    let share = angle > 1e-6 ? sin(angle / 2) / angle : 0.5 - angle * angle / 48
    self.init(scalar: cos(angle / 2), vector: rotationVector * share)
  }

  /// The logarithm: the shortest rotation vector, in radians, its length 0 to π.
  var rotationVector: SIMD3<Double> {
    let sine = length(vector)
    guard sine > 1e-12 else { return vector * (scalar < 0 ? -2 : 2) }
    let angle = 2 * atan2(scalar < 0 ? -sine : sine, abs(scalar))
    return vector * (angle / sine)
  }

  var inverse: Quaternion { Quaternion(scalar: scalar, vector: -vector) }

  /// The rotation that applies `right` first, then `left`.
  static func * (left: Quaternion, right: Quaternion) -> Quaternion {
    Quaternion(
      scalar: left.scalar * right.scalar - dot(left.vector, right.vector),
      vector: right.vector * left.scalar + left.vector * right.scalar
        + cross(left.vector, right.vector))
  }

  var matrix: Matrix3 {
    let vector = vector
    let scalar = scalar
    func turned(_ axis: SIMD3<Double>) -> SIMD3<Double> {
      let twice = cross(vector, axis) * 2
      return axis + twice * scalar + cross(vector, twice)
    }
    return Matrix3(
      columns: turned(SIMD3(1, 0, 0)), turned(SIMD3(0, 1, 0)), turned(SIMD3(0, 0, 1)))
  }
}
