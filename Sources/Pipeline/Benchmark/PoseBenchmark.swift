import Imaging
import Pose

/// Times the estimation of head poses alone, of faces that look all ways.
package struct PoseBenchmark: Sendable, Encodable {
  /// How many were estimated.
  package var poses: Int
  /// Of one estimate.
  package var duration: DurationSummary
  /// Heap allocations in all estimates together; `nil` unless the program was started by
  /// `tools/count-allocations`.
  package var allocations: Int?

  private static let (width, height) = (1280, 720)

  /// - Parameter poses: Positive.
  package init(poses: Int = 2000) {
    let camera = Camera(width: Self.width, height: Self.height)
    let estimator = HeadPoseEstimator(camera: camera)
    var random = Scatter()
    var costs: [StageCost] = []
    while costs.count < poses {
      let depth = random.between(600, 2000)
      let truth = HeadPose(
        rotation: HeadPose.rotation(
          yaw: random.between(-1.2, 1.2), pitch: random.between(-0.6, 0.6),
          roll: random.between(-0.5, 0.5)),
        translation: SIMD3(
          random.between(-0.25, 0.25) * depth, random.between(-0.14, 0.14) * depth, depth))
      guard var face = camera.project(estimator.template, at: truth) else { continue }
      // About as far off as a detector's landmarks: 1 % of the face's size.
      let noise = 0.017 * estimator.template.size * camera.focalLength / depth
      for index in 0..<Landmarks.count {
        face[index].x += Float(random.between(-noise, noise))
        face[index].y += Float(random.between(-noise, noise))
      }
      var isRefused = false
      let cost = cost {
        do throws(PoseError) { _ = try estimator.estimate(face) } catch { isRefused = true }
      }
      if !isRefused { costs.append(cost) }
    }
    self.poses = costs.count
    duration = DurationSummary(costs.map(\.milliseconds))
    allocations = costs.reduce(0) { sum, cost in
      sum.flatMap { sum in cost.allocations.map { sum + $0 } }
    }
  }

  /// Numbers by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  private struct Scatter {
    private var state: UInt64 = 1

    mutating func between(_ low: Double, _ high: Double) -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return low + (high - low) * Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
  }
}
