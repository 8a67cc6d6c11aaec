import Imaging

/// Where the five landmarks lie on an average face, in mm: x to the image's right, y up, z towards
/// the camera when the face looks into it; the origin is the middle of the head.
package struct FaceTemplate: Equatable, Sendable {
  package let leftEye: SIMD3<Double>
  package let rightEye: SIMD3<Double>
  package let noseTip: SIMD3<Double>
  package let leftMouthCorner: SIMD3<Double>
  package let rightMouthCorner: SIMD3<Double>

  /// The mean shape of the Basel Face Model (Paysan et al., AVSS 2009) as distributed with 3DDFA
  /// (Zhu et al., CVPR 2016): means of its six eye landmarks, its nose tip and its mouth corners.
  package static let average = FaceTemplate(
    leftEye: SIMD3(-32.07, 26.29, 93.28), rightEye: SIMD3(31.01, 26.31, 93.06),
    noseTip: SIMD3(-0.11, -8.00, 131.94), leftMouthCorner: SIMD3(-25.78, -41.23, 99.21),
    rightMouthCorner: SIMD3(24.60, -41.27, 98.99))

  package init(
    leftEye: SIMD3<Double>, rightEye: SIMD3<Double>, noseTip: SIMD3<Double>,
    leftMouthCorner: SIMD3<Double>, rightMouthCorner: SIMD3<Double>
  ) {
    self.leftEye = leftEye
    self.rightEye = rightEye
    self.noseTip = noseTip
    self.leftMouthCorner = leftMouthCorner
    self.rightMouthCorner = rightMouthCorner
  }

  /// The landmarks in the order of `Landmarks`.
  ///
  /// - Precondition: `index` is in `0..<Landmarks.count`.
  package subscript(index: Int) -> SIMD3<Double> {
    switch index {
    case 0: leftEye
    case 1: rightEye
    case 2: noseTip
    case 3: leftMouthCorner
    case 4: rightMouthCorner
    default: preconditionFailure("a face has five landmarks, asked for number \(index)")
    }
  }

  /// Between the eyes, in mm: 63.1 for the average face.
  package var interpupillaryDistance: Double { length(rightEye - leftEye) }

  /// The root of width times height of the box a detector puts around the face seen from the front,
  /// in mm: the unit in which errors of landmarks are usually given.
  package var size: Double { Self.sizePerInterpupillaryDistance * interpupillaryDistance }

  /// The same face larger or smaller, so that its eyes are this far apart.
  ///
  /// - Parameters:
  ///   - distance: In mm.
  /// - Precondition: `distance` is positive.
  package func scaled(toInterpupillaryDistance distance: Double) -> FaceTemplate {
    precondition(distance > 0 && distance.isFinite)
    let factor = distance / interpupillaryDistance
    return FaceTemplate(
      leftEye: leftEye * factor, rightEye: rightEye * factor, noseTip: noseTip * factor,
      leftMouthCorner: leftMouthCorner * factor, rightMouthCorner: rightMouthCorner * factor)
  }

  /// Median of 129 faces of WIDER FACE within 15° of yaw and 20° of pitch as the built-in weights box
  /// them; nine of ten are between 2.3 and 3.0.
  private static let sizePerInterpupillaryDistance = 2.55

  /// The mean of the five landmarks.
  package var centroid: SIMD3<Double> {
    (leftEye + rightEye + noseTip + leftMouthCorner + rightMouthCorner) / Double(Landmarks.count)
  }
}
