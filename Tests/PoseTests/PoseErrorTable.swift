import Foundation
import Imaging
import Pose
import TestSupport

/// Errors of poses estimated from noisy landmarks, beside the deviations that were reported with
/// them, over a grid of yaw and pitch.
struct PoseErrorTable {
  /// One cell of the grid; angles in degrees, in the order yaw, pitch, roll.
  struct Cell {
    var yaw: Double
    var pitch: Double
    var count = 0
    /// Faces without a pose.
    var refused = 0
    private var squaredErrors = SIMD3<Double>.zero
    private var squaredSigmas = SIMD3<Double>.zero
    private var within = SIMD3<Double>.zero

    init(yaw: Double, pitch: Double) {
      self.yaw = yaw
      self.pitch = pitch
    }

    mutating func add(error: SIMD3<Double>, sigma: SIMD3<Double>) {
      count += 1
      squaredErrors += error * error
      squaredSigmas += sigma * sigma
      for axis in 0..<3 where abs(error[axis]) <= sigma[axis] { within[axis] += 1 }
    }

    /// Root mean square of the errors.
    var error: SIMD3<Double> { (squaredErrors / Double(count)).squareRoot() }
    /// Root mean square of the reported deviations.
    var sigma: SIMD3<Double> { (squaredSigmas / Double(count)).squareRoot() }
    /// Share of the errors that are within the deviation reported with them.
    var coverage: SIMD3<Double> { within / Double(count) }
  }

  static let yaws = Array(stride(from: 0.0, through: 80, by: 20))
  static let pitches = Array(stride(from: 45.0, through: -45, by: -15))

  /// By pitch, then yaw. Both signs of a yaw share a cell.
  private(set) var cells: [[Cell]]

  /// Measures faces with any roll up to ±30°, anywhere in the middle half of a 1280×720 frame, 0.6 to
  /// 2 m away.
  ///
  /// - Parameters:
  ///   - noise: Standard deviation of every landmark coordinate, as a share of the face's size.
  ///   - trials: Faces a cell.
  init(noise: Double, trials: Int, seed: UInt64 = 1) {
    let camera = Camera(width: 1280, height: 720)
    let estimator = HeadPoseEstimator(camera: camera)
    let template = estimator.template
    var generator = SeededGenerator(seed: seed)
    cells = Self.pitches.map { pitch in Self.yaws.map { Cell(yaw: $0, pitch: pitch) } }
    for row in cells.indices {
      for column in cells[row].indices {
        let (yaw, pitch) = (cells[row][column].yaw, cells[row][column].pitch)
        for trial in 0..<trials {
          let roll = Double.random(in: -30...30, using: &generator)
          let rotation = HeadPose.rotation(
            yaw: radians(trial % 2 == 0 ? yaw : -yaw), pitch: radians(pitch), roll: radians(roll))
          let depth = Double.random(in: 600...2000, using: &generator)
          let place = SIMD2(
            Double.random(in: -0.25...0.25, using: &generator),
            Double.random(in: -0.14...0.14, using: &generator))
          let truth = HeadPose(
            rotation: rotation, translation: SIMD3(place.x * depth, place.y * depth, depth))
          guard var face = camera.project(template, at: truth) else { continue }
          let center = truth.inCamera(template.centroid)
          let deviation = noise * template.size * camera.focalLength / center.z
          for index in 0..<Landmarks.count {
            face[index].x += Float(deviation * gaussian(using: &generator))
            face[index].y += Float(deviation * gaussian(using: &generator))
          }
          guard let pose = try? estimator.estimate(face) else {
            cells[row][column].refused += 1
            continue
          }
          var error = SIMD3(pose.yaw - truth.yaw, pose.pitch - truth.pitch, pose.roll - truth.roll)
          for axis in 0..<3 { error[axis] = error[axis].remainder(dividingBy: 2 * .pi) }
          cells[row][column].add(
            error: error * (180 / .pi), sigma: pose.sigma * (180 / .pi))
        }
      }
    }
  }

  /// Share of all errors that are within the deviation reported with them.
  var coverage: SIMD3<Double> {
    let all = cells.flatMap { $0 }
    let weighted = all.reduce(SIMD3<Double>.zero) { $0 + $1.coverage * Double($1.count) }
    return weighted / Double(all.reduce(0) { $0 + $1.count })
  }

  var refused: Int { cells.joined().reduce(0) { $0 + $1.refused } }

  /// Markdown: for each angle a table of error / sigma in degrees.
  var markdown: String {
    var lines: [String] = []
    for (axis, name) in ["Yaw", "Pitch", "Roll"].enumerated() {
      let heads = Self.yaws.map { $0 == 0 ? "0°" : "±\(Int($0))°" }
      lines.append("| \(name): pitch \\ yaw | " + heads.joined(separator: " | ") + " |")
      lines.append(String(repeating: "| --- ", count: heads.count + 1) + "|")
      for row in cells {
        let values = row.map {
          String(format: "%.1f / %.1f", $0.error[axis], $0.sigma[axis])
        }
        lines.append("| \(Int(row[0].pitch))° | " + values.joined(separator: " | ") + " |")
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  /// Markdown: one row of a table of coverage.
  func coverageRow(noise: Double) -> String {
    let values = (0..<3).map { String(format: "%.1f %%", 100 * coverage[$0]) }
    return String(format: "| %g %% | ", 100 * noise) + values.joined(separator: " | ") + " |"
  }
}

/// A normally distributed number (Box and Muller).
func gaussian(using generator: inout SeededGenerator) -> Double {
  let radius = Double.random(in: Double.leastNonzeroMagnitude...1, using: &generator)
  let angle = Double.random(in: 0..<2 * .pi, using: &generator)
  return (-2 * log(radius)).squareRoot() * cos(angle)
}
