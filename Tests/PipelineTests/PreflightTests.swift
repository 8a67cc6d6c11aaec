import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite("Checks before a run")
struct PreflightTests {
  private let folder: TemporaryFolder
  private let input: String

  init() throws {
    folder = try TemporaryFolder()
    input = folder.path("in.mp4")
    try Data("the only copy".utf8).write(to: URL(filePath: input))
  }

  private func check(
    input: String? = nil, output: String? = nil, tracks: [String] = [], overwrite: Bool = false
  ) -> ConfigurationError? {
    var configuration = Configuration()
    configuration.input = input ?? self.input
    configuration.output = output
    configuration.tracks = tracks
    configuration.overwrite = overwrite
    do throws(ConfigurationError) {
      try Preflight.check(configuration)
      return nil
    } catch {
      return error
    }
  }

  @Test("a usual run passes")
  func usual() {
    #expect(check(output: folder.path("out.mp4")) == nil)
    #expect(check(tracks: [folder.path("a.jsonl"), folder.path("a.csv")]) == nil)
    #expect(check(input: "-", output: "-") == nil)
    #expect(check(input: "rtsp://camera/s", output: "rtsp://server/s") == nil)
    #expect(check(output: "/dev/null", tracks: ["-"]) == nil)
  }

  @Test(
    "a segment or a picture of any number is in the way of a playlist or a sequence",
    arguments: [
      ("cam.m3u8", "cam7.ts", true), ("cam.m3u8", "cam12345.ts", true),
      ("cam.m3u8", "cam.ts", false),
      ("cam.m3u8", "cam7b.ts", false), ("cam.m3u8", "camera7.ts", false),
      ("cam.m3u8", "cam7.mp4", false),
      ("frame_%04d.png", "frame_0042.png", true), ("frame_%04d.png", "frame_12345.png", true),
      ("frame_%04d.png", "frame_042.png", false), ("frame_%d.png", "frame_42.png", true),
      ("frame_%04d.png", "frame_0042.jpg", false), ("cam.mp4", "cam7.ts", false),
    ])
  func numbered(output: String, there: String, isInTheWay: Bool) throws {
    let path = folder.path(there)
    try Data("precious".utf8).write(to: URL(filePath: path))
    let error = check(output: folder.path(output))
    #expect(error == (isInTheWay ? .exists(path: path) : nil))
    #expect(check(output: folder.path(output), overwrite: true) == nil)
  }

