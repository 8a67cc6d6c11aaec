import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Latency of a live input", .timeLimit(.minutes(10)))
struct LiveLatencyTests {
  private struct Row: Decodable {
    var frame: Int
    var predicted: Bool?
    var faces: [Face]

    struct Face: Decodable {
      var id: Int
      var state: String
    }
  }

  /// A search that takes as long as several frames do: without predictions two frames of three would be dropped, and
  /// the ring buffer would always be full.
  @Test("a slow search is caught up with by predictions, and every frame is accounted for")
  func slowSearch() throws {
    let folder = try TemporaryFolder()
    let sender = try UDPSender(
      SquareDetector.clip(frames: 1500),
      // Filled up, or a reader would wait for enough of it to know what it is.
      encoding: ["-c:v", "mpeg2video", "-g", "5", "-muxrate", "4M"])
    defer { sender.end() }
    var configuration = Configuration()
    configuration.input = sender.url
    configuration.live.waits = true
    configuration.output = folder.path("out.mkv")
    configuration.tracks = [folder.path("out.jsonl")]
    let detector = SquareDetector { usleep(120_000) }
    let runner = PipelineRunner(configuration: configuration, detector: detector)
    var shown: [RunProgress] = []
    let summary = try runner.run(
      warn: { _ in },
      progress: { progress in
        shown.append(progress)
        if progress.frames >= 60 { runner.cancel() }
      })
    #expect(summary.ending == .interrupted)
    let frames = summary.progress.frames
    let buffer = try #require(summary.buffer)
    // Rows equal the frames decoded, less those said to be dropped.
    let rows = try Data(contentsOf: URL(filePath: folder.path("out.jsonl")))
      .split(separator: UInt8(ascii: "\n")).dropFirst()
      .map { try JSONDecoder().decode(Row.self, from: $0) }
    #expect(rows.count == frames && summary.writtenFrames == frames)
    #expect(buffer.drops + frames >= (rows.last?.frame ?? 0) + 1)
    // A search takes as long as three frames: what is not searched is predicted, not dropped.
    #expect(summary.predictedFrames > 0 && detector.lookCount == frames - summary.predictedFrames)
    #expect(rows.count { $0.predicted == true } == summary.predictedFrames)
    #expect(rows.contains { $0.faces.contains { $0.state == "extrapolated" } })

    // Every frame went through every stage but the network.
    let latency = try #require(summary.latency)
    #expect(latency.endToEnd.count == frames)
    for stage in LatencyStage.allCases {
      #expect(latency[stage].count == (stage == .network ? 0 : frames), "\(stage)")
    }
    #expect(latency.endToEnd.median <= latency.endToEnd.percentile99)
    // What was looked at took its time; what was predicted did not.
    #expect(latency[.detect].maximum >= 0.12)
    #expect(latency.endToEnd.sumSeconds >= 0.12 * Double(detector.lookCount))
    let last = try #require(shown.last { $0.frames > 0 })
    #expect(last.latencySeconds != nil && last.searchedShare < 1)
  }

  @Test("a file has no latency, and all its frames are searched")
  func file() throws {
    let folder = try TemporaryFolder()
    let clip = folder.path("square.mkv")
    try Clips.make(clip, SquareDetector.clip(frames: 12) + ["-c:v", "ffv1"])
    var configuration = Configuration()
    configuration.input = clip
    configuration.tracks = [folder.path("out.jsonl")]
    let detector = SquareDetector()
    let summary = try PipelineRunner(configuration: configuration, detector: detector)
      .run(warn: { _ in }, progress: { _ in })
    #expect(summary.latency == nil && summary.progress.latencySeconds == nil)
    #expect(summary.predictedFrames == 0 && detector.lookCount == 12)
  }
}
