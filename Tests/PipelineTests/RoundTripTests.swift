import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Round trips through the pipeline: times and sound")
struct RoundTripTests {
  /// By how many of the output's ticks its moments lie later than the input's, rounded.
  private func moved(
    _ input: [Int], _ source: ClipContents.Stream, _ output: [Int], _ target: ClipContents.Stream
  ) -> [Int] {
    let (from, to) = (source.tick, target.tick)
    return zip(input, output).map { input, output in
      let exact = Double(input * from.0 * to.1) / Double(from.1 * to.0)
      return output - Int(exact.rounded())
    }
  }

  /// Expects the first audio stream packet by packet.
  ///
  /// - Parameters:
  ///   - tolerance: In the output's ticks.
  ///   - shiftSeconds: How much later the whole output lies.
  ///   - dropping: Packets at the beginning that are not to be there.
  private func expectSameSound(
    _ source: ClipContents, _ output: ClipContents, tolerance: Int, shiftSeconds: Double = 0,
    dropping: Int = 0
  ) throws {
    guard !source.streams("audio").isEmpty else { return }
    let (from, to) = (try source.audio, try output.audio)
    let before = try Array(source.packets(of: from).dropFirst(dropping))
    let after = try output.packets(of: to)
    #expect(after.map(\.size) == before.map(\.size))
    #expect(after.map(\.hash) == before.map(\.hash))
    let shift = Int((shiftSeconds * Double(to.tick.1) / Double(to.tick.0)).rounded())
    let worst = moved(before.map(\.ticks), from, after.map(\.ticks), to)
      .map { abs($0 - shift) }.max()
    #expect((worst ?? 0) <= tolerance)
  }

  @Test(
    "every frame keeps its time and every packet its bytes in MP4", arguments: SourceClip.timing)
  func exactTimes(clip: SourceClip) throws {
    let folder = try TemporaryFolder()
    let source = try ClipContents(clip.make(in: folder))
    let run = try AnnotateRun(source.path, to: folder.path("output.mp4"))
    let output = try ClipContents(folder.path("output.mp4"))
    #expect(run.summary.ending == .complete)
    #expect(run.summary.repairedTimestamps == 0)
    #expect(run.warnings == [])

    let (before, after) = (try source.frameTicks, try output.frameTicks)
    #expect(run.summary.writtenFrames == before.count)
    #expect(after.count == before.count)
    #expect(try moved(before, source.video, after, output.video).allSatisfy { $0 == 0 })
    if clip.ending == "mp4" {
      #expect(try output.video.timeBase == source.video.timeBase)
      #expect(after == before)
    }
    if clip.hasConstantRate {
      let durations = try source.videoDurations
      #expect(try output.videoDurations == durations)
    }
    try expectSameSound(source, output, tolerance: clip.ending == "mp4" ? 0 : 1)
  }

  @Test(
    "where ticks are coarser and none lie below zero, all streams move together",
    arguments: SourceClip.timing)
  func roundedTimes(clip: SourceClip) throws {
    let folder = try TemporaryFolder()
    let source = try ClipContents(clip.make(in: folder))
    let run = try AnnotateRun(source.path, to: folder.path("output.mkv"))
    let output = try ClipContents(folder.path("output.mkv"))
    #expect(run.summary.ending == .complete)
    #expect(run.warnings == [])
    let (before, after) = (try source.frameTicks, try output.frameTicks)
    #expect(after.count == before.count)
    let moved = try moved(before, source.video, after, output.video)
    let shift = try #require(moved.first)
    #expect(shift >= 0)
    #expect(moved.allSatisfy { abs($0 - shift) <= 1 })
    let shiftSeconds = Double(shift) / 1000
    #expect(shiftSeconds < 0.1)
    // A tick of rounding on either side.
    try expectSameSound(
      source, output, tolerance: 2, shiftSeconds: shiftSeconds, dropping: clip.prerollPackets)
  }

