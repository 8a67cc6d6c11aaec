import Foundation
import TestSupport
import Testing

@Suite("Standard streams", .timeLimit(.minutes(10)))
struct StreamTests {
  private let place: Workplace
  private let frames: Int

  init() throws {
    place = try Workplace()
    try place.make(
      "in.mkv", "-i", Repository.path("samples/faces.mp4"), "-t", "1", "-c", "copy")
    frames = try #require(try place.frameCount("in.mkv"))
  }

  @Test("tracks to standard output are JSON lines and nothing else")
  func tracksToStandardOutput() throws {
    let result = try place.run("tracks", "in.mkv", "-o", "-", "--size", "320")
    #expect(result.status == 0)
    let lines = try jsonLines(result.standardOutput)
    #expect(lines.count == frames + 1)
    #expect(lines[0]["facestream"] as? Int == 1)
    #expect(lines.dropFirst().allSatisfy { $0["faces"] is [[String: Any]] })
    #expect(result.standardError.hasPrefix("-: \(frames) frames, "))
  }

  @Test("a video goes in by standard input and out by standard output")
  func pipes() throws {
    let result = try place.shell(
      """
      cat in.mkv | "$facestream" annotate - -o - --format matroska --size 64 --quiet \
        | cat > out.mkv; exit ${PIPESTATUS[1]}
      """)
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    #expect(try place.frameCount("out.mkv") == frames)
    let packets = try Clips.probe(
      place.folder.path("out.mkv"), stream: "a:0", entries: "stream=codec_name")
    #expect(packets == ["aac"])
  }

  @Test("several track files come from one run and agree")
  func severalFiles() throws {
    let result = try place.run(
      "annotate", "in.mkv", "-o", "out.mp4", "--tracks", "a.jsonl", "--tracks", "a.csv",
      "--tracks", "a.txt", "--size", "320", "--quiet")
    #expect(result.status == 0)
    let faces = try place.lines("a.jsonl").dropFirst()
      .map { ($0["faces"] as? [Any])?.count ?? 0 }.reduce(0, +)
    #expect(faces >= 50)
    func rows(_ name: String) throws -> [Substring] {
      String(decoding: try place.bytes(name), as: UTF8.self).split(separator: "\n")
    }
    #expect(try rows("a.csv").count == faces + 1)
    #expect(try rows("a.txt").count == faces)
    #expect(try rows("a.txt").allSatisfy { $0.hasSuffix(",-1,-1,-1") })
  }

  @Test("a quiet run that goes well says nothing")
  func quiet() throws {
    let result = try place.run("tracks", "in.mkv", "-o", "a.jsonl", "--size", "64", "--quiet")
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    #expect(result.standardOutput.isEmpty)
  }

  @Test("the summary goes to standard error")
  func summary() throws {
    let result = try place.run("annotate", "in.mkv", "-o", "out.mp4", "--size", "64")
    #expect(result.status == 0)
    #expect(result.standardOutput.isEmpty)
    let lines = result.standardError.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("out.mp4: \(frames) frames, "))
    #expect(
      lines[0].contains(
        #/ frames, \d+ faces, \d+ identities in [\d.]+ s on \d+ threads? \([\d.]+ fps, [\d.]+x\)$/#)
    )
    #expect(
      lines[1].contains(
        #/^buffer: at most \d of 8 frames, \d+ waits when full, \d+ when empty, 0 frames dropped$/#)
    )
  }

  @Test("on a terminal one line renews itself; without one a line comes now and then")
  func progress() throws {
    let terminal = try place.shell(
      """
      script -qec "'$facestream' tracks 'lavfi:testsrc2=s=64x48:d=3,realtime' -o a.jsonl \
        --size 64" /dev/null
      """)
    #expect(terminal.status == 0)
    #expect(terminal.text.contains("\r\u{1B}[Kframe "))
    #expect(terminal.text.contains(" fps  "))
    // No progress line is left before the summary.
    #expect(terminal.text.contains("\r\u{1B}[Ka.jsonl: "))
    // What a narrow terminal would wrap is cut off.
    let narrow = try place.shell(
      """
      script -qec "stty cols 30; '$facestream' tracks 'lavfi:testsrc2=s=64x48:d=5,realtime' \
        -o a.jsonl --size 64 --overwrite" /dev/null
      """)
    #expect(narrow.status == 0)
    let shown = narrow.text.matches(of: #/\r\u{1B}\[K(frame [^\r]*)/#).map { $0.1.count }
    #expect(shown.count >= 3)
    #expect(shown.allSatisfy { $0 == 29 })
    let start = ContinuousClock.now
    let plain = try place.run(
      "tracks", "lavfi:testsrc2=s=64x48:d=6.5,realtime", "-o", "b.jsonl", "--size", "64")
    #expect(plain.status == 0)
    #expect(plain.standardOutput.isEmpty)
    let lines = plain.standardError.split(separator: "\n")
    #expect(lines.count >= 3)
    let shownLines = lines.dropLast(2)
    #expect(shownLines.allSatisfy { $0.hasPrefix("frame ") })
    // One every five seconds, however long it took.
    #expect(shownLines.count <= Int((ContinuousClock.now - start) / .seconds(5)))
  }
}
