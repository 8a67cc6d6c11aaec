import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Decoder")
struct DecoderTests {
  /// A clip of which every codec here makes frames that depend on others.
  private static let moving = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=30:duration=1.5"]

  private func countedFrames(_ path: String) throws -> Int {
    let rows = try Clips.probe(
      path, stream: "v:0", entries: "stream=nb_read_frames", arguments: ["-count_frames"])
    return try #require(rows.first.flatMap { Int($0.filter(\.isNumber)) })
  }

  @Test(
    "every frame is drained, in order, with any number of threads",
    arguments: [
      ["-c:v", "libx264", "-bf", "3", "-b_strategy", "0"],
      ["-c:v", "libx265", "-x265-params", "bframes=4:b-adapt=0:log-level=error"],
      ["-c:v", "mpeg4", "-bf", "2"],
      ["-c:v", "mpeg2video", "-bf", "2"],
      ["-c:v", "ffv1"],
      ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    ], [1, 4])
  func drained(encoding: [String], threads: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mkv")
    try Clips.make(path, Self.moving + encoding)
    let video = try decodeVideo(path, threads: threads)
    #expect(video.frames.count == 45)
    #expect(try video.frames.count == countedFrames(path))
    #expect(video.frames.map(\.index) == Array(0..<video.frames.count))
    #expect(video.damage == [])
    let probed = try Clips.probe(path, stream: "v:0", entries: "frame=best_effort_timestamp")
    #expect(video.frames.map { "\($0.timestamp.ticks)" } == probed.map { $0.filter { $0 != "," } })
    #expect(video.frames.allSatisfy { $0.timestamp.timeBase == Rational(1, 1000) })
  }

  @Test(
    "a shape of pixels that no format has counts as square",
    arguments: [("1900/1", 1, 1), ("1/1900", 1, 1), ("17/1", 1, 1), ("16/1", 16, 1), ("8/9", 8, 9)])
  func pixelShape(ratio: String, numerator: Int, denominator: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mkv")
    // FFmpeg itself leaves out a shape that would make nothing of a picture's width or height.
    try Clips.make(
      path,
      ["-f", "lavfi", "-i", "color=size=1920x1920:rate=1:duration=1", "-c:v", "libx264"]
        + ["-preset", "ultrafast", "-vf", "setsar=\(ratio):max=65535"])
    let told = try Clips.probe(path, stream: "v:0", entries: "stream=sample_aspect_ratio")
    #expect(told.first == ratio.replacing("/", with: ":"))
    let frame = try #require(try decodeVideo(path).frames.first)
    #expect(frame.hasSampleAspectRatio)
    #expect(frame.sampleAspectRatio == Rational(numerator, denominator))
  }

  @Test("damaged packets are counted, and decoding goes on")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let (whole, path) = (folder.path("whole.mkv"), folder.path("damaged.mkv"))
    try Clips.make(whole, Self.moving + ["-c:v", "libx264", "-g", "10", "-bf", "2"])
    var bytes = try Data(contentsOf: URL(filePath: whole))
    // Noise over a tenth of the pictures' bytes, in the middle.
    var generator = SeededGenerator(seed: 3)
    for index in bytes.count / 2..<bytes.count * 6 / 10 {
      bytes[index] = UInt8.random(in: 0...255, using: &generator)
    }
    try bytes.write(to: URL(filePath: path))
    let video = try decodeVideo(path)
    #expect(!video.damage.isEmpty || video.frames.contains(where: \.isDamaged))
    #expect(video.frames.count > 25)
    let ticks = video.frames.map(\.timestamp.ticks)
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy(<))
    #expect(ticks.last == 1467)
  }

  @Test("a clip that is cut off yields what is there")
  func cutOff() throws {
    let folder = try TemporaryFolder()
    let (whole, path) = (folder.path("whole.mkv"), folder.path("cut.mkv"))
    try Clips.make(whole, Self.moving + ["-c:v", "libx264", "-g", "10"])
    let bytes = try Data(contentsOf: URL(filePath: whole))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
    let frames = try decodeVideo(path).frames
    #expect((10...35).contains(frames.count), "\(frames.count)")
  }

  @Test("frames carry their own aspect, range and duration")
  func properties() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mp4")
    try Clips.make(
      path,
      Self.moving + [
        "-vf", "setsar=16/11,format=yuvj420p", "-c:v", "libx264", "-colorspace", "bt2020nc",
      ])
    let frame = try #require(try decodeVideo(path).frames.first)
    #expect(frame.sampleAspectRatio == Rational(16, 11))
    #expect(frame.color == ColorDescription(matrix: .bt2020, range: .full))
    #expect(
      Rational(Int(frame.durationTicks), frame.timestamp.timeBase.denominator).doubleValue == 1.0
        / 30)
  }

  @Test("frames larger than the limit are refused while decoding, too")
  func growingPictures() throws {
    let folder = try TemporaryFolder()
    let (small, large) = (folder.path("a.ts"), folder.path("b.ts"))
    for (path, size) in [(small, "64x48"), (large, "128x96")] {
      try Clips.make(
        path, ["-f", "lavfi", "-i", "testsrc2=size=\(size):duration=0.4", "-c:v", "mpeg2video"])
    }
    let path = folder.path("grows.ts")
    var bytes = try Data(contentsOf: URL(filePath: small))
    bytes += try Data(contentsOf: URL(filePath: large))
    try bytes.write(to: URL(filePath: path))
    let options = InputOptions(maximumPixels: 64 * 48)
    let demuxer = try Demuxer(path: path, options: options, interruption: Interruption())
    let decoder = try Decoder(for: demuxer, options: options)
    var count = 0
    var failures: [MediaError] = []
    while let packet = try demuxer.nextPacket() {
      do throws(MediaError) {
        try decoder.send(packet)
        while try decoder.nextFrame() != nil { count += 1 }
      } catch {
        failures.append(error)
      }
    }
    // The decoder drops the picture it still holds back when the size changes.
    #expect(count >= 9 && count <= 10)
    #expect(
      failures.first == .pictureTooLarge(path: path, width: 128, height: 96, limit: 64 * 48))
  }
}
