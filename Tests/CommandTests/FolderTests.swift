import Foundation
import TestSupport
import Testing

@Suite("Folders of pictures", .timeLimit(.minutes(10)))
struct FolderTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    _ = try place.shell("mkdir -p photos/sub/.hidden")
    try place.makeFaces("photos/b.png")
    try place.make("photos/a.jpg", "-i", place.folder.path("photos/b.png"), "-q:v", "2")
    try place.make("photos/sub/c, d.WEBP", "-i", place.folder.path("photos/b.png"), "-f", "webp")
    try place.write(place.bytes("photos/b.png"), "photos/sub/.hidden/e.png")
    try place.write("no picture", "photos/notes.txt")
  }

  private func annotate(_ arguments: String...) throws -> ProcessResult {
    try facestream(["annotate", "photos", "-o", "out"] + arguments, in: place.folder.url)
  }

  /// The files below a folder.
  private func files(_ name: String) throws -> Set<String> {
    let manager = FileManager.default
    let folder = place.folder.path(name)
    return Set(
      try manager.subpathsOfDirectory(atPath: folder).filter {
        try manager.attributesOfItem(atPath: folder + "/" + $0)[.type] as? FileAttributeType
          != .typeDirectory
      })
  }

  @Test("every picture is annotated under its name, and the records say which it is")
  func pictures() throws {
    let result = try annotate("--tracks", "faces.jsonl", "--tracks", "faces.csv")
    #expect(result.status == 0)
    #expect(result.standardError.hasPrefix("out, faces.jsonl, faces.csv: 3 pictures, 12 faces in "))
    #expect(result.standardError.hasSuffix("note: 1 other file skipped\n"))
    #expect(try files("out") == ["a.jpg", "b.png", "sub/c, d.WEBP"])
    let lines = try place.lines("faces.jsonl")
    #expect(lines.first?["input"] as? String == "photos")
    #expect(lines.first?["width"] == nil)
    let rows = lines.dropFirst()
    #expect(rows.map { $0["input"] as? String } == ["a.jpg", "b.png", "sub/c, d.WEBP"])
    #expect(rows.map { $0["frame"] as? Int } == [0, 1, 2])
    #expect(rows.allSatisfy { $0["width"] as? Int == 640 && $0["height"] as? Int == 360 })
    for row in rows {
      let faces = try #require(row["faces"] as? [[String: Any]])
      #expect(Set(faces.map { $0["id"] as? Int }) == [1, 2, 3, 4], "identities are per picture")
    }
    let table = try #require(String(bytes: place.bytes("faces.csv"), encoding: .utf8))
      .split(separator: "\n")
    #expect(table.count == 13)
    #expect(table[0].hasSuffix(",landmark_smoothed_4_y,input"))
    #expect(table[1].hasSuffix(",a.jpg"))
    #expect(table[12].hasSuffix(",\"sub/c, d.WEBP\""))
  }

  @Test("a picture of a folder is the one annotated alone, for any number of threads")
  func same() throws {
    #expect(try place.run("annotate", "photos/a.jpg", "-o", "alone.jpg").status == 0)
    #expect(try annotate("--tracks", "faces.jsonl", "--threads", "1").status == 0)
    let (picture, rows) = (try place.bytes("out/a.jpg"), try place.bytes("faces.jsonl"))
    #expect(try place.bytes("alone.jpg") == picture)
    #expect(
      try annotate("--tracks", "faces.jsonl", "--threads", "3", "--overwrite").status == 0)
    #expect(try place.bytes("out/a.jpg") == picture)
    #expect(try place.bytes("faces.jsonl") == rows)
  }

  @Test("pictures that cannot be read are listed, all others are annotated, status 4")
  func damaged() throws {
    try place.write("no picture", "photos/text.jpg")
    try place.write(place.bytes("photos/a.jpg").prefix(20_000), "photos/cut.jpg")
    let result = try annotate("--quiet", "--tracks", "faces.jsonl")
    #expect(result.status == 4)
    #expect(
      result.standardError.split(separator: "\n").sorted() == [
        "facestream: warning: 'photos/cut.jpg' is damaged: the decoder had to conceal errors in a "
          + "frame",
        "facestream: warning: 'photos/text.jpg' has a video stream without a picture size (mjpeg, "
          + "damaged or cut off)",
      ])
    #expect(try files("out") == ["a.jpg", "b.png", "cut.jpg", "sub/c, d.WEBP"])
    #expect(
      try place.lines("faces.jsonl").dropFirst().map { $0["input"] as? String }
        == ["a.jpg", "b.png", "cut.jpg", "sub/c, d.WEBP"])
  }

  @Test("a folder of which no picture can be read is no input")
  func nothingReadable() throws {
    _ = try place.shell("rm -r photos/* && echo text > photos/a.png")
    let result = try annotate("--quiet")
    #expect(result.status == 3)
    #expect(
      result.standardError.hasSuffix(
        errorLine("'photos' holds no frame that can be decoded")))
    _ = try place.shell("rm photos/*")
    #expect(
      try annotate().standardError
        == errorLine(
          "folder 'photos' holds no pictures (bmp, jpeg, jpg, pgm, png, ppm, tga, tif, tiff, webp)")
    )
  }

  @Test("one file that exists keeps everything from being written")
  func existing() throws {
    _ = try place.shell("mkdir -p out/sub && echo precious > 'out/sub/c, d.WEBP'")
    let result = try annotate("--tracks", "faces.jsonl")
    #expect(result.status == 2)
    #expect(
      result.standardError
        == errorLine("'out/sub/c, d.WEBP' exists already (use --overwrite to replace it)"))
    #expect(try files("out") == ["sub/c, d.WEBP"])
    #expect(!place.exists("faces.jsonl"))
    #expect(try annotate("--overwrite").status == 0)
    #expect(try place.pixels("out/sub/c, d.WEBP").count == 640 * 360 * 3)
  }

  @Test("outputs that are no folder, or the input's own, are refused")
  func refused() throws {
    try place.write("precious", "file")
    for output in ["out.mp4", "out.jpg", "file", "-"] {
      let result = try place.run("annotate", "photos", "-o", output, "--overwrite")
      #expect(result.status == 2)
      #expect(
        result.standardError
          == errorLine(
            "output: '\(output)' is not accepted; give a folder, because the input 'photos' is one"
          ))
    }
    let itself = try place.run("annotate", "photos", "-o", "./photos/", "--overwrite")
    #expect(itself.status == 2)
    #expect(
      itself.standardError
        == errorLine(
          "the input 'photos/a.jpg' and the output './photos/a.jpg' are the same file"))
    let tracks = try place.run("tracks", "photos", "-o", "faces.txt")
    #expect(tracks.status == 2)
    #expect(tracks.standardError.contains("the pictures of a folder have no tracks"))
    #expect(try files(".").isSuperset(of: ["file"]) && !place.exists("out"))
  }

  @Test("results within the folder are not annotated again")
  func outputInside() throws {
    for _ in 0..<2 {
      let result = try place.run(
        "annotate", "photos", "-o", "photos/annotated", "--overwrite", "--quiet")
      #expect(result.status == 0)
    }
    #expect(try files("photos/annotated") == ["a.jpg", "b.png", "sub/c, d.WEBP"])
  }

  @Test("tracks of a folder need no output of pictures")
  func tracksOnly() throws {
    let result = try place.run("tracks", "photos", "-o", "-", "--quiet")
    #expect(result.status == 0)
    #expect(try jsonLines(result.standardOutput).count == 4)
  }

  @Test("redact hides the faces of every picture, and one report tells of all of them")
  func redacted() throws {
    try place.write(place.bytes("photos/a.jpg").prefix(20_000), "photos/cut.jpg")
    let result = try place.run(
      "redact", "photos", "-o", "out", "--style", "solid", "--report", "check.jsonl")
    #expect(result.status == 4)
    #expect(result.standardError.contains("to check: "))
    let report = try place.lines("check.jsonl")
    #expect(report.first?["facestream_review"] as? Int == 1)
    #expect(report.first?["input"] as? String == "photos")
    let damaged = report.filter { $0["reason"] as? String == "damaged-frame" }
    #expect(damaged.map { $0["input"] as? String } == ["cut.jpg"])
    #expect(damaged.map { $0["frames"] as? [Int] } == [[2, 2]])
    #expect(Set(try place.pixels("out/cut.jpg")).isSubset(of: Set(0...2)), "hidden whole")
    #expect(Set(try place.pixels("out/b.png")).count > 100)
    let again = try place.run(
      "redact", "photos", "-o", "out2", "--report", "check.jsonl", "--quiet")
    #expect(again.status == 2)
    #expect(
      again.standardError
        == errorLine("'check.jsonl' exists already (use --overwrite to replace it)"))
    let stopped = try place.run(
      "redact", "photos", "-o", "out3", "--on-failure", "stop", "--quiet", "--threads", "1")
    #expect(stopped.status == 1)
    #expect(
      stopped.standardError
        == errorLine(
          "'photos/cut.jpg' may show faces that are not hidden: the decoder had to patch it"))
    #expect(!place.exists("out3/cut.jpg"))
  }

  @Test("crops of a picture go to a folder of its name, and are no pictures of the next run")
  func crops() throws {
    for _ in 0..<2 {
      let result = try place.run("crops", "photos", "-o", "photos/crops", "--overwrite")
      #expect(result.status == 0)
      #expect(result.standardError.hasPrefix("photos/crops: 3 pictures, 12 faces in "))
    }
    let made = try files("photos/crops")
    #expect(made.count == 3 * (4 + 1))
    for picture in ["a.jpg", "b.png", "sub/c, d.WEBP"] {
      let index = try place.lines("photos/crops/\(picture)/index.jsonl")
      #expect(index.count == 4)
      for crop in index {
        let file = try #require(crop["file"] as? String)
        #expect(made.contains("\(picture)/\(file)"))
      }
    }
    let refused = try place.run("crops", "photos", "-o", "photos/crops")
    #expect(refused.status == 2)
    #expect(
      refused.standardError
        == errorLine("'photos/crops' exists already (use --overwrite to replace it)"))
  }

  @Test("tracks are not drawn into folders, and those of a folder not into a picture")
  func rendered() throws {
    #expect(try place.run("tracks", "photos", "-o", "faces.jsonl", "--quiet").status == 0)
    let folder = try place.run("render", "photos", "--tracks", "faces.jsonl", "-o", "out")
    #expect(folder.status == 2)
    #expect(
      folder.standardError
        == errorLine(
          "input: 'photos' is not accepted; give a file, because tracks are those of one input, "
            + "and this is a folder"))
    #expect(!place.exists("out"))
    let picture = try place.run(
      "render", "photos/b.png", "--tracks", "faces.jsonl", "-o", "out.png")
    #expect(picture.status == 2)
    #expect(picture.standardError.hasSuffix("it is of a folder of pictures\n"))
  }

  @Test("a file that is in the way of a folder is named")
  func fileInTheWay() throws {
    _ = try place.shell("mkdir out && echo precious > out/sub")
    let result = try annotate("--quiet")
    #expect(result.status == 1)
    #expect(result.standardError == errorLine("cannot write 'out/sub': File exists"))
    #expect(try files("out") == ["sub"])
  }

  @Test("a full disk leaves no half picture")
  func fullDisk() throws {
    // Files may not grow beyond a few blocks, which stands for a disk with as much room.
    let result = try place.shell(
      "trap '' XFSZ; ulimit -f 16; \"$facestream\" annotate photos -o out --quiet")
    #expect(result.status == 1)
    #expect(result.standardError.hasPrefix("facestream: error: cannot write 'out/"))
    #expect(!(try place.hasTemporaryFiles()))
    for name in try files("out") { #expect(try place.pixels("out/\(name)").count == 640 * 360 * 3) }
  }

  @Test("a run that is stopped leaves whole pictures and their rows")
  func stopped() async throws {
    for number in 0..<4000 {
      try FileManager.default.createSymbolicLink(
        atPath: place.folder.path("photos/z\(number).png"),
        withDestinationPath: place.folder.path("photos/b.png"))
    }
    let program = try BackgroundProgram(
      facestreamPath,
      ["annotate", "photos", "-o", "out", "--tracks", "faces.jsonl", "--threads", "2"],
      in: place.folder.url)
    // Not `comesTrue`: while others have their turn, all pictures could be done.
    while !place.exists("out/z0.png"), program.isRunning { usleep(2_000) }
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    let written = try files("out")
    #expect((3..<4000).contains(written.count))
    #expect(!(try place.hasTemporaryFiles()))
    for name in written.sorted().suffix(3) {
      #expect(try place.pixels("out/\(name)").count == 640 * 360 * 3)
    }
    let rows = try place.lines("faces.jsonl").dropFirst()
    #expect(Set(rows.compactMap { $0["input"] as? String }) == written)
  }
}
