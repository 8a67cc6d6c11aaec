import Foundation
import TestSupport
import Testing

@Suite("Measuring tracks")
struct EvaluateTracksTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try FileManager.default.copyItem(
      atPath: Repository.path("samples/faces.gt.txt"), toPath: place.folder.path("gt.txt"))
  }

  private func evaluate(_ arguments: [String]) throws -> ProcessResult {
    try facestream(["evaluate", "tracks", "--ground-truth"] + arguments, in: place.folder.url)
  }

  @Test("the truth measured against itself is without fault, by either convention")
  func perfect() throws {
    for convention in ["trackeval", "motmetrics"] {
      let result = try evaluate(["gt.txt", "gt.txt", "--convention", convention, "--json"])
      #expect(result.status == 0)
      let report = try #require(
        try JSONSerialization.jsonObject(with: result.standardOutput) as? [String: Any])
      for name in ["hota", "deta", "assa", "mota", "idf1"] {
        // Means over thresholds and faces, each rounded.
        #expect(abs(try #require(report[name] as? Double) - 1) < 1e-12, "\(name)")
      }
      for name in ["switches", "fragmentations", "misses", "false_positives"] {
        #expect(report[name] as? Int == 0, "\(name)")
      }
    }
  }

  @Test("tracks that find nobody miss every face")
  func nobody() throws {
    try place.write("", "none.txt")
    let result = try evaluate(["gt.txt", "none.txt", "--json"])
    let report = try #require(
      try JSONSerialization.jsonObject(with: result.standardOutput) as? [String: Any])
    #expect(report["misses"] as? Int == 930 && report["hota"] as? Double == 0)
  }

  @Test(
    "what cannot be measured is refused in one sentence",
    arguments: [
      (["empty.txt", "gt.txt"], 3, "'empty.txt' holds no true face to measure against"),
      (["ignored.txt", "gt.txt"], 3, "'ignored.txt' holds no true face to measure against"),
      (["no.txt", "gt.txt"], 3, "cannot read 'no.txt': "),
      (["gt.txt", "no.txt"], 3, "cannot read 'no.txt': "),
      (["gt.txt", "--detections", "no.txt"], 3, "cannot read 'no.txt': "),
      (["gt.txt", "--detections", "gt.txt", "--times", "no.txt"], 3, "cannot read 'no.txt': "),
      (
        ["gt.txt", "short.txt"], 3,
        "'short.txt' cannot be used: line 1 has 3 columns; frame,id,x,y,w,h"
      ),
      (["gt.txt"], 2, "give either a file of tracks or --detections"),
      (
        ["gt.txt", "gt.txt", "--min-track", "5"], 2,
        "--min-track needs --detections: a file of tracks is measured as it is"
      ),
      (
        ["gt.txt", "--detections", "gt.txt", "--min-track", "5"], 2,
        "track.min-track: 5 is not accepted; give a track.lookahead of 4 or more with it"
      ),
      (
        ["gt.txt", "--detections", "gt.txt", "-o", "short.txt"], 2,
        "'short.txt' exists already (use --overwrite to replace it)"
      ),
      (
        ["gt.txt", "--detections", "gt.txt", "-o", "no/t.txt"], 2,
        "cannot write 'no/t.txt': folder 'no': No such file or directory"
      ),
    ] as [([String], Int32, String)])
  func refused(arguments: [String], status: Int32, reason: String) throws {
    try place.write("", "empty.txt")
    try place.write("1,1,10,10,20,20,0\n", "ignored.txt")
    try place.write("1,2,3\n", "short.txt")
    let result = try evaluate(arguments)
    #expect(result.status == status)
    #expect(result.standardError.hasPrefix("facestream: error: " + reason))
    #expect(result.standardOutput.isEmpty)
  }

  @Test("tracks that cannot be written are one sentence with the system's reason")
  func unwritable() throws {
    let tracking = ["gt.txt", "--detections", "gt.txt", "-o"]
    let full = try evaluate(tracking + ["/dev/full"])
    #expect(full.status == 1)
    #expect(full.standardError == errorLine("cannot write '/dev/full': No space left on device"))
    let written = try evaluate(tracking + ["t.txt", "--json"])
    #expect(written.status == 0)
    // What is no file takes the tracks and stays what it is.
    let piped = try place.shell(
      """
      mkfifo pipe
      cat pipe > p.txt &
      $facestream evaluate tracks --ground-truth gt.txt --detections gt.txt -o pipe && wait $! ||
        { kill -KILL $!; exit 1; }
      """)
    #expect(piped.status == 0, "\(piped.standardError)")
    #expect(try place.bytes("p.txt") == place.bytes("t.txt"))
  }
}
