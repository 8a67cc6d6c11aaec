package import Imaging

/// Finds the pose of a head from the five landmarks of its face.
///
/// The landmarks are explained as the picture of an average face: a scaled orthographic projection
/// gives the start, in closed form, and Levenberg–Marquardt refines it under perspective to the
/// least squares of the ten image coordinates. A flat object seen from afar looks the same after
/// tipping it the other way; a face is nearly flat, so both starts are refined and the one that
/// fits better counts.
///
/// `HeadPose.sigma` comes from the derivatives at the solution and the landmarks' noise, taken as
/// the residuals' own deviation or `landmarkNoise` on the face, whichever is greater. It
/// describes landmarks that scatter independently; what a particular face differs from the average
/// one, or the true focal length from the assumed one, comes on top as a constant offset.
package struct HeadPoseEstimator: Sendable {
  package let camera: Camera
  package let template: FaceTemplate
  /// Least standard deviation assumed of a landmark coordinate, in mm on the face. Default 2: mean
  /// errors of RetinaFace's landmarks on AFLW of 2 to 3 per cent of the face's size (Deng et al.,
  /// 2020, its evaluation of the five landmarks) are some 3 mm, in two coordinates.
  package let landmarkNoise: Double

  /// The template around its centroid, which is what the solver turns: this leaves rotation and
  /// translation nearly independent.
  private let offsets: [SIMD3<Double>]
  private let inverseSpread: Matrix3

  /// - Precondition: the template's landmarks do not lie in one plane, and the noise is positive.
  package init(camera: Camera, template: FaceTemplate = .average, landmarkNoise: Double = 2) {
    precondition(landmarkNoise > 0)
    self.camera = camera
    self.template = template
    self.landmarkNoise = landmarkNoise
    offsets = (0..<Landmarks.count).map { template[$0] - template.centroid }
    let spread = offsets.reduce(Matrix3.zero) { $0 + .outerProduct($1, $1) }
    guard let inverse = spread.inverse(tolerance: 1e-6) else {
      preconditionFailure("the landmarks of a face template must not lie in one plane")
    }
    inverseSpread = inverse
  }

  /// Estimates the pose from landmarks in pixels of the upright, full-size frame.
  ///
  /// - Returns: `nil` where no angle can be given honestly: landmarks that are not finite, fall
  ///   together, lie in a line, or look like no face from the front or the side.
  package func estimate(_ landmarks: Landmarks) -> HeadPose? {
    var pixels = PixelPoints(repeating: .zero)
    for index in 0..<Landmarks.count {
      let point = landmarks[index]
      guard abs(point.x) < Self.farthestPixel && abs(point.y) < Self.farthestPixel else {
        return nil
      }
      pixels[index] = SIMD2(Double(point.x), Double(point.y))
    }
    guard let start = orthographicStart(pixels) else { return nil }

    var best = refine(start, to: pixels)
    if let reversed = refine(start.reversed, to: pixels), reversed.cost < best?.cost ?? .infinity {
      best = reversed
    }
    return best.flatMap { pose(of: $0, pixels) }
  }

  /// Turns a solution into the answer, unless it is none.
  private func pose(of solution: PoseSolution, _ pixels: PixelPoints) -> HeadPose? {
    let center = solution.position
    let pixelsPerMillimetre = camera.focalLength / center.z
    let residual = (solution.cost / Double(Landmarks.count)).squareRoot()
    guard residual < Self.worstResidual * pixelsPerMillimetre else { return nil }
    // A face turned so far away shows no eyes: such landmarks are mirrored or no face.
    let towardsCamera = -center * HeadPose.cameraAxes / length(center)
    guard dot(solution.rotation.columns.2, towardsCamera) > Self.leastFacing else { return nil }
    guard let (_, equations) = linearize(solution, pixels),
      let covariance = equations.rotationCovariance
    else { return nil }

    // Ten coordinates less six unknowns.
    let degreesOfFreedom = Double(2 * Landmarks.count - 6)
    let floor = landmarkNoise * pixelsPerMillimetre
    let noise = max(solution.cost / degreesOfFreedom, floor * floor)
    let rotation = solution.rotation.orthonormalized
    let translation = center - rotation * template.centroid * HeadPose.cameraAxes
    let plain = HeadPose(rotation: rotation, translation: translation)
    var sigma = SIMD3<Double>(repeating: .pi)
    if let derivatives = plain.angleDerivatives {
      let variances = (derivatives * covariance * derivatives.transposed).diagonal * noise
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
  /// In mm on the face: a quarter of the distance between the eyes. In the recordings it was tried
  /// with, RetinaFace's landmarks fit within about 11, worst in profile.
  private static let worstResidual = 15.0
  /// Cosine of the angle between the direction of the nose and the one towards the camera: 105°, a
  /// profile and the error of its landmarks. Backs of heads that were taken for faces are beyond.
  private static let leastFacing = -0.26
}

/// The landmarks' image positions in pixels.
typealias PixelPoints = InlineArray<5, SIMD2<Double>>

/// A pose on its way to the solution, of the template's centroid.
struct PoseSolution {
  /// As in `HeadPose`.
  var rotation: Matrix3
  /// Position of the centroid in mm from the camera: x to the image's right, y down, z away.
  var position: SIMD3<Double>
  /// Sum of the squared residuals in px².
  var cost = Double.infinity

  /// The pose whose picture from afar is the same for a face without a nose: mirrored at the image
  /// plane, after mirroring the template at its own plane.
  var reversed: PoseSolution {
    let mirror = Matrix3(diagonal: SIMD3(1, 1, -1))
    return PoseSolution(rotation: mirror * rotation * mirror, position: position)
  }
}
