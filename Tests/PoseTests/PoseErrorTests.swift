import Foundation
import Pose
import Testing

@Suite("Errors of head poses")
struct PoseErrorTests {
  @Test("68 % of the errors, give or take 5, are within sigma when landmarks have 1 % noise")
  func calibration() {
    let table = PoseErrorTable(noise: 0.01, trials: 400)
    for axis in 0..<3 {
      #expect((0.63...0.73).contains(table.coverage[axis]), "axis \(axis): \(table.coverage)")
    }
    for cell in table.cells.joined() {
      // The mean of three angles, 400 faces each, leaves a deviation of some 2 %.
      let mean = cell.coverage.sum() / 3
      #expect((0.61...0.75).contains(mean), "yaw \(cell.yaw), pitch \(cell.pitch): \(mean)")
      for axis in 0..<3 {
        let ratio = cell.sigma[axis] / cell.error[axis]
        #expect((0.8...1.35).contains(ratio), "yaw \(cell.yaw), pitch \(cell.pitch): \(ratio)")
      }
    }
    #expect(table.refused < 50)
  }

  @Test("sigma follows landmarks that are noisier than expected", arguments: [0.02, 0.03])
  func noisier(noise: Double) {
    let coverage = PoseErrorTable(noise: noise, trials: 100).coverage
    for axis in 0..<3 { #expect((0.63...0.73).contains(coverage[axis]), "\(coverage)") }
  }

  /// `tools/measure-pose` names the file.
  @Test(
    "the tables of docs/pose.md are written where they are asked for",
    .enabled(
      if: ProcessInfo.processInfo.environment["FACESTREAM_POSE_TABLE"] != nil,
      "FACESTREAM_POSE_TABLE names no file"))
  func writeTables() throws {
    let path = try #require(ProcessInfo.processInfo.environment["FACESTREAM_POSE_TABLE"])
    var text = PoseErrorTable(noise: 0.01, trials: 2000).markdown
    text += "\n| Landmark noise | yaw | pitch | roll |\n| --- | --- | --- | --- |\n"
    for noise in [0.005, 0.01, 0.02, 0.03] {
      text += PoseErrorTable(noise: noise, trials: 2000).coverageRow(noise: noise) + "\n"
    }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }
}
