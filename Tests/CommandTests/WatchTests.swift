import Foundation
import TestSupport
import Testing

@Suite("Watching a run", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct WatchTests {
  private let place: Workplace
  private static let source = "lavfi:testsrc2=s=160x120:r=25,realtime"

  init() throws { place = try Workplace() }

  /// Starts a run that is watched on a free port.
  private func start(
    _ arguments: [String],
    options: [String] = ["--http", "127.0.0.1:0", "--size", "64", "--threads", "1"],
    environment: [String: String] = [:]
  ) async throws -> (program: BackgroundProgram, url: String) {
    let program = try BackgroundProgram(
      facestreamPath, arguments + options, in: place.folder.url, environment: environment)
    var url = ""
    let isListening = try await comesTrue {
      guard let match = program.messages.firstMatch(of: /watch at (http:\/\/[\d.:]+)\/\n/) else {
        return false
      }
      url = String(match.1)
      return true
    }
    try #require(isListening)
    return (program, url)
  }

  private func answer(_ url: String) throws -> Int { try WebClients.ask(url).status }

  @Test("a run with nothing but a page is watched, and is left at once although clients watch")
  func leaving() async throws {
    let (program, url) = try await start(["annotate", Self.source])
    #expect(try await comesTrue { try answer(url + "/snapshot/camera.jpg") == 200 })
    let clients = try ["/stream/camera.mjpeg", "/tracks/camera"].map { path in
      try BackgroundProgram("curl", ["--silent", "--no-buffer", url + path])
    }
    #expect(
      try await comesTrue {
        let text = try WebClients.ask(url + "/metrics").text
        return text.contains("kind=\"pictures\"} 1") && text.contains("kind=\"records\"} 1")
      })
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    #expect(try await comesTrue { program.leavingTime != nil })
    #expect(try #require(program.leavingTime) < .seconds(10))
    for client in clients { #expect(try await client.status() != nil) }
    #expect(program.messages.split(separator: "\n").last?.hasPrefix("buffer: ") == true)
  }

  @Test("a live run that writes and is watched is left within two seconds")
  func leavingSoon() async throws {
    let camera = try UDPSender()
    defer { camera.end() }
    let mute = try ByteServer(nil)
    defer { mute.end() }
    var shortest = Duration.seconds(3600)
    // Where programs are held up for seconds, one of several is not.
    for attempt in 1...5 where shortest >= .seconds(2) {
      let (program, url) = try await start([
        "annotate", camera.url, "-o", "\(attempt).mkv", "-o", "\(attempt).m3u8", "-o",
        "rtmp://127.0.0.1:\(mute.port)/live/x", "--tracks", "\(attempt).jsonl", "--wait",
      ])
      let client = try BackgroundProgram(
        "curl", ["--silent", "--no-buffer", url + "/stream/camera.mjpeg"])
      #expect(
        try await comesTrue {
          try WebClients.ask(url + "/metrics").text.contains("kind=\"pictures\"} 1")
            && place.rows("\(attempt).jsonl") > 15
        })
      program.send(SIGINT)
      #expect(try await program.status() == 130)
      #expect(try await comesTrue { program.leavingTime != nil })
      shortest = min(shortest, try #require(program.leavingTime))
      #expect(try await client.status() != nil)
      #expect(try place.frameCount("\(attempt).mkv") == place.rows("\(attempt).jsonl"))
    }
    #expect(shortest < .seconds(2))
  }

  @Test(
    "tracks and redact are watched with nothing but a page, and a free port is told also when quiet",
    arguments: ["tracks", "redact"])
  func withoutOutputs(command: String) async throws {
    let (program, url) = try await start([command, Self.source, "--quiet"])
    #expect(try await comesTrue { try answer(url + "/readyz") == 200 })
    #expect(try await comesTrue { try answer(url + "/snapshot/camera.jpg") == 200 })
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    #expect(program.messages == "facestream: watch at \(url)/\n")
    // A port that was chosen is known.
    let port = try freePort(.tcp)
    let known = try BackgroundProgram(
      facestreamPath,
      [command, Self.source, "--quiet", "--size", "64", "--http", "127.0.0.1:\(port)"])
    #expect(
      try await comesTrue { try answer("http://127.0.0.1:\(port)/readyz") == 200 })
    known.send(SIGINT)
    #expect(try await known.status() == 130)
    #expect(known.messages.isEmpty)
  }

  @Test("a run that writes files as well shows what it writes")
  func besideOutputs() async throws {
    let (program, url) = try await start(
      ["annotate", Self.source, "-o", "out.mkv", "--tracks", "out.jsonl"])
    #expect(try await comesTrue { try answer(url + "/readyz") == 200 })
    #expect(try await comesTrue { try answer(url + "/snapshot/camera.jpg") == 200 })
    #expect(
      try await comesTrue {
        let text = try WebClients.ask(url + "/metrics").text
        return text.contains(/facestream_frames_written_total\{camera="camera"\} [1-9]/)
      })
    program.send(SIGTERM)
    #expect(try await program.status() == 143)
    let rows = try place.lines("out.jsonl").count - 1
    #expect(try place.frameCount("out.mkv") == rows)
  }

  @Test("faces that a pipeline file hides are hidden on the page", arguments: ["none", "solid"])
  func hidden(style: String) async throws {
    let clip = Repository.path("samples/faces.mp4")
    try place.write(
      "input: 'lavfi:movie=\(clip):loop=0,setpts=N/(25*TB),realtime'\ndraw: none\n"
        + "redact: {style: \(style), scale: 1.6}\nhttp: 127.0.0.1:0\n", "watch.yaml")
    let (program, url) = try await start(["run", "watch.yaml"], options: [])
    #expect(
      try await comesTrue {
        let snapshot = try WebClients.ask(url + "/snapshot/camera.jpg")
        try place.write(snapshot.body, "snapshot.jpg")
        return snapshot.status == 200
      })
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    let result = try place.run(
      "tracks", "snapshot.jpg", "-o", "faces.jsonl", "--min-hits", "1", "--quiet")
    #expect(result.status == 0)
    let faces = try #require(try place.lines("faces.jsonl")[1]["faces"] as? [Any])
    #expect(faces.isEmpty == (style == "solid"))
  }

  @Test("a camera that falls silent is not ready, and is again when it goes on")
  func silence() async throws {
    let camera = try UDPSender()
    defer { camera.end() }
    let (program, url) = try await start(["tracks", camera.url, "-o", "out.jsonl", "--wait"])
    #expect(try await comesTrue { try answer(url + "/readyz") == 200 })
    camera.freeze(true)
    #expect(try await comesTrue { try answer(url + "/readyz") == 503 })
    #expect(try WebClients.ask(url + "/readyz").text.contains("\"name\":\"camera\""))
    #expect(try WebClients.ask(url + "/metrics").text.contains("input_up{camera=\"camera\"} 0"))
    #expect(try answer(url + "/healthz") == 200)
    camera.freeze(false)
    #expect(try await comesTrue { try answer(url + "/readyz") == 200 })
    program.send(SIGINT)
    #expect(try await program.status() == 130)
  }

  /// What is said at the moment of the outputs, or of the track files, in order: `1` of those that are up.
  private func states(_ name: String, _ url: String) throws -> [Substring] {
    try WebClients.ask(url + "/metrics").text.split(separator: "\n")
      .filter { $0.hasPrefix("facestream_\(name)_up{") }.map { $0.suffix(1) }
  }

  @Test("an output is up while it is connected")
  func outputs() async throws {
    let camera = try UDPSender()
    let server = "rtmp://127.0.0.1:\(try freePort(.tcp))/live/secret"
    let (program, url) = try await start(
      ["annotate", camera.url, "-o", "rec.mkv", "-o", server, "--wait"])
    #expect(try await comesTrue { try states("output", url) == ["1", "0"] })
    let receiver = try BackgroundProgram(
      "ffmpeg", ["-v", "error", "-nostdin", "-listen", "1", "-i", server, "-f", "null", "-"])
    #expect(try await comesTrue { try states("output", url) == ["1", "1"] })
    #expect(!(try WebClients.ask(url + "/status").text.contains("\"is_connected\":false")))
    receiver.end()
    #expect(try await comesTrue { try states("output", url) == ["1", "0"] })
    #expect(try WebClients.ask(url + "/status").text.contains("\"is_connected\":false"))
    program.send(SIGINT)
    #expect(try await program.status() == 130)
  }

  @Test("a track file that fails is seen while the run goes on")
  func trackFiles() async throws {
    let camera = try UDPSender()
    try #require(unsafe mkfifo(place.folder.path("dead.jsonl"), 0o600) == 0)
    let reader = try BackgroundProgram("cat", ["dead.jsonl"], in: place.folder.url)
    let (program, url) = try await start(
      ["annotate", camera.url, "--tracks", "good.jsonl", "--tracks", "dead.jsonl", "--wait"])
    #expect(try await comesTrue { try states("track_file", url) == ["1", "1"] })
    reader.end()
    #expect(try await comesTrue { try states("track_file", url) == ["1", "0"] })
    #expect(try WebClients.ask(url + "/status").text.contains("\"has_failed\":true"))
    program.send(SIGINT)
    #expect(try await program.status() == 1)
  }

  @Test("clients that read nothing hold nobody up, and cost neither threads nor memory without end")
  func slowClients() async throws {
    let source = "lavfi:testsrc2=s=640x480:r=25,realtime"
    let (program, url) = try await start(["annotate", source])
    /// A figure of the camera; `nil` when the answer takes long, as on a busy machine.
    func figure(_ group: String, _ name: String) throws -> Int? {
      let body = try WebClients.ask(url + "/status").body
      let status = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
      let camera = (status?["cameras"] as? [[String: Any]])?.first
      return (camera?[group] as? [String: Any])?[name] as? Int
    }
    let paths = ["/stream/camera.mjpeg", "/tracks/camera"]
    // What the first clients bring about is not what each client costs.
    #expect(try await comesTrue { try answer(url + "/snapshot/camera.jpg") == 200 })
    for path in paths {
      #expect(try await comesTrue { try WebClients.ask(url + path, seconds: 1).status == 200 })
    }
    let before = (threads: program.threadCount, bytes: try #require(program.residentBytes))
    let clients = try (0..<20).map { try WebConnection(url, path: paths[$0 % 2]) }
    #expect(
      try await comesTrue {
        try figure("watchers", "pictures") == 10 && figure("watchers", "records") == 10
      })
    // All of them lag behind, while the camera and other clients go on.
    #expect(try await comesTrue { try figure("watchers", "dropped") ?? 0 > 20 })
    let seen = try figure("frames", "analyzed") ?? 0
    #expect(try await comesTrue { try figure("frames", "analyzed") ?? 0 > seen + 50 })
    #expect(try await comesTrue { try answer(url + "/snapshot/camera.jpg") == 200 })
    #expect(program.threadCount <= before.threads + 2)
    // At most two pictures of some 100 kB a client, and the queues of the records.
    #expect(try #require(program.residentBytes) < before.bytes + 30_000_000)
    withExtendedLifetime(clients) {}
    program.send(SIGINT)
    #expect(try await program.status() == 130)
  }

  @Test("the token comes from the environment or an option, and is never said")
  func token() async throws {
    let (program, url) = try await start(
      ["annotate", Self.source], environment: ["FACESTREAM_HTTP_TOKEN": "sesame"])
    #expect(try answer(url + "/status") == 401)
    #expect(try WebClients.ask(url + "/status?token=sesame").status == 200)
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    #expect(!program.messages.contains("sesame"))
    // The option comes first.
    let (second, other) = try await start(
      ["annotate", Self.source, "--http-token", "open"],
      environment: ["FACESTREAM_HTTP_TOKEN": "sesame"])
    #expect(try WebClients.ask(other + "/status?token=sesame").status == 401)
    #expect(try WebClients.ask(other + "/status?token=open").status == 200)
    second.send(SIGINT)
    #expect(try await second.status() == 130)
  }

  @Test("an address that cannot be served on is one sentence")
  func refusals() async throws {
    let taken = try await start(["annotate", Self.source])
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
