import Foundation
import TestSupport
import Testing

@Suite("Live outputs over the network", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveOutputNetworkTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func run(_ feed: UDPSender, _ outputs: String...) throws -> LiveOutputRun {
    try LiveOutputRun(
      ["annotate", feed.url, "--tracks", "t.jsonl", "--size", "64", "--threads", "1", "--wait"]
        + outputs.flatMap { ["-o", $0] }, in: place)
  }

  @Test(
    "a server that is killed and comes back is published to again; the file beside loses nothing",
    .enabled(if: RTSPServer.missing == nil, "needs GStreamer's RTSP server"))
  func publishing() async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    let server = try await RTSPServer(["--record", "out=\(place.folder.path("first.mkv"))"])
    defer { server.end() }
    let url = server.url("out").replacing("rtsp://", with: "rtsp://me:secret@")
    let run = try run(feed, "rec.mkv", url)
    #expect(try await server.sees("record out"))
    #expect(try await comesTrue { place.rows() > 15 })
    server.end()
    #expect(try await comesTrue { run.said.contains("; trying again until it works\n") })
    let rows = place.rows()
    #expect(try await comesTrue { place.rows() > rows + 10 })
    let second = try await RTSPServer(
      ["--record", "out=\(place.folder.path("second.mkv"))"], port: server.port)
    defer { second.end() }
    #expect(try await second.sees("record out"))
    #expect(try await comesTrue { run.said.contains("/out' is written again\n") })
    #expect(try await comesTrue { (place.size("second.mkv")) > 20_000 })
    #expect(try await run.stop() == 130)
    #expect(try place.frameCount("rec.mkv") == place.rows())
    #expect(!run.said.contains("secret"))
    #expect(
      run.said.contains("rtsp://me:***@127.0.0.1:\(server.port)/out reconnected once and "))
    second.end()
    let keys = try Clips.probe(
      place.folder.path("second.mkv"), stream: "v:0", entries: "packet=flags")
    #expect(keys.first?.hasPrefix("K") == true)
    #expect(keys.count > 10)
  }

  @Test(
    "a server gets picture and sound",
    arguments: [
      ("rtmp", ["-listen", "1"]), ("rtsp", ["-rtsp_flags", "listen"]),
      ("srt", ["-mode", "listener"]),
    ])
  func sound(scheme: String, listening: [String]) async throws {
    let feed = try UDPSender(audio: true)
    defer { feed.end() }
    let port = try freePort(scheme == "srt" ? .udp : .tcp)
    let url = "\(scheme)://127.0.0.1:\(port)" + (scheme == "srt" ? "" : "/live/camera")
    let server = try BackgroundProgram(
      "ffmpeg", ["-v", "error", "-nostdin"] + listening + ["-i", url, "-c", "copy", "got.mkv"],
      in: place.folder.url)
    let run = try run(feed, url, "rec.mkv")
    #expect(try await comesTrue { place.size("got.mkv") > 30_000 })
    #expect(try await run.stop() == 130)
    #expect(try await server.status() == 0)
    #expect(try place.frameCount("rec.mkv") == place.rows())
    #expect(try #require(try place.frameCount("got.mkv")) > 10)
    let codecs = try Clips.probe(
      place.folder.path("got.mkv"), stream: "a", entries: "stream=codec_name,channels")
    #expect(codecs == ["aac,1"])
    let damage = try runProcess(
      "ffmpeg",
      ["-v", "error", "-i", place.folder.path("got.mkv"), "-map", "0:a", "-f", "null", "-"])
    #expect(damage.standardError.isEmpty)
  }

  @Test(
    "who listens to a transport stream from the middle on sees it within seconds",
    arguments: ["udp", "rtp"])
  func datagrams(scheme: String) async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    let url = "\(scheme)://127.0.0.1:\(try freePort(.udp))"
    // Matroska has the encoder keep its parameters for the header.
    let run = try run(feed, "rec.mkv", url)
    #expect(try await comesTrue { place.rows() > 20 })
    let receiver = try BackgroundProgram(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-i", url, "-t", "4", "-c", "copy", "got.ts",
      ], in: place.folder.url)
    #expect(try await receiver.status() == 0)
    #expect(try await run.stop() == 130)
    #expect(try #require(try place.frameCount("got.ts")) > 10)
    #expect(try place.frameCount("rec.mkv") == place.rows())
  }

  @Test("a server that accepts and says nothing holds up neither the others nor the end")
  func silentServer() async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    let listener = try ByteServer(nil)
    defer { listener.end() }
    let run = try run(
      feed, "rtsp://127.0.0.1:\(listener.port)/x", "rec.mp4",
      "rtmp://127.0.0.1:\(listener.port)/live/x")
    #expect(try await comesTrue { place.rows() > 30 })
    #expect(try await run.stop() == 130)
    #expect(try place.frameCount("rec.mp4") == place.rows())
  }

  @Test("an output that cannot be reached is tried again and does not end the run")
  func unreachable() async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    let url = "rtsp://127.0.0.1:\(try freePort(.tcp))/x"
    let run = try run(feed, url)
    #expect(
      try await comesTrue {
        run.said.contains("facestream: warning: cannot write '\(url)': Connection refused")
          && run.said.contains("; trying again until it works\n")
      })
    let rows = place.rows()
    #expect(try await comesTrue { place.rows() > rows + 20 })
    #expect(try await run.stop() == 130)
    #expect(run.said.components(separatedBy: "trying again").count == 2)
  }
}
