import Foundation

/// Smooths the rotation of one head over time: little trembling at rest, little lag in fast turns.
///
/// Source: the 1€ filter (Casiez, Roussel and Vogel, CHI 2012), a low-pass filter whose cutoff rises
/// with the speed. Here the values are rotations: differences are rotation vectors between
/// quaternions, and a step goes along the shortest rotation, so that no angle ever wraps around.
///
/// In a steady turn the result lags by 1 / (2π · cutoff), the cutoff being 0.5 Hz and 5 Hz for each
/// radian per second: always less than 1 / (2π · 5) rad = 1.8° beyond the sampling.
package struct RotationFilter: Equatable, Sendable {
  private var value: Quaternion
  /// In radians per second, in the camera's axes.
  private var velocity = SIMD3<Double>.zero

  /// Begins with a rotation as it is.
  package init(_ rotation: Matrix3) {
    value = Quaternion(rotation)
  }

  /// Takes in the next rotation.
  ///
  /// - Parameters:
  ///   - seconds: Since the rotation before. Nothing changes when no time has passed.
  /// - Returns: The smoothed rotation.
  package mutating func update(with rotation: Matrix3, after seconds: Double) -> Matrix3 {
    guard seconds > 0 else { return value.matrix }
    let difference = (Quaternion(rotation) * value.inverse).rotationVector
    let speedShare = Self.share(cutoff: Self.speedCutoff, seconds: seconds)
    velocity += (difference / seconds - velocity) * speedShare
    let cutoff = Self.leastCutoff + Self.cutoffPerSpeed * length(velocity)
    let step = difference * Self.share(cutoff: cutoff, seconds: seconds)
    value = Quaternion(rotationVector: step) * value
    return value.matrix
  }

  /// By how much of the way an exponential low-pass filter follows in one step.
  private static func share(cutoff: Double, seconds: Double) -> Double {
    1 / (1 + 1 / (2 * .pi * cutoff * seconds))
  }

  // Tuned as the paper says: the first for a face at rest, the second for fast turns. At 25 frames a
  // second and noise of 0.5°, changes from frame to frame fall from 0.7° to 0.1°.
  /// In Hz.
  private static let leastCutoff = 0.5
  /// In Hz for each radian per second.
  private static let cutoffPerSpeed = 5.0
  /// In Hz, of the speed itself.
  private static let speedCutoff = 1.0
}
