import Foundation
import Imaging
import Pose
import TestSupport
import Testing

@Suite("Head pose estimator")
struct HeadPoseEstimatorTests {
  let camera = Camera(width: 1280, height: 720)

  /// The landmarks of an average face, its origin at `position` in mm from the camera.
  private func landmarks(
    yaw: Double, pitch: Double, roll: Double, at position: SIMD3<Double>
  ) -> Landmarks? {
    let rotation = HeadPose.rotation(
      yaw: radians(yaw), pitch: radians(pitch), roll: radians(roll))
    return camera.project(.average, at: HeadPose(rotation: rotation, translation: position))
  }

  @Test("gives back the pose of projected faces", arguments: [600.0, 1500])
  func exactLandmarks(depth: Double) throws {
    let estimator = HeadPoseEstimator(camera: camera)
    for yaw in stride(from: -80.0, through: 80, by: 10) {
      for pitch in stride(from: -45.0, through: 45, by: 15) {
        for roll in stride(from: -180.0, through: 160, by: 20) {
          let position = SIMD3(60.0, -40, depth)
          let face = try #require(landmarks(yaw: yaw, pitch: pitch, roll: roll, at: position))
          let pose = try #require(estimator.estimate(face), "\(yaw) \(pitch) \(roll)")
          let rollError = (degrees(pose.roll) - roll).remainder(dividingBy: 360)
          let error = max(
            abs(degrees(pose.yaw) - yaw), abs(degrees(pose.pitch) - pitch), abs(rollError))
          // Landmarks are rounded to 32 bits; the largest error is 0.0001°.
          #expect(error < 0.01, "\(yaw) \(pitch) \(roll): \(error)°")
          #expect(length(pose.translation - position) < depth * 1e-4)
          #expect(pose.residual < 1e-3)
        }
      }
    }
  }

  /// Landmarks as somebody would sketch them, 100 px between the eyes, around (640, 360).
  private func sketch(noseX: Float = 0, noseY: Float = 0, tilt: Double = 0) -> Landmarks {
    func at(_ x: Float, _ y: Float) -> Point {
      let (sine, cosine) = (Float(sin(tilt)), Float(cos(tilt)))
      return Point(x: 640 + x * cosine - y * sine, y: 360 + x * sine + y * cosine)
    }
    return Landmarks(
      leftEye: at(-50, -50), rightEye: at(50, -50), noseTip: at(noseX, 6 + noseY),
      leftMouthCorner: at(-40, 56), rightMouthCorner: at(40, 56))
  }

  @Test("a symmetric face looks straight ahead")
  func frontal() throws {
    let pose = try #require(HeadPoseEstimator(camera: camera).estimate(sketch()))
    #expect(abs(degrees(pose.yaw)) < 1 && abs(degrees(pose.roll)) < 1)
    #expect(abs(degrees(pose.pitch)) < 8)
    // 63 mm between the eyes seen as 100 px: the eyes are 806 mm away, 93 mm in front of the origin.
    #expect(abs(pose.translation.z - 900) < 30)
  }

  @Test("a nose towards the image's right is a positive yaw, towards the left a negative one")
  func yawSign() throws {
    let estimator = HeadPoseEstimator(camera: camera)
    #expect(try degrees(#require(estimator.estimate(sketch(noseX: 15))).yaw) > 10)
    #expect(try degrees(#require(estimator.estimate(sketch(noseX: -15))).yaw) < -10)
  }

  @Test("a nose closer to the eyes is a positive pitch, closer to the mouth a negative one")
  func pitchSign() throws {
    let estimator = HeadPoseEstimator(camera: camera)
    #expect(try degrees(#require(estimator.estimate(sketch(noseY: -15))).pitch) > 8)
    #expect(try degrees(#require(estimator.estimate(sketch(noseY: 15))).pitch) < -8)
  }

  @Test("a face turned clockwise has a positive roll", arguments: [-150.0, -30, 20, 90, 170])
  func rollSign(tilt: Double) throws {
    let pose = try #require(HeadPoseEstimator(camera: camera).estimate(sketch(tilt: radians(tilt))))
    // The sketch is not the template, and its pitch is seen from another side when it is rolled.
    #expect(abs((degrees(pose.roll) - tilt).remainder(dividingBy: 360)) < 1)
  }

  @Test("a longer focal length puts the same face further away")
  func focalLength() throws {
    let tele = Camera(width: 1280, height: 720, focalLength: 2560)
    let near = try #require(HeadPoseEstimator(camera: camera).estimate(sketch()))
    let far = try #require(HeadPoseEstimator(camera: tele).estimate(sketch()))
    #expect(abs(far.translation.z / near.translation.z - 2) < 0.15)
  }

  @Test("sigma tells how far noisy landmarks lead astray", arguments: [0.0, 35, -60])
  func sigma(yaw: Double) throws {
    let estimator = HeadPoseEstimator(camera: camera)
    let exact = try #require(
      landmarks(yaw: yaw, pitch: -10, roll: 15, at: SIMD3(30, 20, 800)))
    let truth = SIMD3(radians(yaw), radians(-10), radians(15))
    // The noise the estimator assumes, 2 mm on the face, at about 700 mm.
    let deviation = estimator.landmarkNoise * camera.focalLength / 700
    var generator = SeededGenerator(seed: 11)
    var squares = SIMD3<Double>.zero
    let runs = 400
    for _ in 0..<runs {
      var noisy = exact
      for index in 0..<Landmarks.count {
        noisy[index].x += Float(deviation * gaussian(using: &generator))
        noisy[index].y += Float(deviation * gaussian(using: &generator))
      }
      let pose = try #require(estimator.estimate(noisy))
      let error = SIMD3(pose.yaw, pose.pitch, pose.roll) - truth
      let normalized = error / pose.sigma
      squares += normalized * normalized / Double(runs)
    }
    for axis in 0..<3 {
      // Of 400 errors in units of sigma; 1 if everything were linear and sigma known.
      let ratio = squares[axis].squareRoot()
      #expect(ratio > 0.6 && ratio < 1.4, "axis \(axis): \(ratio)")
    }
  }

  /// A normally distributed number (Box and Muller).
  private func gaussian(using generator: inout SeededGenerator) -> Double {
    let radius = Double.random(in: Double.leastNonzeroMagnitude...1, using: &generator)
    let angle = Double.random(in: 0..<2 * .pi, using: &generator)
    return (-2 * log(radius)).squareRoot() * cos(angle)
  }

  @Test("a perfect fit still leaves a deviation of a few degrees")
  func sigmaFloor() throws {
    let exact = try #require(landmarks(yaw: 0, pitch: 0, roll: 0, at: SIMD3(0, 0, 800)))
    let pose = try #require(HeadPoseEstimator(camera: camera).estimate(exact))
    for axis in 0..<3 { #expect(degrees(pose.sigma[axis]) > 0.5 && degrees(pose.sigma[axis]) < 10) }
  }
}
