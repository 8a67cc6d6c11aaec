import Foundation
import TestSupport
import Testing

@Suite("Several outputs of a file")
struct SeveralOutputsTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.make(
      "in.mkv", "-i", Repository.path("samples/faces.mp4"), "-t", "2.8", "-c", "copy")
  }

  @Test("one encoding goes into every container, whole")
  func containers() throws {
    let names = ["a.mp4", "b.mkv", "c.ts", "d.flv", "e.m3u8"]
    let result = try facestream(
      ["annotate", "in.mkv", "--size", "64", "--quiet"] + names.flatMap { ["-o", $0] },
      in: place.folder.url)
    #expect(result.status == 0)
    let alone = try place.run("annotate", "in.mkv", "-o", "alone.mp4", "--size", "64", "--quiet")
    #expect(alone.status == 0)
    #expect(try place.bytes("a.mp4") == place.bytes("alone.mp4"))
    func pixels(_ name: String) throws -> String {
      try runProcess(
        "ffmpeg",
        ["-v", "error", "-i", place.folder.path(name), "-map", "0:v", "-f", "md5", "-"]
      ).text
    }
    let first = try pixels("a.mp4")
    for name in names {
      #expect(try pixels(name) == first)
      #expect(try place.frameCount(name) == place.frameCount("in.mkv"))
    }
    let playlist = String(decoding: try place.bytes("e.m3u8"), as: UTF8.self)
    #expect(playlist.contains("#EXT-X-PLAYLIST-TYPE:VOD\n"))
    #expect(playlist.hasSuffix("#EXT-X-ENDLIST\n"))
  }

  @Test(
    "a transport stream beside a file with a header plays from the middle on",
    arguments: ["libx264", "mpeg4", "mpeg2video", "libx265"])
  func fromTheMiddle(codec: String) throws {
    let result = try place.run(
      "annotate", "in.mkv", "-o", "a.mkv", "-o", "b.ts", "--codec", codec, "--segment", "1s",
      "--size", "64", "--quiet")
    #expect(result.status == 0)
    // Segments make key frames; a joined stream is cut in the middle.
    let names = try place.names(ending: ".ts")
    #expect(names.count == 3)
    var stream = Data()
    for name in names { stream += try place.bytes(name) }
    try place.write(stream.dropFirst(stream.count / 2 / 188 * 188), "half.ts")
    let (half, whole) = (try place.frameCount("half.ts"), try place.frameCount("in.mkv"))
    let (frames, all) = (try #require(half), try #require(whole))
    #expect(frames > 20 && frames < all)
  }

  @Test("segments of a file have every frame and packet of sound once, and names by its own time")
  func segments() throws {
    let result = try place.run(
      "annotate", "in.mkv", "-o", "out.mkv", "--segment", "1s", "--tracks", "t.jsonl", "--size",
      "64", "--quiet")
    #expect(result.status == 0)
    let names = ["out-000000.mkv", "out-000001.mkv", "out-000002.mkv"]
    #expect(try place.names(ending: ".mkv") == ["in.mkv"] + names)
    func packets(_ name: String, _ stream: String) throws -> [String] {
      try Clips.probe(
        place.folder.path(name), stream: stream, entries: "packet=data_hash",
        arguments: ["-show_data_hash", "md5"])
    }
    var sound: [String] = []
    var frames = 0
    for name in names {
      sound += try packets(name, "a:0")
      frames += try #require(try place.frameCount(name))
      let starts = try Clips.probe(
        place.folder.path(name), stream: "v:0", entries: "packet=pts_time,flags")
      #expect(starts.first?.hasPrefix("0.0") == true)
      #expect(starts.first?.contains(",K") == true)
    }
    #expect(try sound == packets("in.mkv", "a:0"))
    #expect(frames == place.rows())
  }

  @Test("no file of a recording is written over")
  func existingSegments() throws {
    try place.write("precious", "out-000000.mkv")
    let result = try place.run(
      "annotate", "in.mkv", "-o", "out.mkv", "--segment", "10s", "--overwrite", "--size", "64",
      "--quiet")
    #expect(result.status == 0)
    #expect(try place.bytes("out-000000.mkv") == Data("precious".utf8))
    #expect(try place.frameCount("out-000000-2.mkv") == place.frameCount("in.mkv"))
  }

  @Test("what the outputs cannot share is said before anything is written")
  func refused() throws {
    let codec = try place.run(
      "annotate", "in.mkv", "-o", "a.mp4", "-o", "b.webm", "--codec", "libx264", "--size", "64")
    #expect(codec.status == 1)
    #expect(
      codec.standardError.hasSuffix(
        errorLine(
          "cannot write 'b.webm': container 'webm' cannot hold what 'libx264' encodes, and all "
            + "outputs share one encoding (choose it with --codec)")))
    let picture = try place.run("annotate", "in.mkv", "-o", "a.mp4", "-o", "b.png", "--size", "64")
    #expect(picture.status == 1)
    #expect(
      picture.standardError.hasSuffix(
        errorLine("cannot write 'b.png': pictures cannot be written beside other outputs")))
    let twice = try place.run("annotate", "in.mkv", "-o", "a.mp4", "-o", "./a.mp4")
    #expect(twice.status == 2)
    #expect(
      twice.standardError
        == errorLine("the output 'a.mp4' and the output './a.mp4' are the same file"))
    let segment = try place.run(
      "annotate", "in.mkv", "-o", "-", "--format", "mp4", "--segment", "1m")
    #expect(segment.status == 2)
    #expect(
      segment.standardError
        == errorLine(
          "output: '-' is not accepted; give at least one video file, which segment can number by time, "
            + "or segment: off"))
    #expect(try place.names(ending: "") == ["in.mkv"])
  }

  @Test("without --codec, an encoder that all containers hold is chosen")
  func sharedEncoder() throws {
    let result = try place.run(
      "annotate", "in.mkv", "-o", "a.mp4", "-o", "b.webm", "--size", "64", "--crf", "40", "--quiet")
    #expect(result.status == 0)
    for name in ["a.mp4", "b.webm"] {
      let codec = try Clips.probe(
        place.folder.path(name), stream: "v:0", entries: "stream=codec_name")
      #expect(codec == ["vp9"])
    }
  }

  @Test("an output that fails ends the run; the others play")
  func failing() throws {
    let result = try place.run(
      "annotate", "in.mkv", "-o", "a.mkv", "-o", "/dev/full", "--format", "matroska", "--size",
      "64", "--quiet")
    #expect(result.status == 1)
    #expect(
      result.standardError == errorLine("cannot write '/dev/full': No space left on device"))
  }
}
