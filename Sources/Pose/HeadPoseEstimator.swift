package import Imaging

/// Finds the pose of a head from the five landmarks of its face.
///
/// The landmarks are explained as the picture of an average face: a scaled orthographic projection
/// gives the start, in closed form and by least squares, and Levenberg–Marquardt refines it under
/// perspective until a robust loss (`HuberLoss`) of the landmarks' distances is least. A flat object
/// seen from afar looks the same after tipping it the other way; a face is nearly flat, so both
/// starts are refined and the one that fits better counts.
///
/// `HeadPose.sigma` comes from the derivatives at the solution and the landmarks' noise: the
/// residuals' own variance, weighed against the one expected of `landmarkNoise`. It describes
/// landmarks that scatter independently; what a particular face differs from the average one, or the
/// true focal length from the assumed one, comes on top as a constant offset. `docs/pose.md` has the
/// measured errors.
package struct HeadPoseEstimator: Sendable {
  package let camera: Camera
  package let template: FaceTemplate
  /// Expected standard deviation of a landmark coordinate, as a share of the face's size
  /// (`FaceTemplate.size`).
  package let landmarkNoise: Double

  /// The template around its centroid, which is what the solver turns: this leaves rotation and
  /// translation nearly independent.
  private let offsets: InlineArray<5, SIMD3<Double>>
  private let inverseSpread: Matrix3

  /// - Parameter landmarkNoise: Default 1 %.
  /// - Precondition: the template's landmarks do not lie in one plane, and the noise is positive.
  package init(camera: Camera, template: FaceTemplate = .average, landmarkNoise: Double = 0.01) {
    precondition(landmarkNoise > 0)
    self.camera = camera
    self.template = template
    self.landmarkNoise = landmarkNoise
    offsets = InlineArray { template[$0] - template.centroid }
    var spread = Matrix3.zero
    for index in offsets.indices { spread = spread + .outerProduct(offsets[index], offsets[index]) }
    guard let inverse = spread.inverse(tolerance: 1e-6) else {
      preconditionFailure("the landmarks of a face template must not lie in one plane")
    }
    inverseSpread = inverse
  }

  /// Estimates the pose from landmarks in pixels of the upright, full-size frame.
  ///
  /// - Parameters:
  ///   - previous: The rotation of the same head a moment before. It is a further start, and decides
  ///     between solutions that fit about equally well; it never changes a solution.
  /// - Throws: `PoseError` where no angle can be given honestly.
  package func estimate(
    _ landmarks: Landmarks, previous: Matrix3? = nil
  ) throws(PoseError) -> HeadPose {
    var pixels = PixelPoints(repeating: .zero)
    for index in 0..<Landmarks.count {
      let point = landmarks[index]
      guard abs(point.x) < Self.farthestPixel && abs(point.y) < Self.farthestPixel else {
        throw .notFinite
      }
      pixels[index] = SIMD2(Double(point.x), Double(point.y))
    }
    guard let start = orthographicStart(pixels) else { throw .collapsed }
    let noise = landmarkNoise * template.size * camera.focalLength / start.position.z
    let problem = PoseProblem(pixels: pixels, loss: HuberLoss(noise: noise))

    var choice = PoseChoice()
    choice.consider(refine(start, to: problem))
    choice.consider(refine(start.reversed, to: problem))
    if let previous {
      choice.consider(
        refine(PoseSolution(rotation: previous, position: start.position), to: problem))
    }
    guard let solution = choice.best(previous: previous, noise: noise) else { throw .behindCamera }
    return try pose(of: solution, problem)
  }

  /// Turns a solution into the answer, unless it is none.
  private func pose(
    of solution: PoseSolution, _ problem: PoseProblem
  ) throws(PoseError) -> HeadPose {
    guard let (_, squares, equations) = linearize(solution, problem) else { throw .behindCamera }
    let center = solution.position
    let pixelsPerMillimetre = camera.focalLength / center.z
    let residual = (squares / Double(Landmarks.count)).squareRoot()
    guard residual < Self.worstResidual * template.interpupillaryDistance * pixelsPerMillimetre
    else { throw .poorFit }
    // A face turned so far away shows no eyes: such landmarks are mirrored or no face.
    let towardsCamera = -center * HeadPose.cameraAxes / length(center)
    guard dot(solution.rotation.columns.2, towardsCamera) > Self.leastFacing else {
      throw .facingAway
    }
    guard let covariance = equations.rotationCovariance else { throw .collapsed }

    let expected = landmarkNoise * template.size * pixelsPerMillimetre
    let variance =
      Self.spread
      * (squares + Self.expectedWeight * expected * expected)
      / (Self.degreesOfFreedom + Self.expectedWeight)
    let rotation = solution.rotation.orthonormalized
    let translation = center - rotation * template.centroid * HeadPose.cameraAxes
    let plain = HeadPose(rotation: rotation, translation: translation)
    var sigma = SIMD3<Double>(repeating: .pi)
    if let derivatives = plain.angleDerivatives {
      let variances = (derivatives * covariance * derivatives.transposed).diagonal * variance
      for axis in 0..<3 where variances[axis] >= 0 {
        sigma[axis] = min(.pi, variances[axis].squareRoot())
      }
    }
    return HeadPose(
      rotation: rotation, translation: translation, sigma: sigma, residual: residual)
  }

  /// Offset of a landmark from the template's centroid, in mm.
  func offset(_ index: Int) -> SIMD3<Double> { offsets[index] }

  /// The inverse of the sum of the offsets' outer products.
  var inverseOffsetSpread: Matrix3 { inverseSpread }

  /// Pixels further out than any picture reaches.
  private static let farthestPixel: Float = 1e6
  /// Share of the distance between the eyes. In the recordings it was tried with, RetinaFace's
  /// landmarks fit within about 0.17, worst in profile.
  private static let worstResidual = 0.24
  /// Cosine of the angle between the direction of the nose and the one towards the camera: 105°, a
  /// profile and the error of its landmarks. Backs of heads that were taken for faces are beyond.
  private static let leastFacing = -0.26
  /// Ten coordinates less six unknowns.
  private static let degreesOfFreedom = Double(2 * Landmarks.count - 6)
  /// For how many degrees of freedom the expected noise counts (the scaled inverse chi-squared prior
  /// of a variance; Gelman et al., "Bayesian Data Analysis", section 2.6). Few, so that landmarks
  /// noisier than expected show in sigma; not none, so that five that happen to fit do not claim
  /// certainty.
  private static let expectedWeight = 1.0
  /// The variance above is itself known from five degrees of freedom only, so errors follow Student's
  /// t distribution: 68.27 % of it lie within 1.1105 standard deviations.
  private static let spread = 1.1105 * 1.1105
}
