import Detection
import Foundation
import Imaging
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Redaction when detection fails", .timeLimit(.minutes(10)))
struct RedactionFailureTests {
  /// Finds nobody, and cannot look at one of the pictures.
  private final class FailingDetector: FaceDetector {
    private let count = Atomic<Int>(0)
    private let failing: Int

    init(failing: Int) { self.failing = failing }

    func detect(
      in picture: ScaledPicture, into detections: inout [Detection]
    ) throws(DetectionError) {
      detections.removeAll()
      let (number, _) = count.add(1, ordering: .relaxed)
      if number == failing { throw Self.error }
    }

    static let error = DetectionError.invalidOption(name: "size", value: "1", accepted: "larger")
  }

  private let folder: TemporaryFolder
  private let input: String

  init() throws {
    folder = try TemporaryFolder()
    input = folder.path("in.mkv")
    try Clips.make(
      input,
      ["-f", "lavfi", "-i", "color=white:size=64x48:rate=25:duration=0.4", "-c:v", "ffv1"])
  }

  private func run(_ onFailure: Configuration.FailedFrames) throws -> RunSummary {
    var configuration = Configuration.redacting
    configuration.input = input
    configuration.output = folder.path("out.mkv")
    configuration.tracks = [folder.path("out.jsonl")]
    configuration.redact.style = .solid
    configuration.redact.report = folder.path("check.jsonl")
    configuration.redact.onFailure = onFailure
    configuration.encode.codec = "ffv1"
    return try PipelineRunner(configuration: configuration, detector: FailingDetector(failing: 4))
      .run(warn: { _ in }, progress: { _ in })
  }

  /// Greatest luma of every frame of the output.
  private func brightness() throws -> [Int] {
    let raw = folder.path("out.raw")
    try Clips.make(
      raw, ["-i", folder.path("out.mkv"), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-vsync", "0"])
    let data = try [UInt8](Data(contentsOf: URL(filePath: raw)))
    let size = 64 * 48 * 3 / 2
    return stride(from: 0, to: data.count, by: size).map { start in
      data[start..<start + 64 * 48].max().map(Int.init) ?? 0
    }
  }

  @Test("the frame is hidden whole, counted and reported, and no other is touched")
  func hide() throws {
    let summary = try run(.hide)
    #expect(summary.ending == .damaged)
    #expect(summary.damageExamples.count == 1)
    #expect(summary.reviews.description == "1 unsearched-frame")
    let bright = try brightness()
    #expect(bright.count == 10)
    #expect(bright.enumerated().filter { $0.1 == 16 }.map(\.offset) == [4])
    let rows = try String(contentsOfFile: folder.path("out.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    #expect(rows.count == 11)
    #expect(rows.enumerated().filter { $0.1.contains("\"unsearched\":true") }.map(\.offset) == [5])
    let report = try String(contentsOfFile: folder.path("check.jsonl"), encoding: .utf8)
    #expect(report.contains("{\"reason\":\"unsearched-frame\",\"id\":null,\"frames\":[4,4]"))
  }

  @Test("told to stop, the run fails and writes nothing of the frame")
  func stop() throws {
    let summary = try run(.stop)
    #expect(
      summary.ending
        == .failed(
          .unreliableFrame(frame: 4, reason: "size is 1, but must be larger")))
    #expect(summary.writtenFrames <= 4)
  }

  @Test("told to keep, the frame stays, and is still reported")
  func keep() throws {
    let summary = try run(.keep)
    #expect(summary.ending == .damaged)
    #expect(summary.reviews.total == 1)
    #expect(try brightness().allSatisfy { $0 > 200 })
  }

  @Test("without redaction the run fails as ever")
  func annotate() throws {
    var configuration = Configuration()
    configuration.input = input
    configuration.output = folder.path("out.mkv")
    let summary = try PipelineRunner(
      configuration: configuration, detector: FailingDetector(failing: 4)
    ).run(warn: { _ in }, progress: { _ in })
    #expect(summary.ending == .failed(.detection(FailingDetector.error)))
  }
}
