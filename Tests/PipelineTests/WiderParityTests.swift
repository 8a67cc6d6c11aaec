import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite("Parity with PyTorch on WIDER FACE")
struct WiderParityTests {
  private struct Expected: Decodable {
    var easy: Double
    var medium: Double
    var hard: Double
  }

  private static let folder = SharedFolder.url("data/wider-dev")

  private func evaluate(_ size: Configuration.InputSize) throws -> [Double] {
    let folder = try #require(Self.folder).path
    var options = WiderOptions(
      source: .images(folder: folder + "/images"), groundTruth: folder + "/ground_truth")
    options.list = folder + "/list.txt"
    options.detect.size = size
    let report = try WiderRun(options).run { _ in }
    #expect(report.pictures == 120)
    #expect(report.damages.isEmpty)
    return report.results.map(\.averagePrecision)
  }

  /// Ten seconds each in a debug build on two processors.
  @Test(
    "average precision is that of the same weights in PyTorch",
    .enabled(if: folder != nil, "needs 120 pictures of WIDER FACE in the shared folder"),
    arguments: [
      ("original", Configuration.InputSize.source, 0.001), ("640", .longSide(640), 0.005),
    ])
  func averagePrecision(name: String, size: Configuration.InputSize, tolerance: Double) throws {
    struct File: Decodable {
      var original: Expected
      var scaled: Expected

      enum CodingKeys: String, CodingKey {
        case original
        case scaled = "640"
      }
    }
    let path = try #require(Self.folder).appending(path: "expected.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
    let expected = name == "640" ? file.scaled : file.original
    let actual = try evaluate(size)
    for (actual, expected) in zip(actual, [expected.easy, expected.medium, expected.hard]) {
      #expect(abs(actual - expected) <= tolerance)
    }
  }
}