  @Test("pictures before time zero are kept, and all streams move together")
  func negativeStart() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("source.mkv")
    try Clips.make(
      path,
      SourceClip.pictures() + SourceClip.tone() + [
        "-c:v", "mpeg4", "-c:a", "aac", "-avoid_negative_ts", "disabled", "-output_ts_offset",
        "-0.2",
      ])
    let source = try ClipContents(path)
    #expect(try source.frameTicks.first == -200)
    for ending in ["mp4", "mkv"] {
      let run = try AnnotateRun(path, to: folder.path("output.\(ending)"))
      #expect(run.summary.ending == .complete)
      let output = try ClipContents(folder.path("output.\(ending)"))
      let moved = try moved(
        source.frameTicks, source.video, output.frameTicks, output.video)
      #expect(moved.count == 25)
      let shift = try #require(moved.first)
      #expect(moved.allSatisfy { abs($0 - shift) <= 1 })
      let base = try output.video.tick
      try expectSameSound(
        source, output, tolerance: 2, shiftSeconds: Double(shift * base.0) / Double(base.1))
      #expect(
        run.warnings
          == (ending == "mkv"
            ? []
            : [
              "the input begins before time zero, which 'mp4' cannot show; the output begins at zero, "
                + "the tracks keep the input's timestamps"
            ]))
    }
  }

  @Test("sound stays in step with the pictures in a transport stream")
  func transportStream() throws {
    let folder = try TemporaryFolder()
    let source = try ClipContents(SourceClip.constantRate.make(in: folder))
    let run = try AnnotateRun(source.path, to: folder.path("output.ts"))
    let output = try ClipContents(folder.path("output.ts"))
    #expect(run.warnings == [])
    func soundAfterPictures(_ contents: ClipContents) throws -> Double {
      func seconds(_ ticks: Int?, _ stream: ClipContents.Stream) throws -> Double {
        Double(try #require(ticks) * stream.tick.0) / Double(stream.tick.1)
      }
      return try seconds(contents.packets(of: contents.audio).first?.ticks, contents.audio)
        - seconds(contents.frameTicks.first, contents.video)
    }
    // A tick of 90 kHz on either side.
    #expect(
      abs(try soundAfterPictures(source) - soundAfterPictures(output)) < 2.0 / 90000)
    #expect(try output.frameTicks.count == source.frameTicks.count)
    // The container splits AAC anew; of the first packet it needs the whole.
    let sizes = try source.packets(of: source.audio).count
    #expect(try abs(output.packets(of: output.audio).count - sizes) <= 1)
  }

  @Test("a clock that jumps back goes on where it was", arguments: ["mp4", "mkv", "ts"])
  func backwards(ending: String) throws {
    let folder = try TemporaryFolder()
    let part = folder.path("part.ts")
    try Clips.make(
      part, SourceClip.pictures() + SourceClip.tone() + ["-c:v", "mpeg2video", "-c:a", "mp2"])
    let bytes = try Data(contentsOf: URL(filePath: part))
    let path = folder.path("twice.ts")
    try (bytes + bytes).write(to: URL(filePath: path))
    let run = try AnnotateRun(path, to: folder.path("output.\(ending)"))
    if case .failed = run.summary.ending { Issue.record("\(run.summary.ending)") }
    #expect(run.summary.clockJumps == 1)
    let output = try ClipContents(folder.path("output.\(ending)"))
    let ticks = try output.frameTicks
    #expect(ticks.count == run.summary.writtenFrames)
    #expect(ticks.count >= 49)
    // Frames of 40 ms, at the seam too: 3600 ticks of MPEG-TS and MP4, 40 of Matroska.
    let frameTicks = ending == "mkv" ? 40 : 3600
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $1 - $0 == frameTicks })
  }

  @Test("frames of one timestamp all get a place of their own", arguments: ["mp4", "mkv"])
  func duplicates(ending: String) throws {
    let folder = try TemporaryFolder()
    let (plain, path) = (folder.path("plain.mkv"), folder.path("source.mkv"))
    try Clips.make(plain, SourceClip.pictures() + ["-c:v", "mpeg4"])
    try Clips.make(
      path, ["-i", plain, "-c", "copy", "-bsf:v", "setts=ts=floor(N/2)*80"])
    let run = try AnnotateRun(path, to: folder.path("output.\(ending)"))
    #expect(run.summary.ending == .complete)
    #expect(run.summary.repairedTimestamps == 12)
    let ticks = try ClipContents(folder.path("output.\(ending)")).frameTicks
    #expect(ticks.count == 25)
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy(<))
  }

  @Test(
    "an output cut off at any moment plays up to about its last second", arguments: ["mp4", "mkv"])
  func cutOff(ending: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("source.mp4")
    // Noise, so that bytes are spread over time as evenly as can be.
    try Clips.make(
      path,
      SourceClip.pictures(seconds: 6) + SourceClip.tone(6) + [
        "-vf", "noise=alls=40:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac",
      ])
    let output = folder.path("output.\(ending)")
    _ = try AnnotateRun(path, to: output)
    let bytes = try Data(contentsOf: URL(filePath: output))
    for share in [0.4, 0.6, 0.8] {
      let cut = folder.path("cut.\(ending)")
      try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(filePath: cut))
      let frames = try ClipContents(cut).frameTicks.count
      #expect(Double(frames) >= 150 * share - 40, "\(frames) frames of \(share) of the bytes")
    }
  }
}
