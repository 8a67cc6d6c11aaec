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

  @Test(
    "gives back the pose of projected faces within 0.01°",
    arguments: [
      SIMD3(0, 0, 400), SIMD3(60, -40, 600), SIMD3(-90, 50, 1500), SIMD3(250, 140, 2500),
      SIMD3(-900, -400, 8000),
    ] as [SIMD3<Double>])
  func exactLandmarks(position: SIMD3<Double>) throws {
    let estimator = HeadPoseEstimator(camera: camera)
    for yaw in stride(from: -80.0, through: 80, by: 10) {
      for pitch in stride(from: -45.0, through: 45, by: 15) {
        for roll in stride(from: -180.0, through: 180, by: 20) {
          let face = try #require(landmarks(yaw: yaw, pitch: pitch, roll: roll, at: position))
          let pose = try estimator.estimate(face)
          let rollError = (degrees(pose.roll) - roll).remainder(dividingBy: 360)
          let error = max(
            abs(degrees(pose.yaw) - yaw), abs(degrees(pose.pitch) - pitch), abs(rollError))
          // Landmarks are rounded to 32 bits, some 0.00003 px: more of an angle for small faces.
          #expect(error < 0.01, "\(yaw) \(pitch) \(roll): \(error)°")
          #expect(length(pose.translation - position) < position.z * 1e-4)
          #expect(pose.residual < 1e-3)
        }
      }
    }
  }

  @Test("a larger head with the same angles is further away by as much", arguments: [55.0, 72])
  func interpupillaryDistance(distance: Double) throws {
    let larger = FaceTemplate.average.scaled(toInterpupillaryDistance: distance)
    #expect(abs(larger.interpupillaryDistance - distance) < 1e-9)
    let face = try #require(landmarks(yaw: 20, pitch: 10, roll: -5, at: SIMD3(60, -40, 900)))
    let usual = try HeadPoseEstimator(camera: camera).estimate(face)
    let pose = try HeadPoseEstimator(camera: camera, template: larger).estimate(face)
    let factor = distance / FaceTemplate.average.interpupillaryDistance
    #expect(length(pose.translation - usual.translation * factor) < 1e-3)
    #expect(usual.rotation.angle(to: pose.rotation) < 1e-6)
    #expect(length(pose.sigma - usual.sigma) < 1e-6)
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
    let pose = try HeadPoseEstimator(camera: camera).estimate(sketch())
    #expect(abs(degrees(pose.yaw)) < 1 && abs(degrees(pose.roll)) < 1)
    #expect(abs(degrees(pose.pitch)) < 8)
    // 63 mm between the eyes seen as 100 px: the eyes are 806 mm away, 93 mm in front of the origin.
    #expect(abs(pose.translation.z - 900) < 30)
  }

  @Test("a nose towards the image's right is a positive yaw, towards the left a negative one")
  func yawSign() throws {
    let estimator = HeadPoseEstimator(camera: camera)
    #expect(try degrees(estimator.estimate(sketch(noseX: 15)).yaw) > 10)
    #expect(try degrees(estimator.estimate(sketch(noseX: -15)).yaw) < -10)
  }

  @Test("a nose closer to the eyes is a positive pitch, closer to the mouth a negative one")
  func pitchSign() throws {
    let estimator = HeadPoseEstimator(camera: camera)
    #expect(try degrees(estimator.estimate(sketch(noseY: -15)).pitch) > 8)
    #expect(try degrees(estimator.estimate(sketch(noseY: 15)).pitch) < -8)
  }

  @Test("a face turned clockwise has a positive roll", arguments: [-150.0, -30, 20, 90, 170])
  func rollSign(tilt: Double) throws {
    let pose = try HeadPoseEstimator(camera: camera).estimate(sketch(tilt: radians(tilt)))
    // The sketch is not the template, and its pitch is seen from another side when it is rolled.
    #expect(abs((degrees(pose.roll) - tilt).remainder(dividingBy: 360)) < 1)
  }

  @Test("a longer focal length puts the same face further away")
  func focalLength() throws {
    let tele = Camera(width: 1280, height: 720, focalLength: 2560)
    let near = try HeadPoseEstimator(camera: camera).estimate(sketch())
    let far = try HeadPoseEstimator(camera: tele).estimate(sketch())
    #expect(abs(far.translation.z / near.translation.z - 2) < 0.15)
  }

  @Test("one landmark that is far off leads less astray than by least squares", arguments: 0..<5)
  func outlier(index: Int) throws {
    let estimator = HeadPoseEstimator(camera: camera)
    // So much noise is expected that nothing counts as far off: plain least squares.
    let leastSquares = HeadPoseEstimator(camera: camera, landmarkNoise: 10)
    var sum = 0.0
    var plainSum = 0.0
    for yaw in stride(from: -60.0, through: 60, by: 20) {
      let rotation = HeadPose.rotation(yaw: radians(yaw), pitch: radians(10), roll: radians(5))
      let truth = HeadPose(rotation: rotation, translation: SIMD3(30, 20, 800))
      for direction in stride(from: 0.0, to: 2 * .pi, by: .pi / 8) {
        var face = try #require(camera.project(.average, at: truth))
        // A tenth of the face's size, at about 700 mm.
        let distance = 0.1 * estimator.template.size * camera.focalLength / 700
        face[index].x += Float(distance * cos(direction))
        face[index].y += Float(distance * sin(direction))
        sum += try estimator.estimate(face).rotation.angle(to: rotation)
        plainSum += try leastSquares.estimate(face).rotation.angle(to: rotation)
      }
    }
    #expect(sum < 0.9 * plainSum, "\(sum / plainSum)")
  }

  @Test("a perfect fit still leaves a deviation of a few degrees")
  func sigmaFloor() throws {
    let exact = try #require(landmarks(yaw: 0, pitch: 0, roll: 0, at: SIMD3(0, 0, 800)))
    let pose = try HeadPoseEstimator(camera: camera).estimate(exact)
    for axis in 0..<3 { #expect(degrees(pose.sigma[axis]) > 0.5 && degrees(pose.sigma[axis]) < 10) }
  }
}
