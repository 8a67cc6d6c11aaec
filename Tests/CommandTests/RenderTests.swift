import Foundation
import TestSupport
import Testing

@Suite("Rendering exported tracks", .timeLimit(.minutes(10)))
struct RenderTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.make(
      "in.mp4", "-i", Repository.path("samples/faces.mp4"), "-t", "2.4", "-c", "copy")
  }

  /// Digests of the decoded pictures and of the copied sound.
  private func digests(_ name: String) throws -> Data {
    try place.make(
      "digests.txt", "-i", place.folder.path(name), "-map", "0", "-c:a", "copy", "-f", "framemd5")
    return try place.bytes("digests.txt")
  }

  @Test(
    "annotate and then render give the same overlay, frame for frame",
    arguments: [
      ["--lookahead", "10", "--draw", "boxes,ids,landmarks,axes,cuboid"],
      ["--smooth-pose", "off", "--smoothing", "off", "--focal", "900", "--ipd", "60"],
      ["--detect-every", "3"],
    ])
  func sameOverlay(options: [String]) throws {
    let draw = options.contains("--draw") ? ["--draw", "boxes,ids,landmarks,axes,cuboid"] : []
    let annotated = try facestream(
      ["annotate", "in.mp4", "-o", "annotated.mkv", "--tracks", "faces.jsonl", "--codec", "ffv1"]
        + options, in: place.folder.url)
    let rendered = try facestream(
      ["render", "in.mp4", "--tracks", "faces.jsonl", "-o", "rendered.mkv", "--codec", "ffv1"]
        + draw, in: place.folder.url)
    #expect([annotated.status, rendered.status] == [0, 0])
    #expect(try place.frameCount("rendered.mkv") == 62)
    #expect(try digests("rendered.mkv") == digests("annotated.mkv"))
    // The overlay is there, and it is the annotations' that is the same.
    try place.make("plain.mkv", "-i", place.folder.path("in.mp4"), "-c:v", "ffv1", "-c:a", "copy")
    #expect(try digests("plain.mkv") != digests("annotated.mkv"))
  }

  @Test("redact and then render --redact hide the same")
  func sameRedaction() throws {
    let redacted = try place.run(
      "redact", "in.mp4", "-o", "redacted.mkv", "--tracks", "faces.jsonl", "--codec", "ffv1",
      "--style", "pixelate")
    let rendered = try place.run(
      "render", "in.mp4", "--tracks", "faces.jsonl", "-o", "rendered.mkv", "--codec", "ffv1",
      "--redact", "pixelate")
    #expect([redacted.status, rendered.status] == [0, 0])
    #expect(try digests("rendered.mkv") == digests("redacted.mkv"))
  }

  @Test("tracks of another input are refused in one sentence, before anything is written")
  func otherInput() throws {
    #expect(
      try place.run("tracks", "in.mp4", "-o", "faces.jsonl", "--size", "64").status == 0)
    try place.make("small.mp4", "-i", place.folder.path("in.mp4"), "-vf", "scale=320:180")
    try place.make(
      "late.mp4", "-i", place.folder.path("in.mp4"), "-c", "copy", "-output_ts_offset", "1")
    let small = try place.run("render", "small.mp4", "--tracks", "faces.jsonl", "-o", "out.mp4")
    #expect(small.status == 2)
    #expect(
      small.standardError
        == errorLine(
          "'faces.jsonl' was not made from 'small.mp4': its frames are 640×360, the input's 320×180"
        ))
    let late = try place.run("render", "late.mp4", "--tracks", "faces.jsonl", "-o", "out.mp4")
    #expect(late.status == 2)
    #expect(late.standardError.contains("it has frame 0 at pts 0, the input frame 0 at 12800"))
    #expect(!place.exists("out.mp4"))
  }

  @Test("tracks of another segment of the same recording are refused, and a copy by any way is not")
  func otherSegment() throws {
    for (name, start) in [("a.mkv", "0"), ("b.mkv", "1")] {
      try place.make(
        name, "-ss", start, "-i", Repository.path("samples/faces.mp4"), "-t", "1", "-an", "-c:v",
        "libx264", "-bf", "2")
    }
    let tracks = try [1, 4].map { threads in
      let name = "a\(threads).jsonl"
      let run = try place.run(
        "tracks", "a.mkv", "-o", name, "--size", "64", "--threads", "\(threads)")
      #expect(run.status == 0)
      return try place.bytes(name)
    }
    #expect(tracks[0] == tracks[1])
    let other = try place.run(
      "render", "b.mkv", "--tracks", "a1.jsonl", "-o", "out.mp4", "--redact", "solid")
    #expect(other.status == 2)
    #expect(
      other.standardError
        == errorLine("'a1.jsonl' was not made from 'b.mkv': its frame 0 is another picture"))
    #expect(!place.exists("out.mp4"))
    let ways = [
      "$facestream render a.mkv --tracks a4.jsonl -o out1.mp4",
      "cp a.mkv c.mkv && $facestream render c.mkv --tracks a1.jsonl -o out2.mp4 --threads 3",
      "cat a.mkv | $facestream render - --tracks a1.jsonl -o out3.mp4",
    ]
    for way in ways {
      let run = try place.shell(way)
      #expect(run.status == 0, "\(run.standardError)")
      #expect(!run.standardError.contains("warning"))
    }
  }

  @Test("tracks with fewer or more frames than the input are refused")
  func otherLength() throws {
    #expect(
      try place.run("tracks", "in.mp4", "-o", "faces.jsonl", "--size", "64").status == 0)
    let lines = try String(decoding: place.bytes("faces.jsonl"), as: UTF8.self)
      .split(separator: "\n")
    try place.write(lines.dropLast(2).joined(separator: "\n") + "\n", "short.jsonl")
    let next = lines[62].replacing("\"frame\":61", with: "\"frame\":62")
    try place.write((lines + [next]).joined(separator: "\n") + "\n", "long.jsonl")
    let short = try place.run("render", "in.mp4", "--tracks", "short.jsonl", "-o", "a.mp4")
    #expect(short.status == 2)
    #expect(
      short.standardError.contains(
        errorLine("'short.jsonl' was not made from 'in.mp4': it has 60 frames, the input more")))
    try place.write("precious", "b.mp4")
    let long = try place.run(
      "render", "in.mp4", "--tracks", "long.jsonl", "-o", "b.mp4", "--overwrite")
    #expect(long.status == 2)
    #expect(
      long.standardError.contains(
        errorLine(
          "'long.jsonl' was not made from 'in.mp4': it has more frames than the input's 62")))
    // Found in mid-file: nothing half is left, and nothing whole is lost.
    #expect(!place.exists("a.mp4"))
    #expect(try place.bytes("b.mp4") == Data("precious".utf8))
    #expect(!(try place.hasTemporaryFiles()))
    #expect(!long.standardError.contains("b.mp4: "))
    let right = try place.run(
      "render", "in.mp4", "--tracks", "faces.jsonl", "-o", "b.mp4", "--overwrite")
    #expect(right.status == 0)
    #expect(try place.frameCount("b.mp4") == 62)
  }

  @Test(
    "a file that holds no tracks is refused with its first defect",
    arguments: [
      ("", "it is empty"),
      ("hello\n", "line 1 is no JSON object"),
      ("{\"facestream\":1}\n", "line 1: 'settings' is missing"),
      (
        #"{"facestream":1,"input":"photos","settings":{"pose.ipd":63,"pose.smooth":"off","focal":null}}"#
          + "\n", "line 1 tells no size and no time base: it is of a folder of pictures"
      ),
      (
        #"{"facestream":2,"width":640,"height":360,"time_base":[1,12800],"settings":"#
          + #"{"pose.ipd":63,"pose.smooth":"off","focal":null}}"# + "\n",
        "it is of version 2, and only 1 can be read"
      ),
      ("{\"facestream\":1", "line 1 is cut off"),
    ])
  func noTracks(text: String, reason: String) throws {
    try place.write(text, "faces.jsonl")
    let result = try place.run("render", "in.mp4", "--tracks", "faces.jsonl", "-o", "out.mp4")
    #expect(result.status == 2)
    #expect(
      result.standardError == errorLine("cannot read tracks from 'faces.jsonl': \(reason)"))
    #expect(!place.exists("out.mp4"))
  }
}
