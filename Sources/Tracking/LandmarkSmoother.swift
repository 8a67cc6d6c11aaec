import Imaging

/// Takes the tremble out of a face's landmarks: little is smoothed while they move, much while they
/// rest.
///
/// A low-pass filter of first order for each coordinate, whose cutoff frequency rises with the speed.
/// The time between frames is the real one, so that dropped frames and variable rates change nothing.
///
/// Source: the 1€ filter (Casiez, Roussel and Vogel, CHI 2012), with speeds in face sizes a second, so
/// that near and far faces are treated alike, and one speed for each landmark.
struct LandmarkSmoother: Equatable, Sendable {
  private var x: SIMD8<Float>
  private var y: SIMD8<Float>
  /// Pixels per second, smoothed.
  private var speedX = SIMD8<Float>.zero
  private var speedY = SIMD8<Float>.zero

  /// Cutoff frequency of a landmark at rest, in hertz. At 30 frames a second a third of a tremble
  /// without memory is left.
  private static let restingCutoff: Float = 1
  /// By how many hertz it rises for each face size a second: a landmark at that speed lags 40 ms.
  private static let cutoffPerSpeed: Float = 3
  /// Cutoff frequency of the speed, in hertz, the paper's value.
  private static let speedCutoff: Float = 1

  init(_ landmarks: Landmarks) {
    (x, y) = Self.coordinates(of: landmarks)
  }

  /// The landmarks smoothed so far.
  var landmarks: Landmarks {
    func point(_ index: Int) -> Point { Point(x: x[index], y: y[index]) }
    return Landmarks(
      leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
      rightMouthCorner: point(4))
  }

  /// Carries the state along with the picture.
  mutating func move(with camera: CameraMotion) {
    (x, y) = (camera.a * x - camera.b * y + camera.tx, camera.b * x + camera.a * y + camera.ty)
    (speedX, speedY) = (
      camera.a * speedX - camera.b * speedY, camera.b * speedX + camera.a * speedY
    )
  }

  /// Takes in the landmarks of the next frame.
  ///
  /// - Parameters:
  ///   - seconds: Since the landmarks before; when that is no time, the new ones replace them.
  ///   - size: Of the face, in pixels.
  mutating func update(_ landmarks: Landmarks, seconds: Double, size: Float) {
    let seen = Self.coordinates(of: landmarks)
    let time = Float(seconds)
    guard time > 0, size > 0 else {
      (x, y) = seen
      return
    }
    let speedShare = Self.share(cutoff: SIMD8(repeating: Self.speedCutoff), seconds: time)
    speedX += speedShare * ((seen.x - x) / time - speedX)
    speedY += speedShare * ((seen.y - y) / time - speedY)
    let speed = (speedX * speedX + speedY * speedY).squareRoot() / size
    let share = Self.share(
      cutoff: Self.restingCutoff + Self.cutoffPerSpeed * speed, seconds: time)
    x += share * (seen.x - x)
    y += share * (seen.y - y)
  }

  /// The weight of a new value: 1 / (1 + τ / T) with τ = 1 / (2π·cutoff), the paper's equation 3.
  private static func share(cutoff: SIMD8<Float>, seconds: Float) -> SIMD8<Float> {
    let phase = 2 * Float.pi * seconds * cutoff
    return phase / (1 + phase)
  }

  private static func coordinates(
    of landmarks: Landmarks
  ) -> (x: SIMD8<Float>, y: SIMD8<Float>) {
    var (x, y) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    for index in 0..<Landmarks.count {
      x[index] = landmarks[index].x
      y[index] = landmarks[index].y
    }
    return (x, y)
  }
}
