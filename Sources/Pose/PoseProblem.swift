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

/// Keeps the best of several solutions.
struct PoseChoice {
  /// Expected deviation of a landmark coordinate in pixels.
  let noise: Double
  /// The rotation of the same head a moment before.
  let previous: Matrix3?
  private(set) var best: PoseSolution?

  init(noise: Double, previous: Matrix3?) {
    self.noise = noise
    self.previous = previous
  }

  /// Takes a solution that fits better; or, of two that fit about equally well, the one closer to
  /// the previous rotation.
  mutating func consider(_ solution: PoseSolution?) {
    guard let solution else { return }
    guard let best else {
      self.best = solution
      return
    }
    let gain = (best.cost - solution.cost) / (noise * noise)
    if let previous, abs(gain) < Self.ambiguity {
      // Solutions found from two starts differ by rounding; these keep the one that fits better.
      let closer =
        solution.rotation.angle(to: previous) - best.rotation.angle(to: previous)
      if abs(closer) > Self.sameRotation {
        if closer < 0 { self.best = solution }
        return
      }
    }
    if gain > 0 { self.best = solution }
  }

  /// Difference of the sums of squares, in variances, up to which two solutions count as equally
  /// good: the better one is then less than 20 times as likely (2 ln 20).
  private static let ambiguity = 6.0
  /// In radians.
  private static let sameRotation = 1e-3
}
