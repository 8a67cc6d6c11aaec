import Foundation
import TestSupport
import Testing

@Suite("Runs that repeat exactly", .timeLimit(.minutes(10)))
struct ReproducibilityTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.make(
      "in.mp4", "-i", Repository.path("samples/faces.mp4"), "-t", "1.6", "-c", "copy")
  }

  @Test("video and tracks are the same to the byte for any number of threads")
  func threads() throws {
    var results: [[Data]] = []
    for threads in ["1", "2", "3"] {
      let result = try place.run(
        "annotate", "in.mp4", "-o", "out.mp4", "--tracks", "out.jsonl", "--tracks", "out.csv",
        "--tracks", "out.txt", "--threads", threads, "--overwrite", "--quiet")
      #expect(result.status == 0)
      results.append(
        try ["out.mp4", "out.jsonl", "out.csv", "out.txt"].map { try place.bytes($0) })
    }
    #expect(try place.lines("out.jsonl").count > 40)
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test("the encoder's defaults are those that annotate-file.yaml lists")
  func encoderDefaults() throws {
    for (output, arguments) in [
      ("default.mp4", []),
      ("explicit.mp4", ["--codec", "libx264", "--crf", "20", "--preset", "veryfast"]),
    ] {
      let result = try facestream(
        ["annotate", "in.mp4", "-o", output, "--size", "64", "--quiet"] + arguments,
        in: place.folder.url)
      #expect(result.status == 0)
    }
    #expect(try place.bytes("default.mp4") == place.bytes("explicit.mp4"))
  }

  @Test("a pipeline file and the options of annotate give the same output")
  func pipelineFile() throws {
    try place.write(
      """
      input: other.mp4
      output: file.mp4
      tracks: [file.jsonl]
      draw: [boxes]
      detect: {size: 160, score: 0.6}
      """, "my.yaml")
    let file = try place.run("run", "my.yaml", "--input", "in.mp4", "--quiet")
    let options = try place.run(
      "annotate", "in.mp4", "-o", "options.mp4", "--tracks", "options.jsonl", "--draw", "boxes",
      "--size", "160", "--score", "0.6", "--quiet")
    let settings = try place.run(
      "run", "my.yaml", "--set", "input=in.mp4", "--set", "output=settings.mp4", "--set",
      "tracks=[settings.jsonl]", "--quiet")
    #expect([file.status, options.status, settings.status] == [0, 0, 0])
    for name in ["options", "settings"] {
      #expect(try place.bytes("\(name).mp4") == place.bytes("file.mp4"))
      #expect(try place.bytes("\(name).jsonl") == place.bytes("file.jsonl"))
    }
  }

  @Test("a process bound to one processor works with one thread")
  func affinity() throws {
    func summary(_ start: String, _ options: String) throws -> String {
      let result = try place.shell(
        "\(start) \"$facestream\" tracks in.mp4 -o a.jsonl --overwrite --size 64 \(options)")
      #expect(result.status == 0)
      return result.standardError
    }
    #expect(try summary("taskset -c 0", "").contains(" s on 1 thread ("))
    #expect(try summary("taskset -c 0", "--threads 2").contains(" s on 2 threads ("))
    #expect(try summary("", "--threads 3").contains(" s on 3 threads ("))
  }
}
