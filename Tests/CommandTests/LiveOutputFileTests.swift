import Foundation
import TestSupport
import Testing

@Suite("Live outputs to files", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveOutputFileTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func run(_ feed: UDPSender, _ arguments: String...) throws -> LiveOutputRun {
    try LiveOutputRun(
      ["annotate", feed.url, "--tracks", "t.jsonl", "--size", "64", "--threads", "1", "--wait"]
        + arguments, in: place)
  }

  @Test("a playlist rolls on, is never seen half written, and ends with the run")
  func playlist() async throws {
    let feed = try UDPSender(speed: 4, audio: true)
    defer { feed.end() }
    let run = try run(feed, "-o", "live.m3u8", "-o", "rec.mkv")
    var seen: Set<String> = []
    func segments() -> [String] {
      guard let text = try? String(contentsOfFile: place.folder.path("live.m3u8"), encoding: .utf8)
      else { return [] }
      #expect(text.hasPrefix("#EXTM3U\n") && text.hasSuffix("\n"))
      #expect(!text.contains("#EXT-X-ENDLIST"))
      return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }
    let rolls = try await comesTrue {
      let listed = segments()
      seen.formUnion(listed)
      #expect(listed.count <= 6)
      // What is listed is whole, the last one as well, or gone by the time that it is looked at.
      if let last = listed.last {
        let frames = try? place.frameCount(last)
        #expect((frames ?? 0) > 0 || !place.exists(last))
      }
      return seen.count >= 9
    }
    #expect(rolls)
    #expect(!place.exists("live0.ts"))
    #expect(
      try await comesTrue {
        // Fails when a segment goes away between two looks.
        let played = try? Clips.probe(
          place.folder.path("live.m3u8"), stream: "v:0", entries: "stream=codec_name")
        return played?.first == "h264"
      })
    #expect(try await run.stop() == 130)
    let text = String(decoding: try place.bytes("live.m3u8"), as: UTF8.self)
    #expect(text.hasSuffix("#EXT-X-ENDLIST\n"))
    #expect(text.contains("#EXT-X-INDEPENDENT-SEGMENTS\n"))
    // Segments that left the list stay for one more; nothing is left half written.
    #expect(try place.names(ending: ".ts").count <= 8)
    #expect(try place.names(ending: ".tmp").isEmpty)
    #expect(try place.frameCount("rec.mkv") == place.rows())
  }

  @Test(
    "a recording goes on in new files with every frame once",
    arguments: ["mp4", "mkv", "ts"])
  func segments(ending: String) async throws {
    let feed = try UDPSender(speed: 4, audio: true)
    defer { feed.end() }
    let run = try run(feed, "-o", "rec-%Y%m%dT%H%M%S.\(ending)", "--segment", "2s")
    #expect(try await comesTrue { try place.names(ending: ".\(ending)").count >= 4 })
    #expect(try await run.stop() == 130)
    let names = try FileManager.default.contentsOfDirectory(atPath: place.folder.url.path)
      .filter { $0.hasPrefix("rec-") }
    #expect(names.allSatisfy { $0.contains(#/^rec-20\d{6}T\d{6}(-\d+)?\.\w+$/#) })
    var frames = 0
    var withSound = 0
    for name in names {
      frames += try #require(try place.frameCount(name))
      let video = try Clips.probe(
        place.folder.path(name), stream: "v:0", entries: "packet=pts_time,flags")
      #expect(video.first?.contains(",K") == true)
      let start = try #require(video.first?.split(separator: ",").first.flatMap { Double($0) })
      // Sound may begin before the first picture of a run.
      #expect(start >= 0 && start < 2)
      let sound = try Clips.probe(
        place.folder.path(name), stream: "a:0", entries: "packet=pts_time")
      if let start = sound.first.flatMap({ Double($0.filter { $0 != "," }) }) {
        withSound += 1
        #expect(abs(start) < 2)
      }
    }
    #expect(frames == place.rows())
    // The last one may be a single picture.
    #expect(withSound >= names.count - 1)
  }

  @Test("a live recording that is killed plays", arguments: ["mp4", "mkv", "ts"])
  func killed(ending: String) async throws {
    let feed = try UDPSender(audio: true)
    defer { feed.end() }
    let run = try run(feed, "-o", "rec.\(ending)")
    #expect(try await comesTrue { place.rows() > 90 })
    run.send(SIGKILL)
    #expect(try await run.status() == 137)
    // All but the last second.
    #expect(try #require(try place.frameCount("rec.\(ending)")) > 25)
  }

  @Test("a file that may not grow is reported at once, the others go on, and the status tells")
  func limitedFile() async throws {
    let feed = try UDPSender(noise: true)
    defer { feed.end() }
    let run = try LiveOutputRun(
      [
        "annotate", feed.url, "-o", "rec.mkv", "-o", "live.m3u8", "--tracks", "t.jsonl", "--size",
        "64", "--bitrate", "400k", "--wait",
      ], in: place, fileLimit: 150)
    let warning =
      "facestream: warning: cannot write 'rec.mkv': File too large; the other outputs go on\n"
    #expect(try await comesTrue { run.said.contains(warning) })
    let rows = place.rows()
    #expect(try await comesTrue { place.rows() > rows + 40 })
    #expect(try await run.stop() == 1)
    #expect(run.said.hasSuffix(errorLine("cannot write 'rec.mkv': File too large")))
    #expect(try #require(try place.frameCount("rec.mkv")) > 10)
    let text = String(decoding: try place.bytes("live.m3u8"), as: UTF8.self)
    #expect(text.hasSuffix("#EXT-X-ENDLIST\n"))
  }

  @Test("when no output is left the run ends")
  func noneLeft() async throws {
    let feed = try UDPSender(noise: true)
    defer { feed.end() }
    let run = try LiveOutputRun(
      ["annotate", feed.url, "-o", "a.mkv", "-o", "b.mp4", "--size", "64", "--quiet", "--wait"],
      in: place, fileLimit: 100)
    #expect(try await run.status() == 1)
    #expect(run.said.contains("cannot write 'a.mkv': File too large"))
    #expect(run.said.contains("cannot write 'b.mp4': File too large"))
    #expect(try #require(try place.frameCount("a.mkv")) > 1)
  }

  @Test("so it does when video and tracks fail, as on a full disk")
  func fullDisk() async throws {
    let feed = try UDPSender(speed: 8, noise: true)
    defer { feed.end() }
    let run = try LiveOutputRun(
      [
        "annotate", feed.url, "-o", "rec.mkv", "--tracks", "t.jsonl", "--size", "64", "--wait",
        "--quiet",
      ], in: place, fileLimit: 20)
    #expect(try await run.status() == 1)
    #expect(run.said.contains("cannot write 'rec.mkv': File too large; the other outputs go on"))
    #expect(
      run.said.contains("cannot write 't.jsonl': File too large; nothing is left to be written"))
  }
}
