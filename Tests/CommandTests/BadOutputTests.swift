import Foundation
import TestSupport
import Testing

@Suite("Outputs that cannot be written")
struct BadOutputTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.copySample(as: "in.mp4")
  }

  @Test("a full device fails the video, with the sentence of the system")
  func fullVideo() throws {
    let result = try place.run(
      "annotate", "in.mp4", "-o", "/dev/full", "--format", "mp4", "--size", "64", "--quiet")
    #expect(result.status == 1)
    #expect(
      result.standardError == errorLine("cannot write '/dev/full': No space left on device"))
  }

  @Test("a full device fails the tracks; the video's beginning plays")
  func fullTracks() throws {
    try FileManager.default.createSymbolicLink(
      atPath: place.folder.path("full.jsonl"), withDestinationPath: "/dev/full")
    let result = try place.run(
      "annotate", "in.mp4", "-o", "out.mp4", "--tracks", "full.jsonl", "--size", "64", "--quiet")
    #expect(result.status == 1)
    #expect(
      result.standardError == errorLine("cannot write 'full.jsonl': No space left on device"))
    #expect(try #require(try place.frameCount("out.mp4")) > 0)
  }

  @Test("a file that may not grow any further keeps what was written, and plays")
  func limitedFile() throws {
    // The limit counts in blocks of 1024 bytes; with the signal ignored, writing fails instead.
    let result = try place.shell(
      """
      trap '' XFSZ; ulimit -f 200
      exec "$facestream" annotate lavfi:testsrc2=s=320x240:d=60 -o out.mp4 --tracks out.jsonl \
        --crf 0 --size 64 --quiet
      """)
    #expect(result.status == 1)
    #expect(result.standardError == errorLine("cannot write 'out.mp4': File too large"))
    #expect(place.size("out.mp4") == 200 << 10)
    #expect(try #require(try place.frameCount("out.mp4")) > 10)
    #expect(try place.bytes("out.jsonl").last == UInt8(ascii: "\n"))
    #expect(try place.lines("out.jsonl").count > 10)
  }

  @Test("a reader that goes away ends the run with a sentence")
  func closedPipe() throws {
    let result = try place.shell(
      """
      "$facestream" tracks lavfi:testsrc2=s=64x48 -o - --size 64 --quiet \
        | head -n 1 > first.jsonl; exit ${PIPESTATUS[0]}
      """)
    #expect(result.status == 1)
    #expect(result.standardError == errorLine("cannot write '-': Broken pipe"))
    #expect(try place.lines("first.jsonl").count == 1)
  }

  @Test("a folder that is missing, or is a file, is named before anything is read")
  func places() throws {
    let before = try place.snapshot()
    let missing = try place.run("annotate", "in.mp4", "-o", "missing/out.mp4")
    #expect(missing.status == 1)
    #expect(
      missing.standardError
        == errorLine(
          "cannot write 'missing/out.mp4': folder 'missing': No such file or directory"))
    let file = try place.run("tracks", "in.mp4", "-o", "in.mp4/out.jsonl")
    #expect(file.status == 1)
    #expect(
      file.standardError
        == errorLine("cannot write 'in.mp4/out.jsonl': folder 'in.mp4': Not a directory"))
    let directory = try place.run("annotate", "in.mp4", "-o", ".", "--overwrite")
    #expect(directory.status == 1)
    #expect(directory.standardError == errorLine("cannot write '.': it is a directory"))
    #expect(try place.snapshot() == before)
  }

  /// What starts a program without root's freedom to write anywhere.
  private static let withoutPrivileges =
    geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : ""

  private static let canDropPrivileges =
    (try? runProcess("bash", ["-c", "\(withoutPrivileges) '\(facestreamPath)' --version"]))?
    .status == 0

  @Test(
    "a folder, file or input without permission is named",
    .enabled(if: canDropPrivileges, "needs setpriv, and a checkout other users can read"))
  func permissions() throws {
    try place.write("precious", "out.mp4")
    try place.write("secret", "unreadable.mp4")
    let result = try place.shell(
      """
      mkdir locked && chmod 555 locked && chmod 444 out.mp4 && chmod 000 unreadable.mp4
      for arguments in "in.mp4 -o locked/out.mp4" "in.mp4 -o out.mp4 --overwrite" \
        "unreadable.mp4 -o /dev/null --format mp4"; do
        \(Self.withoutPrivileges) "$facestream" annotate $arguments; echo $?
      done
      """)
    #expect(result.text == "1\n1\n3\n")
    #expect(
      result.standardError
        == errorLine("cannot write 'locked/out.mp4': folder 'locked': Permission denied")
        + errorLine("cannot write 'out.mp4': Permission denied")
        + errorLine("cannot open 'unreadable.mp4': Permission denied"))
    #expect(try place.bytes("out.mp4") == Data("precious".utf8))
  }
}

