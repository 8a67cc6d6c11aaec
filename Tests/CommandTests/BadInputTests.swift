import Foundation
import TestSupport
import Testing

@Suite("Inputs that cannot be used")
struct UnusableInputTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Runs on a bad input with outputs that exist and may be replaced, and insists that nothing was.
  private func refusal(of input: String, _ arguments: String...) throws -> ProcessResult {
    try place.write("precious", "out.mp4")
    try place.write("precious too", "out.jsonl")
    let before = try place.snapshot()
    let result = try facestream(
      [
        "annotate", input, "-o", "out.mp4", "--tracks", "out.jsonl", "--overwrite", "--quiet",
        "--size", "64",
      ] + arguments, in: place.folder.url)
    #expect(try place.snapshot() == before, "nothing may be touched")
    #expect(result.status == 3)
    #expect(result.standardOutput.isEmpty)
    return result
  }

  @Test("no such file")
  func missing() throws {
    #expect(
      try refusal(of: "missing.mp4").standardError
        == errorLine("cannot open 'missing.mp4': No such file or directory"))
  }

  @Test("an empty file")
  func empty() throws {
    try place.write("", "empty.mp4")
    #expect(
      try refusal(of: "empty.mp4").standardError
        == errorLine("cannot open 'empty.mp4': the file is empty"))
  }

  private static let text = String(repeating: "These are no pictures.\n", count: 500)

  @Test("a text file")
  func textFile() throws {
    try place.write(Self.text, "notes.txt")
    #expect(
      try refusal(of: "notes.txt").standardError
        == errorLine("'notes.txt' is a text file, not a video"))
  }

  @Test("a text file that is called a video", arguments: ["notes.mp4", "notes.mkv"])
  func textNamedVideo(name: String) throws {
    try place.write(Self.text, name)
    let error = try refusal(of: name).standardError
    // What follows is FFmpeg's own remark and differs between its versions.
    #expect(
      error.hasPrefix(
        "facestream: error: cannot open '\(name)': Invalid data found when processing input"))
    #expect(error.filter(\.isNewline).count == 1)
  }

  @Test("subtitles")
  func subtitles() throws {
    try place.write("1\n00:00:00,000 --> 00:00:01,000\nHello\n", "talk.srt")
    #expect(
      try refusal(of: "talk.srt").standardError == errorLine("'talk.srt' has no video stream"))
  }

  @Test("audio only")
  func audioOnly() throws {
    try place.make("song.m4a", "-f", "lavfi", "-i", "sine=d=0.5")
    #expect(
      try refusal(of: "song.m4a").standardError == errorLine("'song.m4a' has no video stream"))
  }

  @Test("audio with a cover picture")
  func coverPicture() throws {
    try place.make(
      "song.m4a", "-f", "lavfi", "-i", "sine=d=0.5", "-f", "lavfi", "-i",
      "color=s=64x64:d=0.04:r=25", "-map", "0", "-map", "1", "-c:v", "png", "-disposition:v",
      "attached_pic")
    #expect(
      try refusal(of: "song.m4a").standardError == errorLine("'song.m4a' has no video stream"))
  }

  @Test("an MP4 file cut off before its index")
  func cutBeforeIndex() throws {
    try place.make("clip.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x240:d=1", "-c:v", "libx264")
    let whole = try place.bytes("clip.mp4")
    try place.write(whole.prefix(whole.count / 2), "cut.mp4")
    let error = try refusal(of: "cut.mp4").standardError
    #expect(error.hasPrefix("facestream: error: cannot open 'cut.mp4': Invalid data found"))
    #expect(error.filter(\.isNewline).count == 1)
  }

  @Test("a clip without a single frame that can be decoded")
  func noFrame() throws {
    try place.copySample(as: "noise.mp4")
    var bytes = try place.bytes("noise.mp4")
    let start = try #require(bytes.range(of: Data("mdat".utf8))).upperBound
    var generator = SeededGenerator(seed: 1)
    for index in start..<bytes.count { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
    try place.write(bytes, "noise.mp4")
    let error = try refusal(of: "noise.mp4").standardError
    let lines = error.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("facestream: warning: damaged input: ") == true)
    #expect(
      lines.last == "facestream: error: 'noise.mp4' holds no frame that can be decoded")
  }

  /// A clip of 640×480 whose container claims another size.
  private func makeClip(_ name: String, width: UInt16, height: UInt16) throws {
    try place.make(
      "honest.mkv", "-f", "lavfi", "-i", "testsrc2=s=640x480:d=0.2", "-c:v", "ffv1")
    var bytes = try place.bytes("honest.mkv")
    // PixelWidth and PixelHeight (RFC 9559, section 5.1.4.1.28), each of two bytes.
    for (element, old, new) in [(0xB0, 640, width), (0xBA, 480, height)]
      as [(UInt8, UInt16, UInt16)]
    {
      let found = Data([element, 0x82, UInt8(old >> 8), UInt8(old & 255)])
      let range = try #require(bytes.range(of: found))
      bytes.replaceSubrange(range, with: [element, 0x82, UInt8(new >> 8), UInt8(new & 255)])
    }
    try FileManager.default.removeItem(atPath: place.folder.path("honest.mkv"))
    try place.write(bytes, name)
  }

  @Test("pictures of 16,000×16,000")
  func huge() throws {
    try makeClip("huge.mkv", width: 16_000, height: 16_000)
    #expect(
      try refusal(of: "huge.mkv").standardError
        == errorLine(
          "'huge.mkv' has pictures of 16000×16000, more than the limit of 67108864 pixels "
            + "(raise it with --max-pixels)"))
  }

  @Test("pictures above a limit of one's own")
  func ownLimit() throws {
    try place.make("clip.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.2")
    #expect(
      try refusal(of: "clip.mp4", "--max-pixels", "3071").standardError
        == errorLine(
          "'clip.mp4' has pictures of 64×48, more than the limit of 3071 pixels "
            + "(raise it with --max-pixels)"))
    let allowed = try place.run(
      "tracks", "clip.mp4", "-o", "new.jsonl", "--max-pixels", "3072", "--size", "64")
    #expect(allowed.status == 0)
  }

  @Test("pictures of 0×0")
  func zero() throws {
    try makeClip("zero.mkv", width: 0, height: 0)
    #expect(
      try refusal(of: "zero.mkv").standardError
        == errorLine(
          "'zero.mkv' has a video stream without a picture size (ffv1, damaged or cut off)"))
  }

  @Test("an input format FFmpeg does not know")
  func unknownInputFormat() throws {
    try place.write("anything", "clip.bin")
    #expect(
      try refusal(of: "clip.bin", "--input-format", "nonsense").standardError
        == errorLine(
          "cannot open 'clip.bin': the installed FFmpeg has no input format 'nonsense'"))
  }

  @Test("a stream that cannot be reached; its password is not shown")
  func unreachable() throws {
    // Nothing listens on port 1 of a usual machine.
    let error = try refusal(of: "rtsp://me:secret@127.0.0.1:1/stream").standardError
    #expect(error.hasPrefix("facestream: error: cannot open 'rtsp://me:***@127.0.0.1:1/stream': "))
    #expect(!error.contains("secret"))
    let probed = try place.run("probe", "http://me:secret@127.0.0.1:1/a.mp4")
    #expect(probed.status == 3)
    #expect(!probed.standardError.contains("secret"))
  }
}

