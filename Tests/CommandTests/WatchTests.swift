import Foundation
import TestSupport
import Testing

@Suite("Watching a run", .timeLimit(.minutes(10)))
struct WatchTests {
  private let place: Workplace
  private static let source = "lavfi:testsrc2=s=160x120:r=25:d=3600,realtime"

  init() throws { place = try Workplace() }

  /// Starts a run that is watched on a free port.
  private func start(
    _ arguments: [String],
    options: [String] = ["--http", "127.0.0.1:0", "--size", "64", "--threads", "1"],
    environment: [String: String] = [:]
  ) throws -> (program: StartedProgram, url: String) {
    let program = try StartedProgram(
      arguments + options, in: place.folder.url, errors: "errors.txt", environment: environment)
    var url = ""
    let isListening = try becomesTrue {
      let text = String(decoding: try place.bytes("errors.txt"), as: UTF8.self)
      guard let match = text.firstMatch(of: /watch at (http:\/\/[\d.:]+)\/\n/) else { return false }
      url = String(match.1)
      return true
    }
    try #require(isListening)
    return (program, url)
  }

  private func status(_ url: String) throws -> Int { try WebClients.ask(url).status }

  @Test("a run with nothing but a page is watched, and is left at once although clients watch")
  func leaving() throws {
    let (program, url) = try start(["annotate", Self.source])
    #expect(try becomesTrue { try status(url + "/readyz") == 200 })
    #expect(try status(url + "/snapshot/camera.jpg") == 200)
    let clients = try ["/stream/camera.mjpeg", "/tracks/camera"].map { path in
      try StartedClient("curl", ["--silent", "--no-buffer", url + path])
    }
    #expect(
      try becomesTrue {
        let text = try WebClients.ask(url + "/metrics").text
        return text.contains("kind=\"pictures\"} 1") && text.contains("kind=\"records\"} 1")
      })
    program.send(SIGINT)
    #expect(program.endsWithin(seconds: 10))
    #expect(program.status() == 130)
    for client in clients { #expect(client.endsWithin(seconds: 10)) }
    #expect(try place.lastLine("errors.txt").hasPrefix("buffer: "))
  }