@Suite("Runs that would destroy something")
struct RefusedOutputTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.copySample(as: "in.mp4")
  }

  @Test("the output may not be the input, by whatever name")
  func outputIsInput() throws {
    let link = try place.shell("ln -s in.mp4 symbolic.mp4 && ln in.mp4 hard.mp4")
    #expect(link.status == 0)
    let before = try place.snapshot()
    for name in ["in.mp4", "./in.mp4", "symbolic.mp4", "hard.mp4", "file:in.mp4"] {
      let result = try place.run("annotate", "in.mp4", "-o", name, "--overwrite")
      #expect(result.status == 2)
      #expect(
        result.standardError
          == errorLine("the input 'in.mp4' and the output '\(name)' are the same file"))
    }
    let reversed = try place.run("annotate", "file:in.mp4", "-o", "in.mp4", "--overwrite")
    #expect(reversed.status == 2)
    #expect(try place.snapshot() == before)
  }

  @Test("existing outputs need --overwrite")
  func existing() throws {
    try place.write("precious", "out.mp4")
    try place.write("precious", "out.jsonl")
    let before = try place.snapshot()
    for arguments in [
      ["annotate", "in.mp4", "-o", "out.mp4"],
      ["annotate", "in.mp4", "-o", "file:out.mp4"],
      ["annotate", "in.mp4", "-o", "new.mp4", "--tracks", "out.jsonl"],
      ["tracks", "in.mp4", "-o", "new.csv", "-o", "out.jsonl"],
    ] {
      let result = try facestream(arguments, in: place.folder.url)
      #expect(result.status == 2)
      #expect(
        result.standardError.hasSuffix("exists already (use --overwrite to replace it)\n"))
    }
    #expect(
      try place.run("annotate", "in.mp4", "-o", "out.mp4").standardError
        == errorLine("'out.mp4' exists already (use --overwrite to replace it)"))
    #expect(try place.snapshot() == before)
  }

  @Test("an output of one letter is a name like any other")
  func shortName() throws {
    try place.write("precious", "a")
    let result = try place.run("annotate", "in.mp4", "-o", "a", "--format", "mp4")
    #expect(result.status == 2)
    #expect(
      result.standardError == errorLine("'a' exists already (use --overwrite to replace it)"))
    let other = try place.run("annotate", "missing.mp4", "-o", "b", "--format", "mp4")
    #expect(other.status == 3)
  }

  @Test("two outputs may not be one file")
  func sameOutputs() throws {
    let before = try place.snapshot()
    let result = try place.run("tracks", "in.mp4", "-o", "a.jsonl", "-o", "./a.jsonl")
    #expect(result.status == 2)
    #expect(
      result.standardError
        == errorLine("the track file 'a.jsonl' and the track file './a.jsonl' are the same file"))
    #expect(try place.snapshot() == before)
  }

  @Test(
    "settings the encoder refuses cost neither an old video nor old tracks",
    arguments: [
      (["--codec", "nonsense"], "the installed FFmpeg has no video encoder 'nonsense'"),
      (["--codec", "aac"], "the installed FFmpeg has no video encoder 'aac'"),
      (
        ["--codec", "mpeg4", "--crf", "20"],
        "encoder 'mpeg4' refuses --crf 20: it has no such setting"
      ),
      (
        ["--codec", "mjpeg", "--preset", "slow"],
        "encoder 'mjpeg' refuses --preset slow: it has no such setting"
      ),
      (
        ["--codec", "mpeg4", "--pixel-format", "yuv444p"],
        "encoder 'mpeg4' refuses pixel format 'yuv444p': it takes yuv420p"
      ),
    ])
  func refusedEncoder(arguments: [String], sentence: String) throws {
    try place.write("precious", "out.mp4")
    try place.write("precious", "out.jsonl")
    let before = try place.snapshot()
    let result = try facestream(
      [
        "annotate", "in.mp4", "-o", "out.mp4", "--tracks", "out.jsonl", "--overwrite", "--size",
        "64",
      ] + arguments, in: place.folder.url)
    #expect(result.status == 2)
    #expect(result.standardError == errorLine(sentence))
    #expect(try place.snapshot() == before)
  }

  @Test("a preset the encoder does not have is a wrong option")
  func unknownPreset() throws {
    let result = try place.run(
      "annotate", "in.mp4", "-o", "out.mp4", "--preset", "nonsense", "--size", "64")
    #expect(result.status == 2)
    // The library itself speaks first.
    #expect(
      result.standardError.contains(
        "facestream: error: encoder 'libx264' refuses --preset nonsense: "))
    #expect(!place.exists("out.mp4"))
  }

  @Test("a container that cannot be told or does not exist is named")
  func unknownContainer() throws {
    for (arguments, sentence) in [
      (
        ["-o", "out.nonsense"],
        "cannot tell a container from the name 'out.nonsense' (use an ending such as .mp4 or "
          + ".mkv, or --format)"
      ),
      (
        ["-o", "-"],
        "cannot tell a container from the name '-' (use an ending such as .mp4 or .mkv, or "
          + "--format)"
      ),
      (
        ["-o", "out.mp4", "--format", "nonsense"],
        "the installed FFmpeg has no output format 'nonsense'"
      ),
    ] {
      let result = try facestream(["annotate", "in.mp4"] + arguments, in: place.folder.url)
      #expect(result.status == 2)
      #expect(result.standardError == errorLine(sentence))
    }
    #expect(!place.exists("out.mp4"))
  }

  @Test("a container that cannot hold the codec is named, and nothing is created")
  func codecNotInContainer() throws {
    let result = try place.run(
      "annotate", "in.mp4", "-o", "out.webm", "--codec", "libx264", "--size", "64", "--quiet")
    #expect(result.status == 1)
    #expect(
      result.standardError.hasSuffix(
        errorLine(
          "cannot write 'out.webm': container 'webm' cannot hold what 'libx264' encodes")))
    #expect(!place.exists("out.webm"))
  }
}