@Suite("Inputs with broken parts")
struct DamagedInputTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Annotates an input with broken parts and returns what standard error says; rows and frames
  /// agree.
  private func annotate(
    _ input: String, to output: String, status: Int32, frames: ClosedRange<Int>
  ) throws -> (message: String, rows: [[String: Any]]) {
    let result = try place.run(
      "annotate", input, "-o", output, "--tracks", "out.jsonl", "--quiet", "--size", "64")
    #expect(result.status == status)
    let rows = Array(try place.lines("out.jsonl").dropFirst())
    #expect(frames.contains(rows.count))
    #expect(try place.frameCount(output) == rows.count)
    #expect(rows.indices.allSatisfy { rows[$0]["frame"] as? Int == $0 })
    return (result.standardError, rows)
  }

  @Test("an MP4 file cut off in the middle keeps what is there")
  func cutMP4() throws {
    try place.copySample()
    // Index first: the first 250 of 427 kB hold some 146 frames.
    try place.write(place.bytes("faces.mp4").prefix(250_000), "cut.mp4")
    let (message, _) = try annotate("cut.mp4", to: "out.mp4", status: 4, frames: 140...150)
    #expect(message.hasPrefix("facestream: warning: damaged input: "))
    #expect(
      message.hasSuffix("the input ends at 5.9 s, but its header says 10.0 s: it was cut off\n"))
    #expect(message.filter(\.isNewline).count == 1)
  }

  @Test("an MKV file cut off in the middle keeps what is there")
  func cutMKV() throws {
    try place.make("whole.mkv", "-i", Repository.path("samples/faces.mp4"), "-c", "copy")
    try place.write(place.bytes("whole.mkv").prefix(250_000), "cut.mkv")
    let (message, _) = try annotate("cut.mkv", to: "out.mkv", status: 4, frames: 140...155)
    #expect(
      message
        == "facestream: warning: damaged input: the input ends at 6.0 s, but its header says "
        + "10.0 s: it was cut off\n")
  }

  @Test("damaged packets cost frames their looks, never their rows")
  func damagedPackets() throws {
    try place.copySample()
    var bytes = try place.bytes("faces.mp4")
    let start = try #require(bytes.range(of: Data("mdat".utf8))).upperBound + 60_000
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<60 {
      bytes[Int.random(in: start..<bytes.count, using: &generator)] ^=
        UInt8.random(in: 1...255, using: &generator)
    }
    try place.write(bytes, "damaged.mp4")
    let (message, rows) = try annotate(
      "damaged.mp4", to: "out.mp4", status: 4, frames: 240...250)
    #expect(message.hasPrefix("facestream: warning: damaged input: "))
    #expect(message.contains("the decoder had to conceal errors in a frame"))
    #expect(message.filter(\.isNewline).count == 1)
    let damaged = rows.filter { $0["damaged"] as? Bool == true }.count
    #expect((1...200).contains(damaged))
    #expect(rows.allSatisfy { $0["damaged"] == nil || $0["damaged"] as? Bool == true })
  }

  @Test("a picture that changes its size is scaled to the first, with one warning")
  func resolutionChange() throws {
    for (name, size) in [("a.h264", "320x240"), ("b.h264", "160x120"), ("c.h264", "400x300")] {
      try place.make(
        name, "-f", "lavfi", "-i", "testsrc2=s=\(size):d=1", "-c:v", "libx264", "-preset",
        "ultrafast")
    }
    try place.write(
      place.bytes("a.h264") + place.bytes("b.h264") + place.bytes("c.h264"), "mixed.h264")
    let (message, _) = try annotate("mixed.h264", to: "out.mkv", status: 0, frames: 75...75)
    #expect(
      message
        == "facestream: warning: the picture changes to 160×120 at frame 25; it is scaled to the "
        + "first frame's size\n")
    #expect(
      try Clips.probe(place.folder.path("out.mkv"), stream: "v:0", entries: "stream=width,height")
        == ["320,240"])
  }

  @Test("broadcasts put one after the other keep every frame")
  func concatenatedTransportStreams() throws {
    for (name, size, offset) in [("a.ts", "320x240", "0"), ("b.ts", "160x120", "1")] {
      try place.make(
        name, "-f", "lavfi", "-i", "testsrc2=s=\(size):d=1", "-c:v", "libx264", "-preset",
        "ultrafast", "-output_ts_offset", offset)
    }
    try place.write(place.bytes("a.ts") + place.bytes("b.ts"), "both.ts")
    // The packet counters of the two files do not match, which the container calls damage.
    let (message, _) = try annotate("both.ts", to: "out.mp4", status: 4, frames: 50...50)
    #expect(
      message
        == "facestream: warning: the picture changes to 160×120 at frame 25; it is scaled to the "
        + "first frame's size\n"
        + "facestream: warning: damaged input: the container marks a packet as damaged\n")
  }
}
