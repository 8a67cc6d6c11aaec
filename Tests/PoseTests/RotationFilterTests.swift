import Foundation
import Pose
import TestSupport
import Testing

@Suite("Rotation filter")
struct RotationFilterTests {
  private func rotation(yaw: Double, pitch: Double = 0, roll: Double = 0) -> Matrix3 {
    HeadPose.rotation(yaw: radians(yaw), pitch: radians(pitch), roll: radians(roll))
  }

  /// Degrees between two rotations.
  private func angle(_ a: Matrix3, _ b: Matrix3) -> Double { degrees(a.angle(to: b)) }

  @Test("calms a head at rest", arguments: [12.0, 25, 60])
  func atRest(rate: Double) {
    var generator = SeededGenerator(seed: 4)
    let truth = rotation(yaw: 20, pitch: -10, roll: 30)
    func noisy() -> Matrix3 {
      let noise = SIMD3(
        gaussian(using: &generator), gaussian(using: &generator), gaussian(using: &generator))
      return Matrix3(rotationVector: noise * radians(0.5)) * truth
    }
    var filter = RotationFilter(noisy())
    var (last, lastRaw) = (truth, truth)
    var (steps, rawSteps, error) = (0.0, 0.0, 0.0)
    for index in 0..<500 {
      let raw = noisy()
      let smooth = filter.update(with: raw, after: 1 / rate)
      if index >= 100 {
        steps += angle(last, smooth)
        rawSteps += angle(lastRaw, raw)
        error = max(error, angle(smooth, truth))
      }
      (last, lastRaw) = (smooth, raw)
    }
    #expect(steps < 0.3 * rawSteps, "\(steps / rawSteps)")
    #expect(error < 1.2)
  }

  @Test(
    "follows a fast turn with less than a frame's delay", arguments: [100.0, 200, 400], [25.0, 60])
  func fastTurn(degreesPerSecond: Double, rate: Double) {
    var filter = RotationFilter(rotation(yaw: -60))
    var yaw = -60.0
    var worst = 0.0
    var lag = 0.0
    while yaw < 60 {
      yaw = min(60, yaw + degreesPerSecond / rate)
      let smooth = filter.update(with: rotation(yaw: yaw), after: 1 / rate)
      lag = angle(smooth, rotation(yaw: yaw))
      worst = max(worst, lag)
    }
    // At the onset the speed is not known yet: a frame of 25 Hz, whatever the rate.
    #expect(worst < degreesPerSecond / 25, "\(worst)°")
    #expect(lag < 2.5, "\(lag)°")
    // Half a second after the stop it has arrived.
    for _ in 0..<Int(rate / 2) {
      lag = angle(
        filter.update(with: rotation(yaw: 60), after: 1 / rate), rotation(yaw: 60))
    }
    #expect(lag < 0.5)
  }

  @Test("goes the short way across ±180° of roll")
  func wrapping() {
    var filter = RotationFilter(rotation(yaw: 0, roll: 175))
    for roll in stride(from: 176.0, through: 190, by: 1) {
      let smooth = filter.update(with: rotation(yaw: 0, roll: roll), after: 0.04)
      #expect(angle(smooth, rotation(yaw: 0, roll: roll)) < 3)
    }
  }

  @Test("takes steps by the time that passed, not by the frame")
  func realTime() {
    // Twice as many equal frames in the same time lead nearly as far.
    func approached(steps: Int) -> Double {
      var filter = RotationFilter(rotation(yaw: 0))
      var smooth = Matrix3.identity
      for _ in 0..<steps {
        smooth = filter.update(with: rotation(yaw: 2), after: 0.2 / Double(steps))
      }
      return angle(smooth, .identity)
    }
    let (few, many) = (approached(steps: 10), approached(steps: 20))
    #expect(few > 0.8 && few < 1.9)
    #expect(abs(few - many) < 0.15, "\(few)° \(many)°")
  }

  @Test("changes nothing where no time has passed")
  func noTime() {
    var filter = RotationFilter(rotation(yaw: 10))
    let smooth = filter.update(with: rotation(yaw: 50), after: 0)
    #expect(angle(smooth, rotation(yaw: 10)) < 1e-6)
  }

  @Test("keeps a constant rotation, whatever it is")
  func constant() {
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<300 {
      let vector = SIMD3<Double>.random(in: -2...2, using: &generator)
      let turned = Matrix3(rotationVector: vector)
      var filter = RotationFilter(turned)
      #expect(filter.update(with: turned, after: 0.04).angle(to: turned) < 1e-12)
    }
    // Half turns, where each component of the quaternion in turn is the only one.
    for axis in [SIMD3(1.0, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)] {
      let half = Matrix3(rotationVector: axis * .pi)
      var filter = RotationFilter(half)
      #expect(filter.update(with: half, after: 0.04).angle(to: half) < 1e-12)
    }
  }
}
