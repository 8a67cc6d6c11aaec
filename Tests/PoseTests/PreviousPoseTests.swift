import Foundation
import Imaging
import Pose
import TestSupport
import Testing

@Suite("Head pose after a previous one")
struct PreviousPoseTests {
  let camera = Camera(width: 1280, height: 720)

  /// A nearly flat face far away: tipped forwards or backwards it looks nearly the same.
  private let flat = FaceTemplate(
    leftEye: SIMD3(-31, 35, 0), rightEye: SIMD3(31, 35, 0), noseTip: SIMD3(0, 0, 2),
    leftMouthCorner: SIMD3(-25, -33, 0), rightMouthCorner: SIMD3(25, -33, 0))

  private func rotation(yaw: Double, pitch: Double = 0) -> Matrix3 {
    HeadPose.rotation(yaw: radians(yaw), pitch: radians(pitch), roll: 0)
  }

  @Test("decides between mirror solutions that fit about equally well", arguments: [-30.0, 30])
  func ambiguous(yaw: Double) throws {
    let estimator = HeadPoseEstimator(camera: camera, template: flat)
    let truth = HeadPose(rotation: rotation(yaw: 30), translation: SIMD3(0, 0, 4000))
    let face = try #require(camera.project(flat, at: truth))
    let pose = try estimator.estimate(face, previous: rotation(yaw: yaw * 0.8, pitch: 5))
    #expect(abs(degrees(pose.yaw) - yaw) < 6)
    // Without a previous pose the better fit counts, which is the truth here.
    #expect(abs(degrees(try estimator.estimate(face).yaw) - 30) < 0.1)
  }

  @Test("does not decide where one solution fits clearly better")
  func clear() throws {
    let estimator = HeadPoseEstimator(camera: camera)
    let truth = HeadPose(rotation: rotation(yaw: 30), translation: SIMD3(0, 0, 800))
    let face = try #require(camera.project(.average, at: truth))
    for yaw in [-60.0, -30, 0, 80] {
      let pose = try estimator.estimate(face, previous: rotation(yaw: yaw))
      #expect(abs(degrees(pose.yaw) - 30) < 0.01)
    }
  }

  @Test("changes nothing of the solution it leads to")
  func unbiased() throws {
    let estimator = HeadPoseEstimator(camera: camera)
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<200 {
      let yaw = Double.random(in: -60...60, using: &generator)
      let pitch = Double.random(in: -30...30, using: &generator)
      let truth = HeadPose(
        rotation: rotation(yaw: yaw, pitch: pitch), translation: SIMD3(20, 30, 900))
      var face = try #require(camera.project(.average, at: truth))
      for index in 0..<Landmarks.count {
        face[index].x += .random(in: -2...2, using: &generator)
        face[index].y += .random(in: -2...2, using: &generator)
      }
      let alone = try estimator.estimate(face)
      let after = try estimator.estimate(face, previous: rotation(yaw: yaw + 10, pitch: pitch))
      // Two ways to the same minimum end within what the solver calls converged.
      #expect(alone.rotation.angle(to: after.rotation) < 1e-3)
    }
  }
}
