import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Pipeline files")
struct PipelineFileTests {
  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: Repository.path("pipelines")))?.sorted()
    ?? []

  private static func path(_ name: String) -> String { Repository.path("pipelines/\(name)") }

  /// The only input of a file.
  private static func camera(_ name: String) throws -> Configuration {
    let cameras = try PipelineFile(file: path(name)).cameras
    #expect(cameras.count == 1)
    return cameras[0]
  }

  @Test("the four that the documentation names are there")
  func arePresent() {
    let expected: Set = [
      "annotate-file.yaml", "cameras.yaml", "export-tracks.yaml", "rtsp-camera.yaml",
    ]
    #expect(expected.isSubset(of: Self.names))
  }

  @Test("every file loads and passes all checks that need no files", arguments: names)
  func loads(name: String) throws {
    for configuration in try PipelineFile(file: Self.path(name)).cameras {
      #expect(configuration.input != nil)
      #expect(configuration.output != nil || !configuration.tracks.isEmpty)
      for path in configuration.tracks { #expect(TrackFormat(path: path) != nil) }
    }
  }

  @Test("every key that stands there as a comment loads when it is uncommented", arguments: names)
  func commentedKeys(name: String) throws {
    let text = try String(contentsOfFile: Self.path(name), encoding: .utf8)
    let uncommented = text.replacing(#/(?m)^( *)# ([a-z-]+: )/#) { "\($0.1)\($0.2)" }
    #expect(throws: Never.self) { try PipelineFile(yaml: uncommented, file: name) }
  }

  @Test("annotate-file lists the defaults")
  func defaults() throws {
    var configuration = try Self.camera("annotate-file.yaml")
    // What has no default, or one that the file says differs.
    configuration.input = nil
    configuration.output = nil
    #expect(configuration.tracks == ["faces.jsonl"])
    configuration.tracks = []
    // The defaults of libx264, which apply when these are absent; CommandTests compare the results.
    #expect(configuration.encode.codec == "libx264")
    #expect(configuration.encode.crf == 20)
    #expect(configuration.encode.preset == "veryfast")
    configuration.encode.codec = nil
    configuration.encode.crf = nil
    configuration.encode.preset = nil
    #expect(configuration == Configuration())
  }

  @Test("the camera drops old frames and the export writes all formats")
  func purposes() throws {
    let camera = try Self.camera("rtsp-camera.yaml")
    #expect(camera.buffer.whenFull == .dropOldest)
    #expect(Demuxer.isAlwaysLive(try #require(camera.input)))
    let export = try Self.camera("export-tracks.yaml")
    #expect(export.tracks.map { TrackFormat(path: $0) } == [.jsonLines, .csv, .mot])
    #expect(export.outputs.isEmpty)
  }

  @Test("the cameras share what the file says and differ in their own keys")
  func cameras() throws {
    let cameras = try PipelineFile(file: Self.path("cameras.yaml")).cameras
    #expect(cameras.map(\.name) == ["door", "yard", "hall", "camera4"])
    #expect(
      cameras.allSatisfy { Demuxer.isAlwaysLive($0.input ?? "") && $0.encode.preset == "ultrafast" }
    )
    #expect(cameras.map(\.outputs) == [["door.mkv"], ["yard.mkv"], ["hall.mkv"], ["camera4.mkv"]])
    #expect(cameras.map(\.tracks) == [["door.jsonl"], ["yard.jsonl"], [], ["camera4.jsonl"]])
    #expect(cameras.map(\.detect.score) == [0.6, 0.7, 0.6, 0.6])
    #expect(cameras.map(\.detect.size) == [640, 640, 320, 640].map { .longSide($0) })
  }

  @Test(
    "cameras and streams are live by their names, files are not",
    arguments: [
      ("/dev/video0", true), ("rtsp://camera/stream", true), ("rtmp://host/app", true),
      ("udp://239.0.0.1:1234", true), ("srt://host:9000", true), ("talk.mp4", false),
      ("-", false), ("https://host/talk.mp4", false), ("lavfi:testsrc2", false),
    ])
  func liveInputs(path: String, isLive: Bool) {
    #expect(Demuxer.isAlwaysLive(path) == isLive)
  }
}
