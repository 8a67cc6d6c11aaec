import Foundation
import Pose
import TestSupport
import Testing

func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
func degrees(_ radians: Double) -> Double { radians * 180 / .pi }

@Suite("Head pose")
struct HeadPoseTests {
  /// Where a point of the head (x to the image's right, y up, z towards the camera) goes.
  private func turned(
    _ point: SIMD3<Double>, yaw: Double = 0, pitch: Double = 0, roll: Double = 0
  ) -> SIMD3<Double> {
    HeadPose.rotation(yaw: radians(yaw), pitch: radians(pitch), roll: radians(roll)) * point
  }

  private func agree(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Bool { length(a - b) < 1e-12 }

  @Test("positive yaw turns the nose to the image's right")
  func yawSign() {
    #expect(agree(turned(SIMD3(0, 0, 1), yaw: 90), SIMD3(1, 0, 0)))
    #expect(agree(turned(SIMD3(0, 1, 0), yaw: 90), SIMD3(0, 1, 0)))
  }

  @Test("positive pitch lifts the nose")
  func pitchSign() {
    #expect(agree(turned(SIMD3(0, 0, 1), pitch: 90), SIMD3(0, 1, 0)))
    #expect(agree(turned(SIMD3(1, 0, 0), pitch: 90), SIMD3(1, 0, 0)))
  }

  @Test("positive roll tilts the top of the head to the image's right")
  func rollSign() {
    #expect(agree(turned(SIMD3(0, 1, 0), roll: 90), SIMD3(1, 0, 0)))
    #expect(agree(turned(SIMD3(0, 0, 1), roll: 90), SIMD3(0, 0, 1)))
  }

  @Test("yaw and pitch are where the nose points, whatever the roll")
  func direction() {
    for roll in [-170.0, -30, 0, 45, 180] {
      let nose = turned(SIMD3(0, 0, 1), yaw: 40, pitch: -25, roll: roll)
      let expected = SIMD3(
        sin(radians(40)) * cos(radians(-25)), sin(radians(-25)),
        cos(radians(40)) * cos(radians(-25)))
      #expect(agree(nose, expected))
    }
  }

  @Test("angles survive the way into a rotation and back")
  func roundTrip() {
    for yaw in stride(from: -175.0, through: 175, by: 25) {
      for pitch in stride(from: -85.0, through: 85, by: 17) {
        for roll in stride(from: -175.0, through: 175, by: 25) {
          let rotation = HeadPose.rotation(
            yaw: radians(yaw), pitch: radians(pitch), roll: radians(roll))
          let pose = HeadPose(rotation: rotation, translation: .zero)
          // Rounding of some twenty products, divided by cos 85°.
          #expect(abs(pose.yaw - radians(yaw)) < 1e-13, "\(yaw) \(pitch) \(roll)")
          #expect(abs(pose.pitch - radians(pitch)) < 1e-13, "\(yaw) \(pitch) \(roll)")
          #expect(abs(pose.roll - radians(roll)) < 1e-13, "\(yaw) \(pitch) \(roll)")
        }
      }
    }
  }

  @Test("straight up and down still give angles that make the rotation", arguments: [-90.0, 90])
  func gimbalLock(pitch: Double) {
    // Exact entries, such as the cosine of a Double near π/2 does not give.
    let sign = pitch / 90
    let tip = Matrix3(rows: SIMD3(1, 0, 0), SIMD3(0, 0, sign), SIMD3(0, -sign, 0))
    let rotation = Matrix3(rotationVector: SIMD3(0, radians(30), 0)) * tip
    let pose = HeadPose(rotation: rotation, translation: .zero)
    #expect(abs(degrees(pose.pitch) - pitch) < 1e-9)
    let again = HeadPose.rotation(yaw: pose.yaw, pitch: pose.pitch, roll: pose.roll)
    let difference = again - rotation
    #expect(length(difference.columns.0) + length(difference.columns.1) < 1e-9)
  }
}

@Suite("3×3 matrices")
struct Matrix3Tests {
  @Test("the inverse of random matrices undoes them")
  func inverse() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<100 {
      func vector() -> SIMD3<Double> { .random(in: -1...1, using: &generator) }
      let matrix = Matrix3(columns: vector(), vector(), vector())
      guard abs(matrix.determinant) > 0.01 else { continue }
      let product = try #require(matrix.inverse()) * matrix - .identity
      // Rounding times the condition number, below 1000 here.
      #expect(length(product.columns.0) + length(product.columns.2) < 1e-11)
    }
  }

  @Test("matrices without an inverse have none")
  func singular() {
    let column = SIMD3(1.0, 2, 3)
    #expect(Matrix3(columns: column, column * 2, SIMD3(1, 0, 0)).inverse() == nil)
    #expect(Matrix3.zero.inverse() == nil)
    #expect(Matrix3(diagonal: SIMD3(1, .nan, 1)).inverse() == nil)
  }

  @Test("rotation vectors turn right-handed by their length")
  func rotationVector() {
    let quarter = Matrix3(rotationVector: SIMD3(0, 0, .pi / 2))
    #expect(length(quarter * SIMD3(1, 0, 0) - SIMD3(0, 1, 0)) < 1e-15)
    #expect(Matrix3(rotationVector: .zero) == .identity)
  }
}
