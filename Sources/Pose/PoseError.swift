/// Why landmarks have no pose.
package enum PoseError: Error, Equatable, Sendable, CaseIterable {
  /// A coordinate is no number, or further out than any picture reaches.
  case notFinite
  /// The landmarks fall together or lie in a line.
  case collapsed
  /// Only a head behind the camera, or around it, would look like this.
  case behindCamera
  /// Only a head seen from behind would look like this: mirrored landmarks, or no face.
  case facingAway
  /// No pose puts the template near all landmarks: no face, or one with wrong landmarks.
  case poorFit
}
