import Foundation
import TestSupport
import Testing

@Suite(
  "Cameras that come and go", .serialized, .timeLimit(.minutes(10)),
  .enabled(
    if: RTSPServer.missing == nil, "needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0)"))
struct LiveReconnectTests {
  private let place: Workplace
  private static let pattern = ["--pattern", "test=160x120@10"]

  init() throws { place = try Workplace() }

  @Test("a camera is followed until Ctrl-C", arguments: ["auto", "tcp", "udp"])
  func plain(transport: String) throws {
    let server = try RTSPServer(Self.pattern)
    let run = try LiveRun(
      server.url("test"), "--rtsp-transport", transport, "--when-full", "wait", in: place)
    #expect(run.reaches(rows: 15))
    let rows = try run.stop()
    #expect(rows.allSatisfy { $0["epoch"] as? Int == 0 && wallSeconds($0) != nil })
    #expect(rows.allSatisfy { $0["damaged"] == nil })
    #expect(rows[0]["pts"] as? Int == 0, "the first picture is a key frame that nobody has lost")
  }

  @Test("a server that is killed and comes back: records and video go on")
  func restart() throws {
    let server = try RTSPServer(["--pattern", "test=160x120@10+audio"])
    let run = try LiveRun(server.url("test"), "--lost-for", "100", in: place)
    #expect(run.reaches(rows: 10))
    server.kill()
    let start = ContinuousClock.now
    #expect(run.says("'\(server.url("test"))' ended the stream; connecting anew\n"))
    let outage = (ContinuousClock.now - start) / .seconds(1)
    let again = try RTSPServer(["--pattern", "test=160x120@10+audio"], port: server.port)
    #expect(run.says("'\(again.url("test"))' is back after "))
    #expect(run.reaches(rows: 10, ofEpoch: 1))
    let rows = try run.stop()
    let gap = try #require(rows.aroundGap)
    let passed = try #require(gap.after["time"] as? Double) - (gap.before["time"] as? Double ?? 0)
    #expect(passed > outage, "time went on while nothing came")
    let wall = try #require(wallSeconds(gap.after)) - (wallSeconds(gap.before) ?? 0)
    #expect(abs(passed - wall) < 2)
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
  func silence() throws {
    let server = try RTSPServer(Self.pattern)
    let run = try LiveRun(server.url("test"), "--timeout", "3", in: place)
    #expect(run.reaches(rows: 10))
    server.freeze(true)
    #expect(run.says("'\(server.url("test"))' sent nothing for 3 s; connecting anew\n"))
    server.freeze(false)
    #expect(run.reaches(rows: 5, ofEpoch: 1))
    try run.stop()
  }

  @Test("a picture of another size after a reconnection is scaled to the first")
  func otherSize() throws {
    let server = try RTSPServer(Self.pattern)
    let run = try LiveRun(server.url("test"), "--reset-on-reconnect", in: place)
    #expect(run.reaches(rows: 5))
    server.kill()
    #expect(run.says("connecting anew"))
    let again = try RTSPServer(["--pattern", "test=320x240@10"], port: server.port)
    #expect(run.reaches(rows: 5, ofEpoch: 1))
    try run.stop()
    #expect(run.program.messages.contains("the picture changes to 320×240 at frame "))
    #expect(
      try Clips.probe(place.folder.path("out.mkv"), stream: "v:0", entries: "stream=width,height")
        == ["160,120"])
    again.kill()
  }

  @Test("attempts can be limited; what was written plays")
  func limit() throws {
    let server = try RTSPServer(Self.pattern)
    let run = try LiveRun(
      server.url("test"), "--reconnect-attempts", "2", "--reconnect-delay", "0.1", in: place)
    #expect(run.reaches(rows: 5))
    server.kill()
    #expect(run.program.status() == 1)
    _ = try run.finished()
    #expect(
      run.program.messages.contains(
        "facestream: error: the connection to '\(server.url("test"))' broke: not restored in 2 "
          + "attempts (cannot open '\(server.url("test"))': Connection refused)\n"))
  }

  @Test("without reconnection a run ends with its stream")
  func off() throws {
    let server = try RTSPServer(Self.pattern)
    let run = try LiveRun(
      server.url("test"), "--reconnect", "off", "--timeout", "3", in: place)
    #expect(run.reaches(rows: 5))
    server.freeze(true)
    #expect(run.program.status() == 1)
    server.freeze(false)
    _ = try run.finished()
    #expect(
      run.program.messages.contains(
        "facestream: error: '\(server.url("test"))' sent nothing for 3 s\n"))
  }

  @Test("a camera that is not there yet is waited for")
  func waiting() throws {
    let port = try freePort()
    let url = "rtsp://127.0.0.1:\(port)/test"
    let run = try LiveRun(url, "--wait", "--reconnect-delay", "0.3", in: place)
    #expect(
      run.says(
        "facestream: warning: cannot open '\(url)': Connection refused; waiting for it\n"))
    #expect(!place.exists("out.mkv"))
    let server = try RTSPServer(Self.pattern, port: port)
    #expect(run.says("facestream: warning: '\(url)' is there after "))
    #expect(run.reaches(rows: 5))
    try run.stop()
    server.kill()
  }

  @Test("waiting ends with Ctrl-C")
  func stoppedWaiting() throws {
    let run = try LiveRun("rtsp://127.0.0.1:\(freePort())/test", "--wait", in: place)
    #expect(run.says("; waiting for it\n"))
    run.program.send(SIGINT)
    #expect(run.program.status() == 130)
    #expect(!place.exists("out.mkv") && !place.exists("out.jsonl"))
  }
}
