extension HeadPoseEstimator {
  /// The pose under scaled orthographic projection: the best affine map from template to image, and
  /// the scaled rotation nearest to it. `nil` when the landmarks fall together or lie in a line.
  ///
  /// Source: DeMenthon and Davis, "Model-based object pose in 25 lines of code", IJCV 15, 1995; the
  /// rotation nearest to the affine map by polar decomposition.
  func orthographicStart(_ pixels: PixelPoints) -> PoseSolution? {
    var mean = SIMD2<Double>.zero
    for index in pixels.indices { mean += pixels[index] / Double(pixels.count) }
    var rowX = SIMD3<Double>.zero
    var rowY = SIMD3<Double>.zero
    var spread = 0.0
    for index in pixels.indices {
      let deviation = pixels[index] - mean
      rowX += offset(index) * deviation.x
      rowY -= offset(index) * deviation.y
      spread = max(spread, (deviation * deviation).sum())
    }
    guard spread > Self.leastSpread * Self.leastSpread else { return nil }
    rowX = inverseOffsetSpread * rowX
    rowY = inverseOffsetSpread * rowY

    // The 2×2 matrix G = A Aᵀ, and through its square root the polar decomposition of A.
    let (xx, xy, yy) = (dot(rowX, rowX), dot(rowX, rowY), dot(rowY, rowY))
    let determinant = xx * yy - xy * xy
    guard determinant > Self.leastFlatness * (xx + yy) * (xx + yy) else { return nil }
    let root = determinant.squareRoot()
    let trace = (xx + yy + 2 * root).squareRoot()
    let pixelsPerMillimetre = trace / 2
    // √G = (G + √det G) / trace; its inverse swaps the diagonal and negates the rest.
    let (a, b, c) = ((xx + root) / trace, xy / trace, (yy + root) / trace)
    let first = (rowX * c - rowY * b) / root
    let second = (rowY * a - rowX * b) / root
    let rotation = Matrix3(rows: first, second, cross(first, second)).transposed
      .orthonormalized.transposed

    let depth = camera.focalLength / pixelsPerMillimetre
    let position = (mean - camera.principalPoint) / pixelsPerMillimetre
    return PoseSolution(rotation: rotation, position: SIMD3(position.x, position.y, depth))
  }

  /// Refines a pose under perspective; `nil` when the start is not in front of the camera.
  ///
  /// Source: Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", 1963;
  /// the robust loss by weights renewed in every step (Holland and Welsch, 1977).
  /// The rotation is updated on the sphere of rotations, by a rotation vector, so that it never
  /// meets a singularity.
  func refine(_ start: PoseSolution, to problem: PoseProblem) -> PoseSolution? {
    guard var (cost, _, equations) = linearize(start, problem) else { return nil }
    var current = start
    current.cost = cost
    var damping = 1e-3
    for _ in 0..<Self.mostIterations {
      guard let step = equations.step(damping: damping) else { break }
      let next = PoseSolution(
        rotation: (Matrix3(rotationVector: step.rotation) * current.rotation).orthonormalized,
        position: current.position + step.translation)
      let tried = linearize(next, problem)
      let gain = cost - (tried?.cost ?? .infinity)
      if let tried, gain >= 0 {
        current = next
        (cost, equations) = (tried.cost, tried.equations)
        current.cost = cost
        damping = max(damping / 10, 1e-12)
      } else {
        damping *= 10
        if damping > 1e10 { break }
      }
      if abs(gain) <= Self.leastGain * cost || cost < Self.exactCost { break }
    }
    return current
  }

  /// The loss and the sum of squared residuals at a pose in px², and the equations of the step from
  /// there; `nil` when a landmark is not in front of the camera.
  func linearize(
    _ pose: PoseSolution, _ problem: PoseProblem
  ) -> (cost: Double, squares: Double, equations: NormalEquations)? {
    var equations = NormalEquations()
    var cost = 0.0
    var squares = 0.0
    for index in problem.pixels.indices {
      let turned = pose.rotation * offset(index)
      let point = turned * HeadPose.cameraAxes + pose.position
      guard let pixel = camera.project(point) else { return nil }
      let residual = pixel - problem.pixels[index]
      let square = (residual * residual).sum()
      let weight = problem.loss.weight(square)
      cost += problem.loss.cost(square)
      squares += square

      // Of u = f x / z and v = f y / z by the point, and of the point by the rotation vector ω:
      // the turned offset moves by ω × offset, so g · (ω × offset) = ω · (offset × g).
      let scale = camera.focalLength / point.z
      let byPointX = SIMD3(scale, 0, -scale * point.x / point.z)
      let byPointY = SIMD3(0, scale, -scale * point.y / point.z)
      equations.add(
        residual: residual.x, weight: weight,
        byRotation: cross(turned, byPointX * HeadPose.cameraAxes),
        byTranslation: byPointX)
      equations.add(
        residual: residual.y, weight: weight,
        byRotation: cross(turned, byPointY * HeadPose.cameraAxes),
        byTranslation: byPointY)
    }
    return cost.isFinite ? (cost, squares, equations) : nil
  }

  /// Landmarks no further than this from their mean, in pixels, show no shape.
  private static let leastSpread = 1.0
  /// Least ratio of the determinant to the squared trace of A Aᵀ: rows in a line have 0, those of a
  /// rotation ¼.
  private static let leastFlatness = 1e-6
  private static let mostIterations = 100
  /// Relative change of the cost below which further steps are rounding.
  private static let leastGain = 1e-10
  /// In px²: below what 32-bit pixel coordinates resolve.
  private static let exactCost = 1e-20
}
