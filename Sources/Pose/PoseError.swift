/// Why landmarks have no pose; the raw values are the words of the records.
package enum PoseError: String, Error, CaseIterable, Sendable {
  /// A coordinate is no number, or further out than any picture reaches.
  case notFinite = "not_finite"
  /// The landmarks fall together or lie in a line.
  case collapsed
  /// Only a head behind the camera, or around it, would look like this.
  case behindCamera = "behind_camera"
  /// Only a head seen from behind would look like this: mirrored landmarks, or no face.
  case facingAway = "facing_away"
  /// No pose puts the template near all landmarks: no face, or one with wrong landmarks.
  case poorFit = "poor_fit"
}