  @Test("a run without input or without any output says which key is missing")
  func missing() {
    var configuration = Configuration()
    configuration.output = folder.path("out.mp4")
    let noInput = #expect(throws: ConfigurationError.self) { try Preflight.check(configuration) }
    #expect(noInput?.description == "input is missing: name a file, URL or device to read")
    #expect(
      check()?.description
        == "output is missing: name an annotated video (output) or a track file (tracks)")
  }

  @Test("tracks are not measured further than they are looked ahead")
  func shortTracks() {
    var configuration = Configuration()
    configuration.input = input
    configuration.output = folder.path("out.mp4")
    configuration.track.minimumTrack = 5
    configuration.track.lookahead = 3
    let refused = #expect(throws: ConfigurationError.self) { try Preflight.check(configuration) }
    #expect(
      refused?.description
        == "track.min-track: 5 is not accepted; give a track.lookahead of 4 or more with it, which "
        + "is 3 now")
    configuration.track.lookahead = 4
    #expect(throws: Never.self) { try Preflight.check(configuration) }
  }

  @Test("the output may not be the input, by whatever name")
  func outputIsInput() throws {
    let manager = FileManager.default
    let symbolic = folder.path("symbolic.mp4")
    try manager.createSymbolicLink(atPath: symbolic, withDestinationPath: input)
    let hard = folder.path("hard.mp4")
    try manager.linkItem(atPath: input, toPath: hard)
    let linkedFolder = folder.path("folder")
    try manager.createSymbolicLink(atPath: linkedFolder, withDestinationPath: folder.url.path)
    let before = try FileState(input)
    let names = [
      input, folder.path("./in.mp4"), folder.path("../\(folder.url.lastPathComponent)/in.mp4"),
      symbolic, hard, linkedFolder + "/in.mp4", "file:" + input, "file://" + input,
    ]
    for name in names {
      #expect(
        check(output: name, overwrite: true)
          == .sameFile("the input '\(input)'", "the output '\(name)'"))
      #expect(
        check(input: name, output: input, overwrite: true)
          == .sameFile("the input '\(name)'", "the output '\(input)'"))
    }
    #expect(
      check(output: symbolic, overwrite: true)?.description
        == "the input '\(input)' and the output '\(symbolic)' are the same file")
    #expect(try FileState(input) == before)
  }

  @Test("a track file may not be the input")
  func tracksAreInput() throws {
    let list = folder.path("in.txt")
    try Data("1,1,0,0,9,9\n".utf8).write(to: URL(filePath: list))
    #expect(
      check(input: list, tracks: [list], overwrite: true)
        == .sameFile("the input '\(list)'", "the track file '\(list)'"))
  }

  @Test("two outputs may not be one file, also when it does not exist yet")
  func twoOutputs() throws {
    let linkedFolder = folder.path("folder")
    try FileManager.default.createSymbolicLink(
      atPath: linkedFolder, withDestinationPath: folder.url.path)
    let first = folder.path("a.jsonl")
    for second in [first, folder.path("./a.jsonl"), linkedFolder + "/a.jsonl"] {
      #expect(
        check(tracks: [first, second])
          == .sameFile("the track file '\(first)'", "the track file '\(second)'"))
    }
    #expect(
      check(output: "-", tracks: ["-"])?.description
        == "the output '-' and the track file '-' are the same file")
    #expect(
      check(output: folder.path("x.txt"), tracks: [folder.path("x.txt")])
        == .sameFile(
          "the output '\(folder.path("x.txt"))'", "the track file '\(folder.path("x.txt"))'"))
  }

  @Test("an image sequence whose first picture is there is refused without overwrite")
  func existingSequence() throws {
    let sequence = folder.path("frame_%03d.png")
    #expect(check(output: sequence) == nil)
    try Data("precious".utf8).write(to: URL(filePath: folder.path("frame_001.png")))
    #expect(check(output: sequence) == .exists(path: sequence))
    #expect(check(output: sequence, overwrite: true) == nil)
  }

  @Test("an existing file is replaced only when that is asked for")
  func existing() throws {
    let output = folder.path("out.mp4")
    let tracks = folder.path("a.jsonl")
    for path in [output, tracks] {
      try Data("precious".utf8).write(to: URL(filePath: path))
    }
    let before = [try FileState(output), try FileState(tracks)]
    #expect(
      check(output: output)?.description
        == "'\(output)' exists already (use --overwrite to replace it)")
    #expect(check(tracks: [tracks]) == .exists(path: tracks))
    #expect(check(output: "file:" + output) == .exists(path: "file:" + output))
    #expect(check(output: "file://" + output) == .exists(path: "file://" + output))
    #expect(check(output: output, tracks: [tracks], overwrite: true) == nil)
    #expect([try FileState(output), try FileState(tracks)] == before)
  }

  @Test("a missing folder, a file in place of a folder and a directory are named")
  func places() throws {
    let missing = folder.path("missing/out.mp4")
    #expect(
      check(output: missing)?.description
        == "cannot write '\(missing)': folder '\(folder.path("missing"))': "
        + "No such file or directory")
    let inFile = input + "/out.mp4"
    #expect(
      check(output: inFile)?.description
        == "cannot write '\(inFile)': folder '\(input)': Not a directory")
    let directory = folder.url.path
    #expect(
      check(output: directory, overwrite: true)?.description
        == "cannot write '\(directory)': it is a directory")
  }

  @Test("a track file of unknown format is refused")
  func unknownFormat() {
    #expect(
      check(tracks: [folder.path("faces.xml")])?.description
        == "cannot tell a track format from '\(folder.path("faces.xml"))': use .jsonl, .csv or "
        + ".txt (MOT), or - for JSONL on standard output")
  }

  @Test("every output is checked, and no two may be one file")
  func severalOutputs() throws {
    func check(_ names: [String], segment: Double? = nil) -> ConfigurationError? {
      var configuration = Configuration()
      configuration.input = input
      configuration.outputs = names.map { $0.contains("://") || $0 == "-" ? $0 : folder.path($0) }
      configuration.segment = segment
      do throws(ConfigurationError) {
        try Preflight.check(configuration)
        return nil
      } catch {
        return error
      }
    }
    for name in ["there.mp4", "list0.ts"] {
      try Data("precious".utf8).write(to: URL(filePath: folder.path(name)))
    }
    #expect(check(["a.mp4", "b.mkv", "rtsp://server/s", "-"]) == nil)
    #expect(check(["a.mp4", "there.mp4"]) == .exists(path: folder.path("there.mp4")))
    #expect(check(["a.mp4", "list.m3u8"]) == .exists(path: folder.path("list.m3u8")))
    let twice = folder.path("a.mp4")
    #expect(
      check(["a.mp4", "b.mkv", "a.mp4"])
        == .sameFile("the output '\(twice)'", "the output '\(twice)'"))
    // A recording has names of its own.
    #expect(check(["there.mp4"], segment: 10) == nil)
    #expect(check(["%Y/%m/rec-%d.mp4"], segment: 10) == nil)
    #expect(
      check(["missing/%Y/rec.mp4"], segment: 10)
        == .cannotWrite(
          path: folder.path("missing/%Y/rec.mp4"),
          reason: "folder '\(folder.path("missing"))': No such file or directory"))
    #expect(
      check(["rtsp://server/s", "a.m3u8"], segment: 10)?.description
        == "output: 'rtsp://server/s' with '\(folder.path("a.m3u8"))' is not accepted; give at least one "
        + "video file, which segment can number by time, or segment: off")
  }

  @Test("a name with a colon is a name")
  func colon() {
    #expect(check(output: folder.path("12:30.mp4")) == nil)
    #expect(check(output: folder.path("missing/12:30.mp4")) != nil)
  }
}

/// What of a file must not change.
struct FileState: Equatable {
  var bytes: Data
  var modified: Date?

  init(_ path: String) throws {
    bytes = try Data(contentsOf: URL(filePath: path))
    modified =
      try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
  }
}
