import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Round trips through the pipeline: containers and other streams")
struct RoundTripContainersTests {
  @Test(
    "every container and codec holds every frame",
    arguments: [
      ("mp4", nil), ("mkv", nil), ("mov", nil), ("ts", nil), ("webm", nil), ("m3u8", nil),
      ("avi", "mpeg4"), ("flv", nil), ("mp4", "mpeg4"), ("mp4", "libx265"), ("mkv", "libx265"),
      ("mkv", "ffv1"), ("mov", "mjpeg"), ("mkv", "libvpx-vp9"), ("ts", "mpeg2video"),
      ("mp4", "libsvtav1"),
    ] as [(String, String?)])
  func everyFrame(ending: String, codec: String?) throws {
    let folder = try TemporaryFolder()
    let clip = SourceClip(
      name: "short",
      arguments: SourceClip.pictures("96x64", rate: "30000/1001", seconds: 0.8)
        + ["-c:v", "libx264", "-bf", "2"])
    let path = try clip.make(in: folder)
    let output = folder.path("output.\(ending)")
    let run = try AnnotateRun(path, to: output) { $0.encode.codec = codec }
    #expect(run.summary.ending == .complete)
    #expect(run.warnings == [])
    let contents = try ClipContents(output)
    let (before, after) = (try ClipContents(path).frameTicks, try contents.frameTicks)
    #expect(before.count == 24)
    #expect(after.count == 24)
    // The steps between frames, in milliseconds, as far as the ticks tell them.
    let base = try contents.video.tick
    for (number, ticks) in after.enumerated() {
      let moment = Double((ticks - after[0]) * base.0) / Double(base.1)
      let expected = Double(number) * 1001 / 30000
      // AVI and its like know no moments, only frames of one rate.
      #expect(abs(moment - expected) < 0.002, "frame \(number)")
    }
  }

  private func subtitles(in folder: TemporaryFolder) throws -> String {
    let path = folder.path("words.srt")
    try Data(
      """
      1
      00:00:00,100 --> 00:00:00,400
      First words

      2
      00:00:00,500 --> 00:00:00,900
      Last words

      """.utf8
    ).write(to: URL(filePath: path))
    return path
  }

  /// Two chapters and a title, as FFmpeg's metadata file.
  private func metadata(in folder: TemporaryFolder) throws -> String {
    let path = folder.path("metadata.txt")
    try Data(
      """
      ;FFMETADATA1
      title=The title
      artist=Somebody
      [CHAPTER]
      TIMEBASE=1/1000
      START=0
      END=400
      title=Beginning
      [CHAPTER]
      TIMEBASE=1/1000
      START=400
      END=1000
      title=End

      """.utf8
    ).write(to: URL(filePath: path))
    return path
  }

  /// A clip with two sounds, subtitles, chapters and tags.
  private func fullClip(
    in folder: TemporaryFolder, ending: String, subtitleCodec: String, more: [String] = []
  ) throws -> String {
    let path = folder.path("source.\(ending)")
    try Clips.make(
      path,
      SourceClip.pictures() + SourceClip.tone() + SourceClip.tone(frequency: 880) + [
        "-i", try subtitles(in: folder), "-i", try metadata(in: folder),
        "-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map_metadata", "4",
        "-map_chapters", "4", "-c:v", "libx264", "-c:a", "aac", "-c:s", subtitleCodec,
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra",
        "-metadata:s:s:0", "language=deu",
      ] + more)
    return path
  }

  @Test(
    "other streams, chapters and tags survive",
    arguments: [("mkv", "srt"), ("mp4", "mov_text")])
  func otherStreams(ending: String, subtitleCodec: String) throws {
    let folder = try TemporaryFolder()
    let attachment = folder.path("note.txt")
    try Data("attached".utf8).write(to: URL(filePath: attachment))
    let path = try fullClip(
      in: folder, ending: ending, subtitleCodec: subtitleCodec,
      more: ending == "mkv" ? ["-attach", attachment, "-metadata:s:t", "mimetype=text/plain"] : [])
    let run = try AnnotateRun(path, to: folder.path("output.\(ending)"))
    #expect(run.summary.ending == .complete)
    let (source, output) = (
      try ClipContents(path), try ClipContents(folder.path("output.\(ending)"))
    )
    // An MP4's chapters are a data stream as well, which is written anew.
    func kept(_ contents: ClipContents) -> [ClipContents.Stream] {
      contents.streams.filter { $0.codecType != "data" }
    }
    #expect(kept(output).map(\.codecType) == kept(source).map(\.codecType))
    #expect(kept(output).map(\.codecName) == kept(source).map(\.codecName))
    #expect(
      kept(output).map { $0.tags?["language"] } == kept(source).map { $0.tags?["language"] })
    for (from, to) in zip(kept(source), kept(output))
    where ["audio", "subtitle"].contains(from.codecType) {
      let (before, after) = (try source.packets(of: from), try output.packets(of: to))
      // Fragmented MP4 ends its last subtitle with one more packet, which is empty.
      let more = ending == "mp4" && from.codecType == "subtitle" ? 1 : 0
      #expect(after.count == before.count + more, "\(from.codecType)")
      #expect(after.prefix(before.count).map(\.hash) == before.map(\.hash), "\(from.codecType)")
    }
    #expect(output.tags["title"] == "The title")
    #expect(output.tags["artist"] == source.tags["artist"])
    #expect(output.chapters.map(\.startTime) == source.chapters.map(\.startTime))
    #expect(output.chapters.map(\.endTime) == source.chapters.map(\.endTime))
    #expect(output.chapters.map { $0.tags?["title"] } == ["Beginning", "End"])
    if ending == "mkv" {
      let attached = try #require(output.streams("attachment").first)
      #expect(attached.tags?["filename"] == "note.txt")
    }
    #expect(run.warnings == [])
  }

  @Test("what the container cannot hold is said in a line each, and the rest is kept")
  func refusedStreams() throws {
    let folder = try TemporaryFolder()
    let path = try fullClip(in: folder, ending: "mkv", subtitleCodec: "srt")
    let run = try AnnotateRun(path, to: folder.path("output.webm"))
    #expect(run.summary.ending == .complete)
    #expect(
      run.warnings == [
        "audio stream 1 (aac) is left out: container 'webm' cannot hold it (.mkv holds most)",
        "audio stream 2 (aac) is left out: container 'webm' cannot hold it (.mkv holds most)",
        "subtitle stream 3 (subrip) is left out: container 'webm' cannot hold it (.mkv holds most)",
      ])
    let output = try ClipContents(folder.path("output.webm"))
    #expect(output.streams.map(\.codecName) == ["vp9"])
    #expect(try output.frameTicks.count == 25)
    #expect(output.chapters.count == 2)
  }
}
