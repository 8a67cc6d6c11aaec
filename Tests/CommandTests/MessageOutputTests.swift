import Foundation
import Media
import TestSupport
import Testing

@testable import facestream

@Suite("Messages nobody reads", .timeLimit(.minutes(5)))
struct MessageOutputTests {
  /// A pipe; both ends are closed at the end.
  private final class Channel {
    let reader: Int32
    let writer: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(unsafe pipe(&ends) == 0)
      (reader, writer) = (ends[0], ends[1])
      try #require(fcntl(reader, F_SETFL, O_NONBLOCK) == 0)
    }

    deinit {
      close(reader)
      close(writer)
    }

    /// What can be read at the moment.
    func read() -> String {
      var text: [UInt8] = []
      var block = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = unsafe Glibc.read(reader, &block, block.count)
        if count <= 0 { break }
        text += block[..<count]
      }
      return String(decoding: text, as: UTF8.self)
    }
  }

  @Test("messages wait for a reader, progress does not, and what was left out is counted")
  func unread() throws {
    let channel = try Channel()
    let output = MessageOutput(PatientDescriptor(channel.writer))
    let lines = (0..<3000).map { "message \($0) " + String(repeating: ".", count: 80) + "\n" }
    for line in lines { output.write(line) }
    #expect(!output.writeIfPossible("progress\n"))
    output.flush()
    var text = ""
    while true {
      let some = channel.read()
      if some.isEmpty { break }
      text += some
      output.drain()
    }
    let read = text.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = read.dropLast(2).map { "\($0)\n" }
    #expect(whole.count > 1000)
    #expect(whole == Array(lines.prefix(whole.count)))
    #expect(
      read.suffix(2) == [
        "facestream: warning: \(lines.count - whole.count) lines left out here: nobody read them",
        "",
      ])
    #expect(output.writeIfPossible("progress\n"))
    #expect(channel.read() == "progress\n")
  }

  @Test(
    "a run whose messages nobody reads ends, and its files are whole",
    arguments: ["", "--quiet"])
  func run(option: String) throws {
    let place = try Workplace()
    // The picture changes its size, which is worth a warning.
    try place.make("large.ts", "-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=0.4")
    try place.make("small.ts", "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=0.4")
    try place.write(place.bytes("large.ts") + place.bytes("small.ts"), "in.ts")
    let said = try place.run("tracks", "in.ts", "-o", "said.jsonl", "--size", "64", "--quiet")
    #expect(said.standardError.contains("the picture changes to 96×64"))
    // A pipe that is full from the beginning.
    let result = try place.shell(
      "mkfifo pipe && exec 9<>pipe && { dd if=/dev/zero of=pipe oflag=nonblock bs=4096 2>/dev/null; "
        + "timeout -s KILL 120 $facestream annotate in.ts -o out.mkv --tracks out.jsonl --size 64 \(option) 2>pipe; }"
    )
    #expect(result.status == said.status)
    #expect(try place.lines("out.jsonl").count == place.lines("said.jsonl").count)
    #expect(try place.frameCount("out.mkv") == place.lines("out.jsonl").count - 1)
  }
}
