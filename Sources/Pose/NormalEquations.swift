/// The normal equations of a least-squares problem in six unknowns, three of rotation and three of
/// translation, kept as 3×3 blocks `[rotation, mixed; mixedᵀ, translation]`.
///
/// They are solved through the Schur complement of the translation block: that needs nothing larger
/// than 3×3, and the complement's inverse is just the covariance wanted of the rotation.
struct NormalEquations {
  private var rotation = Matrix3.zero
  private var mixed = Matrix3.zero
  private var translation = Matrix3.zero
  private var rotationSide = SIMD3<Double>.zero
  private var translationSide = SIMD3<Double>.zero

  /// Adds one residual with its derivatives; its square counts `weight` times.
  mutating func add(
    residual: Double, weight: Double, byRotation: SIMD3<Double>, byTranslation: SIMD3<Double>
  ) {
    rotation = rotation + .outerProduct(byRotation, byRotation * weight)
    mixed = mixed + .outerProduct(byRotation, byTranslation * weight)
    translation = translation + .outerProduct(byTranslation, byTranslation * weight)
    rotationSide -= byRotation * (residual * weight)
    translationSide -= byTranslation * (residual * weight)
  }

  /// The step to the least squares of the linearised problem, `nil` when the residuals do not
  /// determine it.
  ///
  /// - Parameters:
  ///   - damping: Marquardt's λ: the diagonal is multiplied by 1 + λ.
  func step(damping: Double) -> (rotation: SIMD3<Double>, translation: SIMD3<Double>)? {
    let dampedTranslation = translation + Matrix3(diagonal: translation.diagonal * damping)
    let dampedRotation = rotation + Matrix3(diagonal: rotation.diagonal * damping)
    guard let inverse = dampedTranslation.inverse() else { return nil }
    let weight = mixed * inverse
    guard let complement = (dampedRotation - weight * mixed.transposed).inverse() else {
      return nil
    }
    let rotationStep = complement * (rotationSide - weight * translationSide)
    let translationStep = inverse * (translationSide - mixed.transposed * rotationStep)
    return (rotationStep, translationStep)
  }

  /// The rotation's covariance where every residual has a variance of 1, `nil` when the residuals
  /// do not determine it.
  var rotationCovariance: Matrix3? {
    guard let inverse = translation.inverse() else { return nil }
    return (rotation - mixed * inverse * mixed.transposed).inverse()
  }
}
