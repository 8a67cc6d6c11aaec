import Foundation
import TestSupport
import Testing

@Suite("Live outputs that fail and come back", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveOutputRecoveryTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func run(
    _ feed: UDPSender, _ arguments: String..., fileLimit: Int? = nil
  ) throws -> LiveOutputRun {
    try LiveOutputRun(
      ["annotate", feed.url, "--size", "64", "--threads", "1", "--wait"] + arguments, in: place,
      fileLimit: fileLimit)
  }

  /// The recordings, by the time they were begun at.
  private func recordings() throws -> [String] {
    try place.names(ending: ".mkv").filter { $0.hasPrefix("rec-") }
  }

  /// A picture that is hard to compress in its first seconds only.
  private func noiseAtFirst(seconds: Int) throws -> UDPSender {
    let noise = "noise=alls=60:allf=t:enable='lt(t,\(seconds))'"
    return try UDPSender(
      ["-f", "lavfi", "-i", "color=gray:size=160x120:rate=15,\(noise)"],
      encoding: [
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "8", "-pix_fmt",
        "yuv420p", "-threads", "1",
      ])
  }

  @Test("a recording goes on in another file after one that could not be written to its end")
  func limitedFile() async throws {
    let feed = try noiseAtFirst(seconds: 12)
    let run = try run(
      feed, "-o", "rec-%s.mkv", "--segment", "3s", "--when-full", "wait", fileLimit: 150)
    #expect(try await comesTrue { run.said.contains("File too large; going on in another file\n") })
    #expect(
      try await comesTrue {
        run.said.contains("facestream: warning: 'rec-%s.mkv' is written again\n")
      })
    // One of them from its beginning to its end; the last is still being written.
    var looked = 0
    #expect(
      try await comesTrue {
        let written = try recordings().dropLast()
        if written.count == looked { return false }
        looked = written.count
        return written.contains { (try? place.frameCount($0)) == 45 }
      })
    #expect(try await run.stop() == 130)
    #expect(run.said.contains(#/rec-%s.mkv reconnected once and \d+ frames left out/#))
    var frames: [Int] = []
    for name in try recordings() {
      frames.append(try #require(try place.frameCount(name)))
      let packets = try Clips.probe(
        place.folder.path(name), stream: "v:0", entries: "packet=flags")
      #expect(packets.first?.hasPrefix("K") == true)
    }
    #expect(frames[0] > 1 && frames.contains(45), "\(frames)")
  }

  @Test("a recording whose folder goes away is told of, and goes on when it is back")
  func missingFolder() async throws {
    let feed = try UDPSender()
    let folder = place.folder.url.appending(path: "disk")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let run = try run(feed, "-o", "disk/rec.mkv", "--segment", "1s", "--tracks", "t.jsonl")
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
    // A run whose first file cannot be opened ends.
    #expect(try await comesTrue { try names().count >= 2 })
    // Not removed: a file may come into it meanwhile.
    try FileManager.default.moveItem(at: folder, to: place.folder.url.appending(path: "gone"))
    #expect(
      try await comesTrue {
        run.said.contains("No such file or directory; going on in another file\n")
      })
    let rows = place.rows()
    #expect(try await comesTrue { place.rows() > rows + 20 })
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    #expect(try await comesTrue { run.said.contains("'disk/rec.mkv' is written again\n") })
    #expect(try await comesTrue { try names().count >= 4 })
    #expect(try await run.stop() == 130)
    for name in try names() { #expect(try #require(try place.frameCount("disk/" + name)) > 0) }
  }

  @Test("a recording that could not be gone on with fails the run, though not before its end")
  func incomplete() async throws {
    let feed = try UDPSender()
    let folder = place.folder.url.appending(path: "disk")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let run = try run(feed, "-o", "disk/rec.mkv", "--segment", "1s")
    #expect(
      try await comesTrue {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).count >= 2
      })
    try FileManager.default.moveItem(at: folder, to: place.folder.url.appending(path: "gone"))
    #expect(try await comesTrue { run.said.contains("going on in another file\n") })
    #expect(try await run.stop() == 1)
    #expect(
      run.said.contains(
        #/facestream: error: cannot write 'disk\/rec-\w+.mkv': No such file or directory\n$/#))
    #expect(!run.said.contains("the other outputs go on"))
  }

  @Test("a pipe whose reader goes away is written again for the next one, from a key frame on")
  func nextReader() async throws {
    let feed = try UDPSender()
    try #require(unsafe mkfifo(place.folder.path("live.ts"), 0o600) == 0)
    let run = try run(feed, "-o", "live.ts", "--tracks", "t.jsonl")
    for number in 1...2 {
      let reader = try BackgroundProgram(
        "bash", ["-c", "head -c 30000 live.ts > got\(number).ts"], in: place.folder.url)
      #expect(try await reader.status() == 0)
      #expect(try #require(try place.frameCount("got\(number).ts")) > 1)
      let packets = try Clips.probe(
        place.folder.path("got\(number).ts"), stream: "v:0", entries: "packet=flags")
      #expect(packets.first?.hasPrefix("K") == true)
      // Until then the pipe would go on for the next reader from wherever it is.
      #expect(
        try await comesTrue {
          run.said.contains("cannot write 'live.ts': Broken pipe; trying again until it works\n")
        })
    }
    let rows = place.rows()
    #expect(try await comesTrue { place.rows() > rows + 10 })
    #expect(try await run.stop() == 130)
  }

  @Test("a name that cannot be looked up is told of as of an input's")
  func unknownHost() async throws {
    let feed = try UDPSender()
    let run = try run(feed, "-o", "rtsp://me:secret@camera.invalid/x", "--tracks", "t.jsonl")
    #expect(
      try await comesTrue {
        run.said.contains(
          "facestream: warning: cannot write 'rtsp://me:***@camera.invalid/x': the name "
            + "'camera.invalid' cannot be looked up (")
      })
    #expect(try await run.stop() == 130)
  }
}
