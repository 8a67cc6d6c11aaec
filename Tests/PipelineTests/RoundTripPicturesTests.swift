import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Round trips through the pipeline: pictures")
struct RoundTripPicturesTests {
  @Test(
    "pictures keep their format, colours and shape, and are the same bit by bit",
    arguments: SourceClip.pictureKinds)
  func pictures(clip: SourceClip) throws {
    let folder = try TemporaryFolder()
    let source = try ClipContents(clip.make(in: folder))
    let expected = try source.pictureHashes()
    #expect(expected.count == 10)
    // FFV1 loses nothing of any format; x264's constant rate factor 0 nothing of 8 bits.
    for (ending, codec) in [("mkv", "ffv1"), ("mp4", "libx264")] {
      let path = folder.path("output.\(ending)")
      let run = try AnnotateRun(source.path, to: path) {
        $0.encode.codec = codec
        $0.encode.crf = codec == "libx264" ? 0 : nil
      }
      #expect(run.summary.ending == .complete)
      #expect(run.warnings == [])
      let output = try ClipContents(path)
      if codec == "libx264" {
        #expect(try output.video.pictureProperties == source.video.pictureProperties)
      }
      if codec == "ffv1" || !clip.name.contains("10 bits") {
        #expect(try output.pictureHashes() == expected, "\(codec)")
      }
    }
  }

  @Test("odd sizes keep their size, and 4:2:0 becomes 4:4:4 only for H.264")
  func oddSize() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("source.mkv")
    try Clips.make(
      path,
      SourceClip.pictures("324x244", seconds: 0.4)
        + ["-vf", "crop=321:241:exact=1", "-pix_fmt", "yuv420p", "-c:v", "ffv1"])
    let run = try AnnotateRun(path, to: folder.path("output.mp4"))
    #expect(run.warnings.count == 1)
    #expect(run.warnings.first?.hasPrefix("pictures of 321×241 are encoded as 4:4:4") == true)
    let output = try ClipContents(folder.path("output.mp4"))
    #expect(try output.video.pictureProperties.hasPrefix("321×241 yuv444p"))
    #expect(try output.frameTicks.count == 10)

