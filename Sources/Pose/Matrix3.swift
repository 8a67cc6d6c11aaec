import Foundation

/// A 3×3 matrix of doubles, by columns.
package struct Matrix3: Equatable, Sendable {
  package var columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  package init(columns first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
    columns = (first, second, third)
  }

  package init(rows first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
    self.init(
      columns: SIMD3(first.x, second.x, third.x), SIMD3(first.y, second.y, third.y),
      SIMD3(first.z, second.z, third.z))
  }

  package init(diagonal: SIMD3<Double>) {
    self.init(
      columns: SIMD3(diagonal.x, 0, 0), SIMD3(0, diagonal.y, 0), SIMD3(0, 0, diagonal.z))
  }

  package static let zero = Matrix3(columns: .zero, .zero, .zero)
  package static let identity = Matrix3(diagonal: SIMD3(1, 1, 1))

  package static func == (left: Matrix3, right: Matrix3) -> Bool { left.columns == right.columns }

  package var transposed: Matrix3 { Matrix3(rows: columns.0, columns.1, columns.2) }
  package var diagonal: SIMD3<Double> { SIMD3(columns.0.x, columns.1.y, columns.2.z) }
  package var determinant: Double { dot(columns.0, cross(columns.1, columns.2)) }

  /// The matrix applied to a column vector.
  package static func * (left: Matrix3, right: SIMD3<Double>) -> SIMD3<Double> {
    left.columns.0 * right.x + left.columns.1 * right.y + left.columns.2 * right.z
  }

  /// The matrix that applies `right` first, then `left`.
  package static func * (left: Matrix3, right: Matrix3) -> Matrix3 {
    Matrix3(columns: left * right.columns.0, left * right.columns.1, left * right.columns.2)
  }

  /// Element by element.
  package static func + (left: Matrix3, right: Matrix3) -> Matrix3 {
    Matrix3(
      columns: left.columns.0 + right.columns.0, left.columns.1 + right.columns.1,
      left.columns.2 + right.columns.2)
  }

  /// Element by element.
  package static func - (left: Matrix3, right: Matrix3) -> Matrix3 {
    Matrix3(
      columns: left.columns.0 - right.columns.0, left.columns.1 - right.columns.1,
      left.columns.2 - right.columns.2)
  }

  /// The columns each multiplied by their own factor.
  package func scaled(columnsBy factors: SIMD3<Double>) -> Matrix3 {
    Matrix3(columns: columns.0 * factors.x, columns.1 * factors.y, columns.2 * factors.z)
  }

  /// `a bᵀ`.
  package static func outerProduct(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Matrix3 {
    Matrix3(columns: a * b.x, a * b.y, a * b.z)
  }

  /// The inverse by cofactors, or `nil` for a matrix whose columns are linearly dependent within
  /// `tolerance`: their volume relative to the product of their lengths.
  package func inverse(tolerance: Double = 1e-12) -> Matrix3? {
    let volume = determinant
    let size = length(columns.0) * length(columns.1) * length(columns.2)
    guard volume.isFinite, size.isFinite, abs(volume) > tolerance * size else { return nil }
    return Matrix3(
      rows: cross(columns.1, columns.2) / volume, cross(columns.2, columns.0) / volume,
      cross(columns.0, columns.1) / volume)
  }

  /// The rotation about the axis of `vector`, right-handed, by its length in radians.
  ///
  /// Source: Rodrigues' formula.
  package init(rotationVector vector: SIMD3<Double>) {
    let angle = length(vector)
    guard angle > 1e-300 else {
      self = .identity
      return
    }
    let axis = vector / angle
    let (sine, cosine) = (sin(angle), cos(angle))
    let skew = Matrix3(
      rows: SIMD3(0, -axis.z, axis.y), SIMD3(axis.z, 0, -axis.x), SIMD3(-axis.y, axis.x, 0))
    self =
      Matrix3(diagonal: SIMD3(cosine, cosine, cosine))
      + Matrix3.outerProduct(axis, axis).scaled(columnsBy: SIMD3(repeating: 1 - cosine))
      + skew.scaled(columnsBy: SIMD3(repeating: sine))
  }

  /// The angle of the rotation that takes this rotation to another, in radians, 0 to π.
  package func angle(to other: Matrix3) -> Double {
    let difference = other * transposed
    let axis = SIMD3(
      difference.columns.1.z - difference.columns.2.y,
      difference.columns.2.x - difference.columns.0.z,
      difference.columns.0.y - difference.columns.1.x)
    // Twice the sine and twice the cosine: exact for small and for large angles.
    return atan2(length(axis), difference.diagonal.sum() - 1)
  }

  /// The same rotation without the rounding errors of many products: columns of length one at
  /// right angles to each other (Gram and Schmidt).
  package var orthonormalized: Matrix3 {
    let first = columns.0 / length(columns.0)
    let rest = columns.1 - first * dot(first, columns.1)
    let second = rest / length(rest)
    return Matrix3(columns: first, second, cross(first, second))
  }
}

/// The scalar product.
package func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

/// The vector product, right-handed.
package func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// The Euclidean norm.
package func length(_ a: SIMD3<Double>) -> Double { dot(a, a).squareRoot() }
