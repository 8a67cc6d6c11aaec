import Foundation
import TestSupport
import Testing

@Suite("Pictures")
struct PictureTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.makeFaces("faces.png")
  }

  private func annotate(
    _ input: String, to output: String, _ arguments: String...
  ) throws -> ProcessResult {
    try facestream(
      ["annotate", input, "-o", output, "--quiet", "--tracks", output + ".jsonl"] + arguments,
      in: place.folder.url)
  }

  @Test("a picture comes out annotated in any format", arguments: ["png", "jpg", "webp", "tif"])
  func formats(ending: String) throws {
    let result = try annotate("faces.png", to: "out.\(ending)")
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    let rows = try place.lines("out.\(ending).jsonl").dropFirst()
    #expect(rows.count == 1)
    let faces = try #require(rows.first?["faces"] as? [[String: Any]])
    #expect(faces.count >= 3)
    // The green box of the first face, whatever became of the colours.
    let box = try #require(faces.first?["box"] as? [Double])
    let pixels = try place.pixels("out.\(ending)")
    #expect(pixels.count == 640 * 360 * 3)
    let start = (Int(box[1] + box[3] / 2) * 640 + Int((box[0] + box[2]).rounded())) * 3
    let before = try place.pixels("faces.png")
    #expect((start - 6..<start + 6).contains { abs(Int(pixels[$0]) - Int(before[$0])) > 40 })
    #expect(!(try place.hasTemporaryFiles()))
  }

  @Test("formats without loss change only what is drawn", arguments: ["png", "tif", "bmp"])
  func lossless(ending: String) throws {
    let name = "out.\(ending)"
    #expect(try annotate("faces.png", to: name).status == 0)
    let (before, after) = (try place.pixels("faces.png"), try place.pixels(name))
    let changed = zip(before, after).count { $0 != $1 }
    #expect((500..<before.count / 10).contains(changed))
    #expect(try annotate("faces.png", to: "plain.\(ending)", "--draw", "none").status == 0)
    #expect(try place.pixels("plain.\(ending)") == before)
  }

  @Test("16 bits and grey stay so")
  func deepAndGrey() throws {
    for format in ["rgb48be", "gray16be", "gray"] {
      try place.make("\(format).png", "-i", place.folder.path("faces.png"), "-pix_fmt", format)
      #expect(try annotate("\(format).png", to: "out-\(format).png", "--draw", "none").status == 0)
      #expect(
        try Clips.probe(
          place.folder.path("out-\(format).png"), stream: "v", entries: "stream=pix_fmt")
          == [format])
      #expect(try place.pixels("out-\(format).png") == place.pixels("\(format).png"))
    }
  }

  @Test("colours stay the same from RGB to JPEG and WebP and back", arguments: ["jpg", "webp"])
  func colours(ending: String) throws {
    try place.make(
      "red.png", "-f", "lavfi", "-i", "color=0xC81E28:s=33x17,format=rgb24", "-frames:v", "1")
    #expect(try annotate("red.png", to: "red.\(ending)").status == 0)
    #expect(try annotate("red.\(ending)", to: "again.png").status == 0)
    for name in ["red.\(ending)", "again.png"] {
      let pixel = try place.pixels(name).prefix(3).map(Int.init)
      #expect(zip(pixel, [0xC8, 0x1E, 0x28]).allSatisfy { abs($0 - $1) <= 3 }, "\(name) \(pixel)")
    }
  }

  @Test("a JPEG picture keeps its chroma and its full range")
  func jpegLayout() throws {
    for format in ["yuvj420p", "yuvj422p", "yuvj444p"] {
      let source = place.folder.path("faces.png")
      try place.make("\(format).jpg", "-i", source, "-pix_fmt", format, "-q:v", "2")
      #expect(try annotate("\(format).jpg", to: "out-\(format).jpg").status == 0)
      #expect(
        try Clips.probe(
          place.folder.path("out-\(format).jpg"), stream: "v",
          entries: "stream=pix_fmt,color_range") == ["\(format),pc"])
    }
  }

  @Test("a photograph that was held sideways stands upright")
  func orientation() throws {
    try place.make(
      "stored.jpg", "-i", place.folder.path("faces.png"), "-vf", "transpose=cclock", "-q:v", "2")
    // An EXIF segment that says 6: the stored left column is the upright top row.
    let bytes = try place.bytes("stored.jpg")
    let exif: [UInt8] =
      [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM\0*\0\0\0\u{8}\0\u{1}".utf8)
      + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    try place.write(bytes.prefix(2) + exif + bytes.dropFirst(2), "held.jpg")
    #expect(try annotate("held.jpg", to: "out.png", "--draw", "none").status == 0)
    #expect(
      try Clips.probe(place.folder.path("out.png"), stream: "v", entries: "stream=width,height")
        == ["640,360"])
    let (before, after) = (try place.pixels("faces.png"), try place.pixels("out.png"))
    let squares = zip(before, after).reduce(0) { sum, pair in
      let difference = Int(pair.0) - Int(pair.1)
      return sum + difference * difference
    }
    // Better than 35 dB: JPEG's own loss.
    #expect(squares / before.count < 20)
    #expect(try place.lines("out.png.jsonl").first?["width"] as? Int == 640)
  }

  @Test("a picture of one pixel is a picture", arguments: ["png", "jpg", "webp", "bmp", "tif"])
  func onePixel(ending: String) throws {
    try place.make(
      "one.\(ending)", "-f", "lavfi", "-i", "color=red:s=1x1,format=rgb24", "-frames:v", "1")
    let result = try annotate("one.\(ending)", to: "out.\(ending)")
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    #expect(try place.pixels("out.\(ending)").count == 3)
  }

  @Test("transparency is left out, and that is said")
  func transparency() throws {
    try place.make(
      "glass.png", "-i", place.folder.path("faces.png"), "-vf",
      "format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a=X/3")
    let result = try annotate("glass.png", to: "out.png")
    #expect(result.status == 0)
    #expect(
      result.standardError == "facestream: warning: the picture's transparency is left out\n")
  }

  @Test("a JPEG picture that was cut off is annotated as far as it goes, with status 4")
  func cutOff() throws {
    try place.make("whole.jpg", "-i", place.folder.path("faces.png"), "-q:v", "2")
    try place.write(place.bytes("whole.jpg").prefix(place.size("whole.jpg") * 3 / 4), "cut.jpg")
    let result = try annotate("cut.jpg", to: "out.jpg")
    #expect(result.status == 4)
    #expect(
      result.standardError
        == "facestream: warning: damaged input: the decoder had to conceal errors in a frame\n")
    #expect(try place.lines("out.jpg.jsonl").last?["damaged"] as? Bool == true)
    #expect(try place.pixels("out.jpg").count == 640 * 360 * 3)
    #expect(try annotate("whole.jpg", to: "other.jpg").status == 0)
  }

  @Test("what follows a photograph in its file is no second picture")
  func appendedPicture() throws {
    try place.make("whole.jpg", "-i", place.folder.path("faces.png"), "-q:v", "2")
    try place.make(
      "map.jpg", "-f", "lavfi", "-i", "color=gray:s=64x48,format=yuvj420p", "-frames:v", "1")
    try place.write(place.bytes("whole.jpg") + place.bytes("map.jpg"), "both.jpg")
    let result = try annotate("both.jpg", to: "out.jpg")
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    #expect(try place.lines("out.jpg.jsonl").count == 2)
  }

  @Test("a name that looks like a pattern is the name of a picture")
  func patternInName() throws {
    try place.write(place.bytes("faces.png"), "my%20dog.png")
    #expect(try annotate("my%20dog.png", to: "your%20dog.png").status == 0)
    #expect(place.exists("your%20dog.png"))
  }

  @Test("a picture is replaced as a whole, a link stays a link")
  func replaced() throws {
    try place.write("old", "target.png")
    let link = try place.shell("ln -s target.png link.png")
    #expect(link.status == 0)
    #expect(try annotate("faces.png", to: "link.png").status == 2)
    #expect(try annotate("faces.png", to: "link.png", "--overwrite").status == 0)
    #expect(try place.pixels("target.png").count == 640 * 360 * 3)
    #expect(try place.shell("test -L link.png").status == 0)
    #expect(!(try place.hasTemporaryFiles()))
  }

  @Test("a video does not go into one picture, and an old picture stays")
  func videoToPicture() throws {
    try place.copySample()
    try place.write("precious", "out.jpg")
    let result = try annotate("faces.mp4", to: "out.jpg", "--overwrite", "--size", "64")
    #expect(result.status == 1)
    // Before that, one line says that the sound is left out.
    #expect(
      result.standardError.hasSuffix(
        errorLine(
          "cannot write 'out.jpg': it holds one picture and the input has more; for all of them "
            + "give a name such as picture_%04d.png")))
    #expect(try place.bytes("out.jpg") == Data("precious".utf8))
    #expect(!(try place.hasTemporaryFiles()))
  }

  @Test("a sequence of pictures keeps its number of pictures", arguments: ["png", "jpg"])
  func sequence(ending: String) throws {
    try place.copySample()
    try place.make("in_%03d.png", "-i", place.folder.path("faces.mp4"), "-frames:v", "3")
    #expect(
      try annotate("in_%03d.png", to: "out_%03d.\(ending)", "--tracks", "all.jsonl").status == 0)
    #expect((1...3).allSatisfy { place.exists("out_00\($0).\(ending)") })
    #expect(!place.exists("out_004.\(ending)"))
    #expect(try place.lines("all.jsonl").count == 4)
  }
}

extension Workplace {
  /// A frame of the sample with four faces.
  func makeFaces(_ name: String) throws {
    try make(name, "-ss", "4", "-i", Repository.path("samples/faces.mp4"), "-frames:v", "1")
  }

  /// A picture's samples as packed RGB.
  func pixels(_ name: String) throws -> [UInt8] {
    let result = try runProcess(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-i", folder.path(name), "-pix_fmt",
        "rgb24", "-sws_flags", "bilinear+accurate_rnd+full_chroma_int", "-f", "rawvideo", "-",
      ])
    guard result.status == 0 else { throw CocoaError(.fileReadCorruptFile) }
    return [UInt8](result.standardOutput)
  }

  /// Whether a run left a file that is not finished, in the folder or below.
  func hasTemporaryFiles() throws -> Bool {
    try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
      .contains { $0.hasSuffix(".part") }
  }
}
