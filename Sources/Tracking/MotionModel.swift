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

  /// Sets value and velocity anew, as after a change of coordinates that multiplies lengths.
  mutating func move(toValue value: Double, velocity: Double, scale: Double) {
    self.value = value
    self.velocity = velocity
    varianceOfValue *= scale * scale
    covariance *= scale * scale
    varianceOfVelocity *= scale * scale
  }

  /// How far a measurement would be from what is expected, in standard deviations, squared.
  func squaredDistance(measured: Double, deviation: Double) -> Double {
    let innovation = measured - value
    return innovation * innovation / (varianceOfValue + deviation * deviation)
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

  /// - Precondition: `box` is finite and not empty.
  init(_ box: BoundingBox, _ tuning: TrackerTuning) {
    let size = Self.size(of: box)
    let deviation = tuning.measurementDeviation
    centerX = ScalarFilter(
      value: Double(box.center.x), deviation: deviation * size,
      velocityDeviation: tuning.initialSpeed * size)
    centerY = ScalarFilter(
      value: Double(box.center.y), deviation: deviation * size,
      velocityDeviation: tuning.initialSpeed * size)
    logWidth = ScalarFilter(
      value: log(Double(box.width)), deviation: deviation, velocityDeviation: tuning.initialGrowth)
    logHeight = ScalarFilter(
      value: log(Double(box.height)), deviation: deviation, velocityDeviation: tuning.initialGrowth)
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
  mutating func predict(seconds: Double, _ tuning: TrackerTuning) {
    let wander = tuning.speedWander * exp((logWidth.value + logHeight.value) / 2)
    centerX.predict(
      seconds: seconds, timeConstant: tuning.speedTimeConstant, acceleration: wander * wander)
    centerY.predict(
      seconds: seconds, timeConstant: tuning.speedTimeConstant, acceleration: wander * wander)
    let growth = tuning.growthWander * tuning.growthWander
    logWidth.predict(
      seconds: seconds, timeConstant: tuning.growthTimeConstant, acceleration: growth)
    logHeight.predict(
      seconds: seconds, timeConstant: tuning.growthTimeConstant, acceleration: growth)
  }

  /// Takes in a detected box, finite and not empty, `doubt` times as uncertain as usual.
  mutating func correct(with box: BoundingBox, doubt: Double, _ tuning: TrackerTuning) {
    let deviation = tuning.measurementDeviation * doubt
    let size = Self.size(of: box)
    centerX.correct(measured: Double(box.center.x), deviation: deviation * size)
    centerY.correct(measured: Double(box.center.y), deviation: deviation * size)
    logWidth.correct(measured: log(Double(box.width)), deviation: deviation)
    logHeight.correct(measured: log(Double(box.height)), deviation: deviation)
  }

  /// The squared Mahalanobis distance of a detected box from the expected one, of four degrees of
  /// freedom.
  func squaredDistance(to box: BoundingBox, doubt: Double, _ tuning: TrackerTuning) -> Double {
    let deviation = tuning.measurementDeviation * doubt
    let size = Self.size(of: box)
    return centerX.squaredDistance(measured: Double(box.center.x), deviation: deviation * size)
      + centerY.squaredDistance(measured: Double(box.center.y), deviation: deviation * size)
      + logWidth.squaredDistance(measured: log(Double(box.width)), deviation: deviation)
      + logHeight.squaredDistance(measured: log(Double(box.height)), deviation: deviation)
  }

  /// Pixels per second.
  var velocity: SIMD2<Double> { SIMD2(centerX.velocity, centerY.velocity) }

  /// Carries the expectation along with the picture. The two coordinates of the centre are equally
  /// uncertain at all times, so a rotation leaves their covariances as they are.
  mutating func move(with camera: CameraMotion) {
    let (a, b) = (Double(camera.a), Double(camera.b))
    let scale = Double(camera.scale)
    let (x, y) = (centerX, centerY)
    centerX.move(
      toValue: a * x.value - b * y.value + Double(camera.tx),
      velocity: a * x.velocity - b * y.velocity, scale: scale)
    centerY.move(
      toValue: b * x.value + a * y.value + Double(camera.ty),
      velocity: b * x.velocity + a * y.velocity, scale: scale)
    logWidth.move(toValue: logWidth.value + log(scale), velocity: logWidth.velocity, scale: 1)
    logHeight.move(toValue: logHeight.value + log(scale), velocity: logHeight.velocity, scale: 1)
  }

  /// The side of the square of the same area.
  private static func size(of box: BoundingBox) -> Double { Double(box.area).squareRoot() }
}
