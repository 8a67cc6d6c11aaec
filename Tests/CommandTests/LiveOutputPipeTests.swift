import Foundation
import TestSupport
import Testing

@Suite("Output pipes nobody reads", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveOutputPipeTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("a stalled pipe holds up neither the file beside nor the end of a live run")
  func liveVideo() async throws {
    let feed = try UDPSender(noise: true)
    defer { feed.end() }
    let pipe = Pipe()
    let run = try LiveOutputRun(
      [
        "annotate", feed.url, "-o", "-", "--format", "mpegts", "-o", "rec.mkv", "--tracks",
        "t.jsonl", "--size", "64", "--crf", "10", "--wait",
      ], in: place, output: pipe)
    // Much more than a pipe holds.
    #expect(try await comesTrue { place.size("rec.mkv") > 400_000 })
    #expect(try await run.stop() == 130)
    #expect(try place.frameCount("rec.mkv") == place.rows())
    #expect(run.said.contains("'-' did not take everything before the run was left"))
  }

  @Test("lines on standard output come while the input is live")
  func liveLines() async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    let pipe = Pipe()
    let run = try LiveOutputRun(
      ["tracks", feed.url, "-o", "-", "--size", "64", "--threads", "1", "--wait"], in: place,
      output: pipe)
    try pipe.fileHandleForWriting.close()
    // The header and the first rows come one by one, not when blocks are full.
    var data = Data()
    #expect(
      try await comesTrue {
        data += available(from: pipe)
        return data.last == UInt8(ascii: "\n") && !data.count.isMultiple(of: 4096)
          && data.count { $0 == UInt8(ascii: "\n") } >= 2
      })
    // Some twenty seconds of lines, and half of the block that a file's are written in.
    #expect(data.count < 32_768)
    #expect(try jsonLines(data).count >= 2)
    #expect(try await run.stop() == 130)
  }

  @Test(
    "a stalled reader of a file's video or tracks takes one signal, not two", arguments: [0, 1])
  func offline(index: Int) async throws {
    let arguments = [
      ["annotate", "-o", "-", "--format", "matroska", "--crf", "0"],
      ["tracks", "-o", "-"],
    ][index]
    let pipe = Pipe()
    let run = try LiveOutputRun(
      arguments + ["lavfi:testsrc2=s=160x120", "--size", "64"], in: place, output: pipe)
    // The pipe is full when nothing moves any more; a progress line comes every five seconds then.
    #expect(try await comesTrue { run.said.contains("frame ") })
    #expect(try await run.stop() == 130)
  }

  @Test("a live fragmented MP4 through a pipe can be watched from its first frames on")
  func fragments() async throws {
    let feed = try UDPSender(audio: true)
    defer { feed.end() }
    let pipe = Pipe()
    let run = try LiveOutputRun(
      ["annotate", feed.url, "-o", "-", "--format", "mp4", "--size", "64", "--quiet", "--wait"],
      in: place, output: pipe)
    try pipe.fileHandleForWriting.close()
    var data = Data()
    #expect(
      try await comesTrue {
        data += available(from: pipe)
        return data.count >= 60_000
      })
    try pipe.fileHandleForReading.close()
    #expect(try await run.status() == 1)
    #expect(run.said.contains("cannot write '-': Broken pipe"))
    try place.write(data, "got.mp4")
    #expect(try #require(try place.frameCount("got.mp4")) > 1)
  }

  /// What can be read without waiting.
  private func available(from pipe: Pipe) -> Data {
    var asked = pollfd(
      fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
    var data = Data()
    while unsafe poll(&asked, 1, 0) > 0 {
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { break }
      data += more
    }
    return data
  }

  @Test("a reader of lines that goes away ends neither the video nor the other lines")
  func goneReader() async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    try #require(unsafe mkfifo(place.folder.path("lines.jsonl"), 0o600) == 0)
    let reader = try BackgroundProgram("head", ["-n", "3", "lines.jsonl"], in: place.folder.url)
    let run = try LiveOutputRun(
      [
        "annotate", feed.url, "-o", "rec.mkv", "--tracks", "lines.jsonl", "--tracks", "t.jsonl",
        "--size", "64", "--wait",
      ], in: place)
    #expect(try await reader.status() == 0)
    #expect(try await comesTrue { run.said.contains("'lines.jsonl'") })
    #expect(run.said.contains("; the other outputs go on"))
    let rows = place.rows()
    #expect(try await comesTrue { place.rows() >= rows + 10 })
    #expect(try await run.stop() == 1)
    #expect(try place.frameCount("rec.mkv") == place.rows())
  }

  @Test("a track file that nobody reads yet ends with the run, of a file and of a live input")
  func noReader() async throws {
    try #require(unsafe mkfifo(place.folder.path("lines.jsonl"), 0o600) == 0)
    let file = try BackgroundProgram(
      facestreamPath,
      ["tracks", "lavfi:testsrc2=s=64x48", "-o", "lines.jsonl", "--size", "64"],
      in: place.folder.url)
    // The threads that listen to signals.
    #expect(try await comesTrue { file.threadCount > 1 })
    file.send(SIGTERM)
    #expect(try await file.status() == 143)
    let feed = try UDPSender()
    let run = try LiveOutputRun(
      [
        "annotate", feed.url, "-o", "rec.mkv", "--tracks", "lines.jsonl", "--tracks", "t.jsonl",
        "--size", "64", "--wait",
      ], in: place)
    #expect(try await comesTrue { place.rows() > 10 })
    #expect(try await run.stop() == 130)
    #expect(try place.frameCount("rec.mkv") == place.rows())
  }
}
