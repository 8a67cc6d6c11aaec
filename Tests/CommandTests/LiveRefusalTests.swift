import Foundation
import TestSupport
import Testing

@Suite("Streams that cannot be used", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveRefusalTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Runs on a stream that is to be refused, and returns what standard error says.
  private func refusal(of input: String, _ options: String...) throws -> String {
    let result = try facestream(
      ["annotate", input, "-o", "out.mkv", "--tracks", "out.jsonl", "--size", "64"] + options,
      in: place.folder.url)
    #expect(result.status == 3)
    #expect(!place.exists("out.mkv") && !place.exists("out.jsonl"))
    return result.standardError
  }

  @Test("a port nobody listens on")
  func refused() throws {
    let url = "rtsp://127.0.0.1:\(try freePort(.tcp))/test"
    #expect(try refusal(of: url) == errorLine("cannot open '\(url)': Connection refused"))
  }

  @Test("a port that accepts and says nothing", arguments: ["rtsp", "rtmp", "http", "tcp"])
  func silent(scheme: String) throws {
    let server = try ByteServer(nil)
    defer { server.end() }
    let url = "\(scheme)://me:secret@127.0.0.1:\(server.port)/live/test"
    // What follows the application of an RTMP address is its key.
    let path = scheme == "rtmp" ? "live/***" : "live/test"
    #expect(
      try refusal(of: url, "--timeout", "1")
        == errorLine(
          "cannot open '\(scheme)://me:***@127.0.0.1:\(server.port)/\(path)': no answer for 1 s"))
  }

  @Test("a UDP port nobody sends to")
  func udp() throws {
    let url = "udp://127.0.0.1:\(try freePort(.udp))"
    #expect(
      try refusal(of: url, "--timeout", "1")
        == errorLine("cannot open '\(url)': no answer for 1 s"))
  }

  @Test("Ctrl-C ends the waiting for an answer at once")
  func stopped() async throws {
    let server = try ByteServer(nil)
    defer { server.end() }
    let run = try LiveRun(
      "rtsp://127.0.0.1:\(server.port)/test", "--timeout", "3600", in: place)
    #expect(try await comesTrue { server.clientCount > 0 })
    run.program.send(SIGTERM)
    #expect(try await run.program.status() == 143)
  }

  @Test("a host that does not exist")
  func unknownHost() throws {
    let error = try refusal(of: "rtsp://me:secret@camera.invalid/test")
    #expect(
      error.hasPrefix(
        "facestream: error: cannot open 'rtsp://me:***@camera.invalid/test': the name "
          + "'camera.invalid' cannot be looked up ("))
  }

  @Test("a protocol or a format that FFmpeg does not have is not waited for")
  func notInFFmpeg() throws {
    let url = "mms://camera.invalid/test"
    #expect(
      try refusal(of: url, "--wait") == errorLine("cannot open '\(url)': Protocol not found"))
    #expect(
      try refusal(of: "rtsp://camera.invalid/test", "--wait", "--input-format", "nonsense")
        == errorLine(
          "cannot open 'rtsp://camera.invalid/test': the installed FFmpeg has no input format "
            + "'nonsense'"))
  }

  @Test("an argument too many is told without its password")
  func wrongUsage() throws {
    let result = try place.run("probe", "a.mp4", "rtsp://me:secret@camera/?token=secret")
    #expect(result.status == 2)
    #expect(result.standardError.contains("'rtsp://me:***@camera/?token=***'"))
    #expect(!result.standardError.contains("secret"))
  }

  @Test("a camera that is not plugged in")
  func noDevice() throws {
    #expect(
      try refusal(of: "/dev/video77")
        == errorLine("cannot open '/dev/video77': No such file or directory"))
  }
}

@Suite(
  "Cameras that refuse", .serialized, .takingTurns, .timeLimit(.minutes(10)),
  .enabled(
    if: RTSPServer.missing == nil, "needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0)"))
struct CameraRefusalTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func tracks(_ input: String) throws -> ProcessResult {
    try place.run("tracks", input, "-o", "out.jsonl", "--size", "64", "--wait")
  }

  @Test("a wrong password is told, not shown, and not waited for")
  func wrongPassword() async throws {
    let server = try await RTSPServer(["--pattern", "test=160x120@10", "--user", "me:right"])
    defer { server.end() }
    let result = try tracks("rtsp://me:wr%6fng@127.0.0.1:\(server.port)/test")
    #expect(result.status == 3)
    #expect(
      result.standardError
        == errorLine(
          "cannot open 'rtsp://me:***@127.0.0.1:\(server.port)/test': the user name or the "
            + "password is wrong or missing (401)"))
    #expect(!place.exists("out.jsonl"))
  }

  @Test("names and passwords may have any character, percent-encoded, and are not shown")
  func oddPassword() async throws {
    let server = try await RTSPServer(["--pattern", "test=160x120@10", "--user", "m@e:s/cr?t"])
    defer { server.end() }
    let run = try LiveRun(
      "rtsp://m%40e:s%2Fcr%3Ft@127.0.0.1:\(server.port)/test", in: place)
    #expect(try await run.reaches(rows: 3))
    server.end()
    #expect(try await run.says("trying again"))
    try await run.stop()
    let header = try #require(try place.lines("out.jsonl").first)
    #expect(
      header["input"] as? String == "rtsp://m%40e:***@127.0.0.1:\(server.port)/test")
    for text in [
      run.program.messages, String(decoding: try place.bytes("out.jsonl"), as: UTF8.self),
    ] {
      #expect(!text.contains("cr%3Ft") && !text.contains("cr?t"))
    }
  }

  @Test("sound without a picture")
  func sound() async throws {
    let server = try await RTSPServer(["--sound", "test"])
    defer { server.end() }
    let result = try tracks(server.url("test"))
    #expect(result.status == 3)
    #expect(result.standardError == errorLine("'\(server.url("test"))' has no video stream"))
  }

  @Test("a stream that does not exist")
  func missing() async throws {
    let server = try await RTSPServer(["--pattern", "test=160x120@10"])
    defer { server.end() }
    let result = try place.run("tracks", server.url("other"), "-o", "out.jsonl")
    #expect(result.status == 3)
    #expect(result.standardError.contains("404 Not Found"))
  }
}
