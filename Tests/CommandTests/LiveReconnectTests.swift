import Foundation
import TestSupport
import Testing

@Suite(
  "Cameras that come and go", .serialized, .takingTurns, .timeLimit(.minutes(10)),
  .enabled(
    if: RTSPServer.missing == nil, "needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0)"))
struct LiveReconnectTests {
  private let place: Workplace
  private static let pattern = ["--pattern", "test=160x120@10"]

  init() throws { place = try Workplace() }

  @Test("a camera is followed until Ctrl-C", arguments: ["auto", "tcp", "udp"])
  func plain(transport: String) async throws {
    let server = try await RTSPServer(Self.pattern)
    defer { server.end() }
    let run = try LiveRun(
      server.url("test"), "--rtsp-transport", transport, "--when-full", "wait", in: place)
    #expect(try await run.reaches(rows: 15))
    let rows = try await run.stop()
    #expect(rows.allSatisfy { $0["epoch"] as? Int == 0 && wallSeconds($0) != nil })
    #expect(rows.allSatisfy { $0["damaged"] == nil })
    #expect(rows[0]["pts"] as? Int == 0, "the first picture is a key frame that nobody has lost")
  }

  @Test("a server that is killed and comes back: records and video go on")
  func restart() async throws {
    let server = try await RTSPServer(["--pattern", "test=160x120@10+audio"])
    defer { server.end() }
    let run = try LiveRun(server.url("test"), "--lost-for", "100", in: place)
    #expect(try await run.reaches(rows: 10))
    server.end()
    #expect(try await run.says("'\(server.url("test"))' ended the stream; connecting anew\n"))
    // Within the gap: nothing comes before the next server is there.
    let start = ContinuousClock.now
    let again = try await RTSPServer(["--pattern", "test=160x120@10+audio"], port: server.port)
    let outage = (ContinuousClock.now - start) / .seconds(1)
    defer { again.end() }
    #expect(try await run.says("'\(again.url("test"))' is back after "))
    #expect(try await run.reaches(rows: 10, ofEpoch: 1))
    let rows = try await run.stop()
    let gap = try #require(rows.aroundGap)
    let passed = try #require(gap.after["time"] as? Double) - (gap.before["time"] as? Double ?? 0)
    #expect(passed > outage, "time went on while nothing came")
    let wall = try #require(wallSeconds(gap.after)) - (wallSeconds(gap.before) ?? 0)
    #expect(abs(passed - wall) < 5)
    // Sound goes on too.
    let sound = try Clips.probe(
      place.folder.path("out.mkv"), stream: "a:0", entries: "packet=pts_time"
    ).compactMap { Double($0.filter { $0 != "," }) }
    let end = try #require(gap.after["time"] as? Double)
    #expect(sound.contains { $0 > end } && sound.contains { $0 < end - passed })
    #expect(zip(sound, sound.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(run.program.messages.contains("connected anew once"))
  }

  @Test("a camera that falls silent is connected anew")
  func silence() async throws {
    let server = try await RTSPServer(Self.pattern)
    defer { server.end() }
    let run = try LiveRun(server.url("test"), "--wait", "--timeout", "3", in: place)
    #expect(try await run.reaches(rows: 10, after: -1))
    server.freeze(true)
    #expect(try await run.losesInput())
    let epoch = run.epoch
    server.freeze(false)
    #expect(try await run.reaches(rows: 5, after: epoch))
    try await run.stop()
    #expect(
      run.program.messages.contains(
        "'\(server.url("test"))' sent nothing for 3 s; connecting anew\n"))
  }

  @Test("a picture of another size after a reconnection is scaled to the first")
  func otherSize() async throws {
    let server = try await RTSPServer(Self.pattern)
    defer { server.end() }
    let run = try LiveRun(server.url("test"), "--reset-on-reconnect", in: place)
    #expect(try await run.reaches(rows: 5))
    server.end()
    #expect(try await run.says("connecting anew"))
    let again = try await RTSPServer(["--pattern", "test=320x240@10"], port: server.port)
    defer { again.end() }
    #expect(try await run.reaches(rows: 5, ofEpoch: 1))
    try await run.stop()
    #expect(run.program.messages.contains("the picture changes to 320×240 at frame "))
    #expect(
      try Clips.probe(place.folder.path("out.mkv"), stream: "v:0", entries: "stream=width,height")
        == ["160,120"])
  }

  @Test("attempts can be limited; what was written plays")
  func limit() async throws {
    let server = try await RTSPServer(Self.pattern)
    defer { server.end() }
    let run = try LiveRun(
      server.url("test"), "--reconnect-attempts", "2", "--reconnect-delay", "0.1", in: place)
    #expect(try await run.reaches(rows: 5))
    server.end()
    #expect(try await run.program.status() == 1)
    _ = try run.finished()
    #expect(
      run.program.messages.contains(
        "facestream: error: the connection to '\(server.url("test"))' broke: not restored in 2 "
          + "attempts (cannot open '\(server.url("test"))': Connection refused)\n"))
  }

  @Test("without reconnection a run ends with its stream")
  func off() async throws {
    let server = try await RTSPServer(Self.pattern)
    defer { server.end() }
    let run = try LiveRun(
      server.url("test"), "--wait", "--reconnect", "off", "--timeout", "6", in: place)
    #expect(try await run.reaches(rows: 5))
    server.freeze(true)
    #expect(try await run.program.status() == 1)
    server.freeze(false)
    _ = try run.finished()
    #expect(
      run.program.messages.contains(
        "facestream: error: '\(server.url("test"))' sent nothing for 6 s\n"))
  }

  @Test(
    "a camera whose packets are lost on the way is followed, and what they damage is told",
    arguments: ["tcp", "udp"])
  func loss(transport: String) async throws {
    let server = try await RTSPServer(["--pattern", "test=320x240@10", "--loss", "2"])
    defer { server.end() }
    let run = try LiveRun(server.url("test"), "--rtsp-transport", transport, "--wait", in: place)
    #expect(try await comesTrue { run.rows.contains { $0["damaged"] as? Bool == true } })
    let count = run.rows.count
    #expect(try await comesTrue { run.rows.count >= count + 20 })
    let rows = try await run.stop()
    #expect(rows.contains { $0["damaged"] == nil })
    let damaged = rows.count { $0["damaged"] as? Bool == true }
    let told = try #require(run.program.messages.firstMatch(of: /(\d+) frames? damaged/)?.1)
    // Frames that were left out may have been damaged too.
    #expect(try #require(Int(told)) >= damaged)
  }

  @Test("a camera that is not there yet is waited for")
  func waiting() async throws {
    let port = try freePort(.tcp)
    let url = "rtsp://127.0.0.1:\(port)/test"
    let run = try LiveRun(url, "--wait", "--reconnect-delay", "0.3", in: place)
    #expect(
      try await run.says(
        "facestream: warning: cannot open '\(url)': Connection refused; waiting for it\n"))
    #expect(!place.exists("out.mkv"))
    let server = try await RTSPServer(Self.pattern, port: port)
    defer { server.end() }
    #expect(try await run.says("facestream: warning: '\(url)' is there after "))
    #expect(try await run.reaches(rows: 5))
    try await run.stop()
  }

  @Test("waiting ends with Ctrl-C")
  func stoppedWaiting() async throws {
    let run = try LiveRun("rtsp://127.0.0.1:\(freePort(.tcp))/test", "--wait", in: place)
    #expect(try await run.says("; waiting for it\n"))
    run.program.send(SIGINT)
    #expect(try await run.program.status() == 130)
    #expect(!place.exists("out.mkv") && !place.exists("out.jsonl"))
  }
}
