/// The landmarks' image positions in pixels.
typealias PixelPoints = InlineArray<5, SIMD2<Double>>

/// What the solver explains, and how it weighs what it cannot.
struct PoseProblem {
  let pixels: PixelPoints
  let loss: HuberLoss
}

/// A pose on its way to the solution, of the template's centroid.
struct PoseSolution {
  /// As in `HeadPose`.
  var rotation: Matrix3
  /// Position of the centroid in mm from the camera: x to the image's right, y down, z away.
  var position: SIMD3<Double>
  /// Sum of the landmarks' losses in px².
  var cost = Double.infinity

  /// The pose whose picture from afar is the same for a face without a nose: mirrored at the image
  /// plane, after mirroring the template at its own plane.
  var reversed: PoseSolution {
    let mirror = Matrix3(diagonal: SIMD3(1, 1, -1))
    return PoseSolution(rotation: mirror * rotation * mirror, position: position)
  }
}

/// Chooses among the solutions from up to three starts.
struct PoseChoice {
  private var solutions = InlineArray<3, PoseSolution?>(repeating: nil)
  private var count = 0

  /// Takes in a solution, or that a start led to none.
  ///
  /// - Precondition: it is at most the third.
  mutating func consider(_ solution: PoseSolution?) {
    solutions[count] = solution
    count += 1
  }

  /// The solution that fits best; or, of those that fit about as well, the one closest to the
  /// previous rotation. `nil` without any.
  ///
  /// - Parameters:
  ///   - previous: The rotation of the same head a moment before.
  ///   - noise: Expected deviation of a landmark coordinate in pixels.
  func best(previous: Matrix3?, noise: Double) -> PoseSolution? {
    var best: PoseSolution?
    for index in solutions.indices {
      guard let solution = solutions[index], solution.cost < best?.cost ?? .infinity else {
        continue
      }
      best = solution
    }
    guard let previous, let least = best?.cost else { return best }

    let limit = least + Self.ambiguity * noise * noise
    for index in solutions.indices {
      guard let solution = solutions[index], solution.cost < limit, let chosen = best else {
        continue
      }
      // One solution found from two starts differs by rounding; the better fit stays.
      let gain = chosen.rotation.angle(to: previous) - solution.rotation.angle(to: previous)
      if gain > Self.sameRotation { best = solution }
    }
    return best
  }

  /// Difference of the sums of squares, in variances, up to which two solutions count as equally
  /// good: the better one is then less than 20 times as likely (2 ln 20).
  private static let ambiguity = 6.0
  /// In radians.
  private static let sameRotation = 1e-3
}