    let secondRun = try AnnotateRun(path, to: folder.path("second.mkv")) {
      $0.encode.codec = "ffv1"
    }
    #expect(secondRun.warnings == [])
    let second = try ClipContents(folder.path("second.mkv"))
    #expect(try second.video.pictureProperties.hasPrefix("321×241 yuv420p"))
    #expect(try second.pictureHashes() == ClipContents(path).pictureHashes())
  }

  /// A display matrix and FFmpeg's filter that does the same.
  struct Turn: Sendable, CustomTestStringConvertible {
    var a, b, c, d: Int32
    var filter: String

    var testDescription: String { filter }

    static let all = [
      Turn(a: 0, b: 1, c: -1, d: 0, filter: "transpose=clock"),
      Turn(a: -1, b: 0, c: 0, d: -1, filter: "hflip,vflip"),
      Turn(a: 0, b: -1, c: 1, d: 0, filter: "transpose=cclock"),
      Turn(a: -1, b: 0, c: 0, d: 1, filter: "hflip"),
      Turn(a: 0, b: 1, c: 1, d: 0, filter: "transpose=cclock_flip"),
      Turn(a: 1, b: 0, c: 0, d: -1, filter: "vflip"),
      Turn(a: 0, b: -1, c: -1, d: 0, filter: "transpose=clock_flip"),
    ]

    /// Writes the matrix into the only track header of an MP4 file (ISO/IEC 14496-12, section
    /// 8.3.2): 40 bytes after the box's name, nine numbers of 32 bits.
    func apply(to path: String) throws {
      var bytes = try Data(contentsOf: URL(filePath: path))
      let name = try #require(bytes.range(of: Data("tkhd".utf8)))
      let one: Int32 = 1 << 16
      let matrix = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30]
      var position = name.upperBound + 40
      for value in matrix {
        for shift in [24, 16, 8, 0] {
          bytes[position] = UInt8(truncatingIfNeeded: value >> Int32(shift))
          position += 1
        }
      }
      try bytes.write(to: URL(filePath: path))
    }
  }

  @Test("a rotated clip comes out upright, pixel by pixel", arguments: Turn.all)
  func turned(turn: Turn) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("source.mp4")
    try Clips.make(
      path,
      SourceClip.pictures("96x64", seconds: 0.4)
        + ["-vf", "setsar=4/3", "-pix_fmt", "yuv420p", "-c:v", "libx264"])
    try turn.apply(to: path)
    let source = try ClipContents(path)
    let run = try AnnotateRun(path, to: folder.path("output.mp4")) { $0.encode.crf = 0 }
    #expect(run.warnings == [])
    let output = try ClipContents(folder.path("output.mp4"))
    #expect(try output.pictureHashes() == source.pictureHashes(filter: turn.filter))
    #expect(try output.frameTicks == source.frameTicks)
    let video = try output.video
    #expect((video.width, video.height) == (turn.a == 0 ? (64, 96) : (96, 64)))
    #expect(video.sampleAspectRatio == (turn.a == 0 ? "3:4" : "4:3"))
    // Nothing is left that would turn it again.
    let sideData = try Clips.probe(output.path, stream: "v", entries: "stream_side_data=rotation")
    #expect(sideData.filter { !$0.isEmpty && $0 != "0" } == [])
  }

  @Test("a marker lands in its corner, also where chroma cannot be turned as it is")
  func marker() throws {
    let folder = try TemporaryFolder()
    for format in ["yuv420p", "yuv422p", "yuvj422p", "yuv422p10le"] {
      let path = folder.path("\(format).mp4")
      // Red at the stored top left, which a clockwise turn brings to the top right.
      try Clips.make(
        path,
        [
          "-f", "lavfi", "-i", "color=gray:size=96x64:rate=25:duration=0.2", "-vf",
          "drawbox=0:0:24:24:red:fill,format=\(format)", "-c:v", "libx264", "-qp", "1",
        ])
      try Turn.all[0].apply(to: path)
      let output = folder.path("\(format)-upright.mp4")
      _ = try AnnotateRun(path, to: output) { $0.encode.crf = 1 }
      let pixels = try ClipContents(output).firstPicture()
      #expect(pixels.count == 64 * 96 * 3)
      func pixel(_ x: Int, _ y: Int) -> [Int] {
        pixels[(y * 64 + x) * 3..<(y * 64 + x) * 3 + 3].map(Int.init)
      }
      func isNear(_ pixel: [Int], _ expected: [Int]) -> Bool {
        zip(pixel, expected).allSatisfy { abs($0 - $1) <= 6 }
      }
      #expect(isNear(pixel(58, 5), [254, 0, 0]), "\(format): \(pixel(58, 5))")
      for (x, y) in [(5, 5), (5, 90), (58, 90)] {
        #expect(isNear(pixel(x, y), [128, 128, 128]), "\(format): \(pixel(x, y))")
      }
    }
  }

  @Test("boxes are drawn where faces are, and no time changes")
  func boxes() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("source.mp4")
    try Clips.make(
      path, ["-i", Repository.path("samples/faces.mp4"), "-t", "0.5", "-an", "-c", "copy"])
    let plain = folder.path("plain.mkv")
    _ = try AnnotateRun(path, to: plain) { $0.encode.codec = "ffv1" }
    let drawn = folder.path("drawn.mkv")
    let run = try AnnotateRun(path, to: drawn) {
      $0.encode.codec = "ffv1"
      $0.draw = [.boxes, .ids, .landmarks, .axes]
      $0.detect.size = .longSide(320)
    }
    #expect(run.summary.ending == .complete)
    #expect(run.summary.progress.faces > 0)
    let (before, after) = (try ClipContents(plain), try ClipContents(drawn))
    #expect(try before.pictureHashes() == ClipContents(path).pictureHashes())
    #expect(try after.frameTicks == before.frameTicks)
    let (same, changed) = (try before.pictureHashes(), try after.pictureHashes())
    #expect(same.count == changed.count)
    #expect(zip(same, changed).contains { $0 != $1 })
  }
}
