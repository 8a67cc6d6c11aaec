import Foundation
import TestSupport
import Testing

@Suite("Output pipes nobody reads", .timeLimit(.minutes(2)))
struct LiveOutputPipeTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("a stalled pipe holds up neither the file beside nor the end of a live run")
  func liveVideo() throws {
    let feed = try LiveFeed(in: place.folder.url, noise: true)
    let pipe = Pipe()
    let run = try LiveRun(
      [
        "annotate", feed.url, "-o", "-", "--format", "mpegts", "-o", "rec.mkv", "--tracks",
        "t.jsonl", "--size", "64", "--crf", "10",
      ], in: place, output: pipe)
    // Much more than a pipe holds.
    #expect(becomesTrue { place.size("rec.mkv") > 400_000 })
    #expect(run.stop() == 130)
    #expect(try place.frameCount("rec.mkv") == place.rows())
    #expect(run.said.contains("'-' did not take everything before the run was left"))
  }

  @Test("lines on standard output come one by one while the input is live")
  func liveLines() throws {
    let feed = try LiveFeed(in: place.folder.url)
    let pipe = Pipe()
    let run = try LiveRun(
      ["tracks", feed.url, "-o", "-", "--size", "64", "--threads", "1"], in: place, output: pipe)
    var chunks: [Data] = []
    while chunks.count < 20 {
      let data = pipe.fileHandleForReading.availableData
      if data.isEmpty { break }
      chunks.append(data)
    }
    let lines = chunks.joined().count { $0 == UInt8(ascii: "\n") }
    // Half a second of them would come in one piece otherwise.
    #expect(chunks.count == 20 && lines < 60)
    #expect(chunks.allSatisfy { $0.last == UInt8(ascii: "\n") })
    #expect(run.stop() == 130)
  }

  @Test(
    "a stalled reader of a file's video or tracks takes one signal, not two", arguments: [0, 1])
  func offline(index: Int) throws {
    let arguments = [
      ["annotate", "-o", "-", "--format", "matroska", "--crf", "0"],
      ["tracks", "-o", "-"],
    ][index]
    let pipe = Pipe()
    let run = try LiveRun(
      arguments + ["lavfi:testsrc2=s=160x120:d=3600", "--size", "64"], in: place, output: pipe)
    // The pipe is full when nothing moves any more; a progress line comes every five seconds then.
    #expect(becomesTrue { run.said.contains("frame ") })
    #expect(run.stop() == 130)
  }

  @Test("a live fragmented MP4 through a pipe can be watched from its first frames on")
  func fragments() throws {
    let feed = try LiveFeed(in: place.folder.url, audio: true)
    let result = try place.shell(
      """
      "$facestream" annotate \(feed.url) -o - --format mp4 --size 64 --quiet \
        | head -c 60000 > got.mp4; exit ${PIPESTATUS[0]}
      """)
    #expect(result.status == 1)
    #expect(result.standardError.contains("cannot write '-': Broken pipe"))
    #expect(try #require(try place.frameCount("got.mp4")) > 1)
  }
}
