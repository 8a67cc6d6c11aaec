import Foundation
import Imaging

/// A Kalman filter of one quantity that drifts with a nearly constant velocity.
///
/// The state is `(value, velocity)`, and only the value is measured. Between measurements the
/// velocity fades with a time constant, which is what keeps a face that was lost in mid-movement
/// from being expected ever further away; over one frame the fading is a few per cent at most.
///
/// Source: the discrete Kalman filter with a white-noise acceleration model (Bar-Shalom, Li and
/// Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001, section 6.2.2).
/// The fading is Singer's exponential correlation (IEEE Transactions on Aerospace and Electronic
/// Systems 6, 1970), here of the velocity.
struct ScalarFilter: Equatable, Sendable {
  private(set) var value: Double
  private(set) var velocity: Double
  /// Covariance: of the value, of value and velocity, of the velocity.
  private var varianceOfValue: Double
  private var covariance: Double
  private var varianceOfVelocity: Double

  init(value: Double, deviation: Double, velocityDeviation: Double) {
    self.value = value
    velocity = 0
    varianceOfValue = deviation * deviation
    covariance = 0
    varianceOfVelocity = velocityDeviation * velocityDeviation
  }

  /// Moves the state `seconds` onwards.
  ///
  /// - Parameters:
  ///   - seconds: Not negative.
  ///   - timeConstant: In seconds: after it, a velocity has faded to 1/e.
  ///   - acceleration: Spectral density of the acceleration's noise, unit² / s³.
  mutating func predict(seconds: Double, timeConstant: Double, acceleration: Double) {
    let fading = exp(-seconds / timeConstant)
    let reach = timeConstant * (1 - fading)
    value += velocity * reach
    velocity *= fading
    // P ← F P Fᵀ + Q with F = [1 reach; 0 fading].
    varianceOfValue += reach * (2 * covariance + reach * varianceOfVelocity)
    covariance = fading * (covariance + reach * varianceOfVelocity)
    varianceOfVelocity *= fading * fading
    varianceOfValue += acceleration * seconds * seconds * seconds / 3
    covariance += acceleration * seconds * seconds / 2
    varianceOfVelocity += acceleration * seconds
  }

  /// Takes in a measurement of the value with the given standard deviation.
  mutating func correct(measured: Double, deviation: Double) {
    let innovationVariance = varianceOfValue + deviation * deviation
    guard innovationVariance > 0 else { return }
    let gainOfValue = varianceOfValue / innovationVariance
    let gainOfVelocity = covariance / innovationVariance
    let innovation = measured - value
    value += gainOfValue * innovation
    velocity += gainOfVelocity * innovation
    varianceOfVelocity -= gainOfVelocity * covariance
    covariance -= gainOfValue * covariance
    varianceOfValue -= gainOfValue * varianceOfValue
  }
}

/// Where a face's box is expected: centre, width and height, each with its velocity.
///
/// Source: the constant-velocity box model of SORT (Bewley et al., ICIP 2016, section 3.2), with the
/// noise in proportion to the box as in ByteTrack (Zhang et al., ECCV 2022). Here width and height
/// are filtered as logarithms, which keeps them positive; and since noise is independent for each
/// of the four quantities, the filter of eight states falls apart into four of two, exactly.
struct MotionModel: Equatable, Sendable {
  private var centerX: ScalarFilter
  private var centerY: ScalarFilter
  private var logWidth: ScalarFilter
  private var logHeight: ScalarFilter

  /// Deviation of a measured centre from the face's, in box sizes (ByteTrack's value); and of the
  /// logarithm of a side.
  private static let measurementDeviation = 0.05
  /// Box sizes per second a face may move when first seen: ByteTrack's 10/160 of the height a frame
  /// at 30 frames a second.
  private static let initialSpeed = 1.9
  /// By how many box sizes per second a face's speed wanders within a second. Heads start and stop
  /// within a few tenths of a second, at up to two widths per second.
  private static let speedWander = 4.0
  /// The same two for the logarithms of the sides.
  private static let initialGrowth = 0.5
  private static let growthWander = 1.0
  /// Seconds after which a velocity counts for 1/e; a change of size is trusted less long.
  private static let speedTimeConstant = 1.0
  private static let growthTimeConstant = 0.3

  /// - Precondition: `box` is finite and not empty.
  init(_ box: BoundingBox) {
    let size = Self.size(of: box)
    let deviation = Self.measurementDeviation
    centerX = ScalarFilter(
      value: Double(box.center.x), deviation: deviation * size,
      velocityDeviation: Self.initialSpeed * size)
    centerY = ScalarFilter(
      value: Double(box.center.y), deviation: deviation * size,
      velocityDeviation: Self.initialSpeed * size)
    logWidth = ScalarFilter(
      value: log(Double(box.width)), deviation: deviation, velocityDeviation: Self.initialGrowth)
    logHeight = ScalarFilter(
      value: log(Double(box.height)), deviation: deviation, velocityDeviation: Self.initialGrowth)
  }

  /// The box expected at the time of the last prediction or correction.
  var box: BoundingBox {
    let width = exp(logWidth.value)
    let height = exp(logHeight.value)
    return BoundingBox(
      minX: Float(centerX.value - width / 2), minY: Float(centerY.value - height / 2),
      maxX: Float(centerX.value + width / 2), maxY: Float(centerY.value + height / 2))
  }

  /// Moves the expectation `seconds` onwards, not negative.
  mutating func predict(seconds: Double) {
    let wander = Self.speedWander * exp((logWidth.value + logHeight.value) / 2)
    centerX.predict(
      seconds: seconds, timeConstant: Self.speedTimeConstant, acceleration: wander * wander)
    centerY.predict(
      seconds: seconds, timeConstant: Self.speedTimeConstant, acceleration: wander * wander)
    let growth = Self.growthWander * Self.growthWander
    logWidth.predict(
      seconds: seconds, timeConstant: Self.growthTimeConstant, acceleration: growth)
    logHeight.predict(
      seconds: seconds, timeConstant: Self.growthTimeConstant, acceleration: growth)
  }

  /// Takes in a detected box, finite and not empty.
  mutating func correct(with box: BoundingBox) {
    let deviation = Self.measurementDeviation
    let size = Self.size(of: box)
    centerX.correct(measured: Double(box.center.x), deviation: deviation * size)
    centerY.correct(measured: Double(box.center.y), deviation: deviation * size)
    logWidth.correct(measured: log(Double(box.width)), deviation: deviation)
    logHeight.correct(measured: log(Double(box.height)), deviation: deviation)
  }

  /// The side of the square of the same area.
  private static func size(of box: BoundingBox) -> Double { Double(box.area).squareRoot() }
}