  @Test("a run that writes files as well shows what it writes")
  func besideOutputs() throws {
    let (program, url) = try start(
      ["annotate", Self.source, "-o", "out.mkv", "--tracks", "out.jsonl"])
    #expect(try becomesTrue { try status(url + "/readyz") == 200 })
    #expect(try status(url + "/snapshot/camera.jpg") == 200)
    #expect(
      try becomesTrue {
        let text = try WebClients.ask(url + "/metrics").text
        return text.contains(/facestream_frames_written_total\{camera="camera"\} [1-9]/)
      })
    program.send(SIGTERM)
    #expect(program.status() == 143)
    let rows = try place.lines("out.jsonl").count - 1
    #expect(try place.frameCount("out.mkv") == rows)
  }

  @Test("faces that a pipeline file hides are hidden on the page", arguments: ["none", "solid"])
  func hidden(style: String) throws {
    let clip = Repository.path("samples/faces.mp4")
    try place.write(
      "input: 'lavfi:movie=\(clip):loop=0,setpts=N/(25*TB),realtime'\ndraw: none\n"
        + "redact: {style: \(style), scale: 1.6}\nhttp: 127.0.0.1:0\n", "watch.yaml")
    let (program, url) = try start(["run", "watch.yaml"], options: [])
    #expect(try becomesTrue { try status(url + "/readyz") == 200 })
    try place.write(try WebClients.ask(url + "/snapshot/camera.jpg").body, "snapshot.jpg")
    program.send(SIGINT)
    #expect(program.status() == 130)
    let result = try place.run(
      "tracks", "snapshot.jpg", "-o", "faces.jsonl", "--min-hits", "1", "--quiet")
    #expect(result.status == 0)
    let faces = try #require(try place.lines("faces.jsonl")[1]["faces"] as? [Any])
    #expect(faces.isEmpty == (style == "solid"))
  }

  @Test("a camera that falls silent is not ready, and is again when it goes on")
  func silence() throws {
    let port = try freePort()
    let camera = try StartedClient(
      "ffmpeg",
      [
        "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=15", "-c:v", "libx264",
        "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-f", "mpegts",
        "udp://127.0.0.1:\(port)?pkt_size=1316",
      ])
    let (program, url) = try start(["tracks", "udp://127.0.0.1:\(port)", "-o", "out.jsonl"])
    #expect(try becomesTrue { try status(url + "/readyz") == 200 })
    camera.send(SIGSTOP)
    #expect(try becomesTrue { try status(url + "/readyz") == 503 })
    #expect(try WebClients.ask(url + "/readyz").text.contains("\"name\":\"camera\""))
    #expect(try WebClients.ask(url + "/metrics").text.contains("input_up{camera=\"camera\"} 0"))
    #expect(try status(url + "/healthz") == 200)
    camera.send(SIGCONT)
    #expect(try becomesTrue { try status(url + "/readyz") == 200 })
    program.send(SIGINT)
    #expect(program.status() == 130)
  }

  @Test("the token comes from the environment or an option, and is never said")
  func token() throws {
    let (program, url) = try start(
      ["annotate", Self.source], environment: ["FACESTREAM_HTTP_TOKEN": "sesame"])
    #expect(try status(url + "/status") == 401)
    #expect(try WebClients.ask(url + "/status?token=sesame").status == 200)
    program.send(SIGINT)
    #expect(program.status() == 130)
    #expect(!String(decoding: try place.bytes("errors.txt"), as: UTF8.self).contains("sesame"))
    // The option comes first.
    let (second, other) = try start(
      ["annotate", Self.source, "--http-token", "open"],
      environment: ["FACESTREAM_HTTP_TOKEN": "sesame"])
    #expect(try WebClients.ask(other + "/status?token=sesame").status == 401)
    #expect(try WebClients.ask(other + "/status?token=open").status == 200)
    second.send(SIGINT)
    #expect(second.status() == 130)
  }

  @Test("an address that cannot be served on is one sentence")
  func refusals() throws {
    let taken = try start(["annotate", Self.source])
    let address = String(taken.url.dropFirst("http://".count))
    for (arguments, status, sentence) in [
      (
        ["--http", address], 1, "cannot listen for HTTP on \(address): Address already in use"
      ),
      (
        ["--http", "camera.example:80"], 2,
        "--http: 'camera.example:80' is not accepted; give an IP address and a port such as "
          + "127.0.0.1:8080, or a port"
      ),
      (
        ["--http", "0.0.0.0:0"], 2,
        "http-token is missing: '0.0.0.0:0' can be reached from other machines; give a token that "
          + "clients must present (--http-token or FACESTREAM_HTTP_TOKEN), or listen on 127.0.0.1"
      ),
      ([], 2, "Missing expected argument '--output <output>' (see facestream --help)"),
    ] as [([String], Int32, String)] {
      let result = try facestream(["annotate", Self.source] + arguments, in: place.folder.url)
      #expect(result.status == status)
      #expect(result.standardError == errorLine(sentence))
    }
    try FileManager.default.createDirectory(
      at: place.folder.url.appending(path: "photos"), withIntermediateDirectories: false)
    try place.write("no picture", "photos/a.jpg")
    let folder = try place.run("tracks", "photos", "-o", "a.jsonl", "--http", "0")
    #expect(folder.status == 2)
    #expect(
      folder.standardError.hasSuffix(
        errorLine(
          "http: a folder of pictures is not accepted; give a video, a stream or a camera to be "
            + "watched")))
  }
}

/// A program that runs beside the tests until it ends or is let go of.
private final class StartedClient {
  private let process = Process()

  init(_ program: String, _ arguments: [String]) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit {
    if process.isRunning { send(SIGKILL) }
    process.waitUntilExit()
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  func endsWithin(seconds: Double) -> Bool { waits(for: process, seconds: seconds) }
}

extension StartedProgram {
  /// Waits for the end, but not for ever.
  func endsWithin(seconds: Double) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while residentBytes != nil, ContinuousClock.now < deadline { usleep(20_000) }
    return residentBytes == nil
  }
}

private func waits(for process: Process, seconds: Double) -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while process.isRunning, ContinuousClock.now < deadline { usleep(20_000) }
  return !process.isRunning
}

extension Workplace {
  /// The last line of a file.
  fileprivate func lastLine(_ name: String) throws -> String {
    let lines = String(decoding: try bytes(name), as: UTF8.self).split(separator: "\n")
    return lines.last.map { String($0) } ?? ""
  }
}

/// A UDP port of this machine that nobody uses at the moment.
private func freePort() throws -> UInt16 {
  let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      guard unsafe bind(descriptor, $0, size) == 0 else { return Int32(-1) }
      return unsafe getsockname(descriptor, $0, &size)
    }
  }
  guard code == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
  return UInt16(bigEndian: address.sin_port)
}
