import Foundation

/// Where a head is and where its face points.
///
/// **The sign conventions of the whole program are defined here, and nowhere else.** Seen by the
/// viewer of an upright picture, in radians:
///
/// - `yaw` is positive when the face turns to the image's right, in -π...π;
/// - `pitch` is positive when the face looks up, in -π/2...π/2;
/// - `roll` is positive when the head tilts towards the image's right, clockwise for the viewer,
///   in -π...π.
///
/// All zero is a face whose axes are parallel to the camera's; angles are measured against the
/// camera's optical axis, not against the line of sight to the face.
///
/// With x to the image's right, y up and z towards the camera, and `Rx`, `Ry`, `Rz` the
/// right-handed rotations about these axes, `rotation = Ry(yaw) · Rx(-pitch) · Rz(-roll)`: the head
/// first rolls about its own forward axis, then nods, then turns. So yaw and pitch are longitude
/// and latitude of the direction the nose points to, whatever the roll:
/// `(sin yaw · cos pitch, sin pitch, cos yaw · cos pitch)`. At a pitch of exactly ±90° only
/// the combination of yaw and roll is defined; the roll is 0 then.
package struct HeadPose: Equatable, Sendable {
  /// Takes the face template's axes to the camera's, both x to the image's right, y up and z
  /// towards the camera: the identity for a face that looks parallel to the optical axis.
  package let rotation: Matrix3
  /// Position of the face template's origin (the middle of the head, some 10 cm behind the face) in
  /// mm from the camera: x to the image's right, y *down*, z *away* from the camera, as in OpenCV.
  /// It rests on the assumed focal length and a head of average size.
  package let translation: SIMD3<Double>
  /// In radians.
  package let yaw: Double
  /// In radians.
  package let pitch: Double
  /// In radians.
  package let roll: Double
  /// Standard deviations of yaw, pitch and roll in radians, at most π. See
  /// `HeadPoseEstimator` for what they take into account.
  package let sigma: SIMD3<Double>
  /// Root mean square over the landmarks of the distance between landmark and projected template,
  /// in pixels.
  package let residual: Double

  /// - Precondition: `rotation` is one: orthonormal with determinant 1.
  package init(
    rotation: Matrix3, translation: SIMD3<Double>, sigma: SIMD3<Double> = .zero,
    residual: Double = 0
  ) {
    self.rotation = rotation
    self.translation = translation
    self.sigma = sigma
    self.residual = residual
    (yaw, pitch, roll) = Self.angles(of: rotation)
  }

  /// The same head with another rotation, `point` of the face template staying where it is.
  package func turned(to rotation: Matrix3, about point: SIMD3<Double>) -> HeadPose {
    HeadPose(
      rotation: rotation,
      translation: inCamera(point) - rotation * point * Self.cameraAxes, sigma: sigma,
      residual: residual)
  }

  /// The rotation of the three angles, in radians.
  package static func rotation(yaw: Double, pitch: Double, roll: Double) -> Matrix3 {
    Matrix3(rotationVector: SIMD3(0, yaw, 0)) * Matrix3(rotationVector: SIMD3(-pitch, 0, 0))
      * Matrix3(rotationVector: SIMD3(0, 0, -roll))
  }

  /// The inverse of `rotation(yaw:pitch:roll:)`.
  private static func angles(of rotation: Matrix3) -> (yaw: Double, pitch: Double, roll: Double) {
    // The third column is the direction of the nose; of the second row, the first two entries are
    // (-cos pitch · sin roll, cos pitch · cos roll).
    let forward = rotation.columns.2
    let horizontal = hypot(forward.x, forward.z)
    let pitch = atan2(forward.y, horizontal)
    guard horizontal > 1e-12 else {
      // The rotation is then Ry(yaw) · Rx(∓90°); its first column is (cos yaw, 0, -sin yaw).
      return (atan2(-rotation.columns.0.z, rotation.columns.0.x), pitch, 0)
    }
    return (
      atan2(forward.x, forward.z), pitch, atan2(-rotation.columns.0.y, rotation.columns.1.y)
    )
  }

  /// The derivatives of (yaw, pitch, roll) by a small rotation vector applied after `rotation`, in
  /// the same axes; `nil` where pitch is ±90°.
  var angleDerivatives: Matrix3? {
    // ω = ŷ dyaw - Ry x̂ dpitch - forward droll, inverted.
    Matrix3(
      columns: SIMD3(0, 1, 0), SIMD3(-cos(yaw), 0, sin(yaw)), -rotation.columns.2
    ).inverse(tolerance: 1e-9)
  }
}
