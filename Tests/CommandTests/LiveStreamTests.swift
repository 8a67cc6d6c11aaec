import Foundation
import TestSupport
import Testing

@Suite("Streams of other kinds", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveStreamTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Starts ffmpeg on a moving picture of 10 frames a second, at its pace.
  private func send(
    _ output: String..., codec: String = "libx264", seconds: Int = 3600
  ) throws -> BackgroundProgram {
    let encoding =
      codec == "libx264"
      ? ["-c:v", codec, "-preset", "ultrafast", "-tune", "zerolatency"] : ["-c:v", codec]
    return try BackgroundProgram(
      "ffmpeg",
      [
        "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=\(seconds)", "-g",
        "10",
      ] + encoding + output, in: place.folder.url)
  }

  @Test("MPEG-TS over UDP, through a pause of the sender")
  func udp() async throws {
    let url = "udp://127.0.0.1:\(try freePort(.udp))"
    let run = try LiveRun(url, "--timeout", "3", "--wait", "--reconnect-delay", "0.5", in: place)
    var sender = try send("-f", "mpegts", url + "?pkt_size=1316")
    #expect(try await run.reaches(rows: 10, after: -1))
    sender.end()
    #expect(try await run.losesInput())
    let epoch = run.epoch
    sender = try send("-f", "mpegts", url + "?pkt_size=1316")
    #expect(try await run.reaches(rows: 10, after: epoch))
    let rows = try await run.stop()
    sender.end()
    #expect(rows.allSatisfy { wallSeconds($0) != nil })
    #expect(run.program.messages.contains("'\(url)' sent nothing for 3 s; connecting anew\n"))
  }

  @Test(
    "picture and sound over RTMP and SRT, the picture over RTP",
    arguments: [
      ("rtmp", ["-f", "flv", "-listen", "1"], ""), ("srt", ["-f", "mpegts"], "?mode=listener"),
      ("rtp", ["-an", "-f", "rtp_mpegts"], ""),
    ])
  func protocols(scheme: String, sending: [String], query: String) async throws {
    let port = try freePort(scheme == "rtmp" ? .tcp : .udp)
    let url = "\(scheme)://127.0.0.1:\(port)" + (scheme == "rtmp" ? "/live/camera" : "")
    let run = try LiveRun(url, "--wait", "--reconnect-delay", "0.2", in: place)
    let sender = try BackgroundProgram(
      "ffmpeg",
      [
        "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10", "-f", "lavfi", "-i",
        "sine", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10",
        "-c:a", "aac",
      ] + sending + [url + query])
    #expect(try await run.reaches(rows: 20))
    let rows = try await run.stop()
    #expect(rows.allSatisfy { wallSeconds($0) != nil && $0["epoch"] as? Int == 0 })
    let codecs = try Clips.probe(
      place.folder.path("out.mkv"), stream: "a", entries: "stream=codec_name")
    #expect(codecs == (scheme == "rtp" ? [] : ["aac"]))
    sender.end()
  }

  @Test("a connection that ended leaves no threads behind")
  func threads() async throws {
    let feed = try UDPSender()
    defer { feed.end() }
    let run = try LiveRun(
      feed.url, "--threads", "24", "--timeout", "2", "--wait", "--reconnect-delay", "0.5",
      in: place)
    var before = 0
    #expect(
      try await comesTrue {
        before = max(before, run.program.threadCount)
        return run.rows.count >= 30
      })
    // The decoder's among them.
    #expect(before > 24)
    // What is left behind adds up.
    for _ in 0..<2 {
      feed.freeze(true)
      #expect(try await run.losesInput())
      let epoch = run.epoch
      feed.freeze(false)
      #expect(try await run.reaches(rows: 10, after: epoch))
    }
    #expect(try await comesTrue { run.program.threadCount < before + 12 })
    #expect(run.program.isRunning)
    try await run.stop()
  }

  @Test("a stream over HTTP that ends and comes back in another codec")
  func codecChange() async throws {
    let url = "http://127.0.0.1:\(try freePort(.tcp))/live.ts"
    let run = try LiveRun(
      url, "--wait", "--reconnect-delay", "0.2", "--timeout", "30", in: place)
    var sender = try send("-f", "mpegts", "-listen", "1", url)
    #expect(try await run.reaches(rows: 10))
    sender.end()
    #expect(try await run.says("connecting anew"))
    sender = try send("-f", "mpegts", "-listen", "1", url, codec: "mpeg2video")
    #expect(try await run.reaches(rows: 10, ofEpoch: 1))
    let rows = try await run.stop()
    #expect(rows.aroundGap != nil)
    sender.end()
  }

  @Test("a camera that sends JPEG pictures without times: they get that of their arrival")
  func motionJPEG() async throws {
    let url = "http://127.0.0.1:\(try freePort(.tcp))/video.mjpg"
    let run = try LiveRun(
      url, "--wait", "--reconnect-delay", "0.2", "--timeout", "30", in: place)
    let sender = try send("-f", "mpjpeg", "-listen", "1", url, codec: "mjpeg")
    /// Whether the times of 20 frames, sent at 10 a second, are those at which they came.
    func isTimed(_ first: [String: Any], _ last: [String: Any]) -> Bool {
      guard let start = first["time"] as? Double, let end = last["time"] as? Double,
        let wallStart = wallSeconds(first), let wallEnd = wallSeconds(last)
      else { return false }
      return end - start > 1.5 && abs((end - start) - (wallEnd - wallStart)) < 0.05
    }
    // Not of all: where sender or run are held up, several frames come at once.
    #expect(
      try await comesTrue {
        let rows = run.rows.dropFirst(15)
        return zip(rows, rows.dropFirst(20)).contains { isTimed($0, $1) }
      })
    try await run.stop()
    sender.end()
  }

  @Test("a camera of few pictures has the time limit for each")
  func fewPictures() async throws {
    let url = "http://127.0.0.1:\(try freePort(.tcp))/video.mjpg"
    let run = try LiveRun(
      url, "--wait", "--reconnect-delay", "0.2", "--timeout", "10", in: place)
    let sender = try send(
      "-r", "1/3", "-flush_packets", "1", "-f", "mpjpeg", "-listen", "1", url, codec: "mjpeg")
    #expect(try await run.reaches(rows: 6))
    try await run.stop()
    #expect(!run.program.messages.contains("connecting anew"))
    sender.end()
  }

  @Test(
    "faces keep their identities through a short gap, or all get new ones",
    arguments: [false, true])
  func identities(resets: Bool) async throws {
    try place.make(
      "faces.ts", "-i", Repository.path("samples/faces.mp4"), "-an", "-vf",
      "select='eq(n,0)',loop=loop=30:size=1,setpts=N/25/TB", "-frames:v", "30", "-c:v", "libx264",
      "-preset", "ultrafast")
    // Every connection gets the same second of the same faces.
    let server = try ByteServer(place.bytes("faces.ts"))
    defer { server.end() }
    let run = try LiveRun(
      "tcp://127.0.0.1:\(server.port)", "--size", "320", "--when-full", "wait", "--lost-for", "60",
      resets ? "--reset-on-reconnect" : "--wait", in: place)
    #expect(try await run.reaches(rows: 10, ofEpoch: 1))
    let rows = try await run.stop()
    func identities(_ row: [String: Any]?) -> Set<Int> {
      Set((row?["faces"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int })
    }
    let before = identities(rows.last { $0["epoch"] as? Int == 0 })
    let after = identities(rows.filter { $0["epoch"] as? Int == 1 }[9])
    #expect(before.count >= 2)
    #expect(after.count == before.count)
    if resets {
      let highest = try #require(before.max())
      #expect(after.allSatisfy { $0 > highest })
    } else {
      #expect(after == before)
    }
  }

  /// Serves the test's folder over HTTP.
  private func serveFolder(
    port: Int? = nil
  ) async throws -> (program: BackgroundProgram, address: String) {
    let port = try port ?? freePort(.tcp)
    let server = try BackgroundProgram(
      "python3", ["-m", "http.server", "--bind", "127.0.0.1", "\(port)"], in: place.folder.url)
    let address = "http://127.0.0.1:\(port)/"
    let isThere = try await comesTrue {
      try runProcess("curl", ["-s", "-o", "/dev/null", address]).status == 0
    }
    #expect(isThere)
    return (server, address)
  }

  @Test("a file over HTTP is read without loss, as a file", arguments: ["clip.mp4", "clip.ts"])
  func httpFile(name: String) async throws {
    try place.make(
      name, "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-c:v", "libx264", "-preset",
      "ultrafast", "-movflags", "+faststart")
    let server = try await serveFolder()
    func run(_ input: String, _ output: String) throws -> Int32 {
      try place.run(
        "tracks", input, "-o", output, "--size", "64", "--capacity", "1", "--quiet"
      ).status
    }
    #expect(try run(name, "file.jsonl") == 0)
    #expect(try run(server.address + name, "http.jsonl") == 0)
    let rows = try place.bytes("http.jsonl").split(separator: UInt8(ascii: "\n")).dropFirst()
    #expect(rows.count == 100)
    let direct = try place.bytes("file.jsonl").split(separator: UInt8(ascii: "\n")).dropFirst()
    #expect(rows == direct)
    server.program.end()
  }

  @Test("a file that is not on the server")
  func httpMissing() async throws {
    let server = try await serveFolder()
    let result = try place.run("tracks", server.address + "other.mp4", "-o", "a.jsonl")
    #expect(result.status == 3)
    #expect(result.standardError.contains("404 Not Found"))
    server.program.end()
  }

  @Test("a live HLS playlist is followed at its pace until it has an end")
  func hls() async throws {
    let server = try await serveFolder()
    // What is listed for ten seconds is not missed where the run is held up.
    let sender = try send(
      "-f", "hls", "-hls_time", "1", "-hls_list_size", "10", "-hls_flags", "delete_segments",
      "live.m3u8", seconds: 20)
    #expect(try await comesTrue { place.exists("live.m3u8") })
    let run = try LiveRun(server.address + "live.m3u8", "--capacity", "1", in: place)
    #expect(try await run.program.status() == 0)
    let rows = try run.finished()
    // A segment comes at once: without a pace, most of it would be dropped.
    #expect(rows.count > 80)
    #expect(rows.allSatisfy { wallSeconds($0) != nil && $0["epoch"] as? Int == 0 })
    #expect(!run.program.messages.contains("connecting anew"))
    #expect(try await sender.status() == 0)
    server.program.end()
  }

  @Test("pictures of a playlist that were seen before a reconnection are not shown again")
  func hlsAgain() async throws {
    // Neither sender puts an end to the playlist; the second adds to it.
    func send(_ size: String, _ flags: String) throws -> BackgroundProgram {
      try self.send(
        "-s", size, "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_flags",
        "omit_endlist" + flags, "live.m3u8", seconds: 6)
    }
    let port = try freePort(.tcp)
    let server = try await serveFolder(port: port)
    let first = try send("160x120", "")
    #expect(try await comesTrue { place.exists("live.m3u8") })
    let run = try LiveRun(
      server.address + "live.m3u8", "--reconnect-delay", "0.2", "--when-full", "wait", in: place)
    #expect(try await first.status() == 0)
    // They begin at 1.4 s; the parser holds the last ones back.
    #expect(try await comesTrue { (run.rows.last?["time"] as? Double ?? 0) > 7.05 })
    server.program.end()
    #expect(try await run.says("; trying again\n"))
    let again = try await serveFolder(port: port)
    #expect(try await run.says("is back after"))
    let second = try send("320x240", "+append_list")
    #expect(try await run.reaches(rows: 20, after: 0))
    let rows = try await run.stop()
    // All of the second connection are of the second sender.
    let before = rows.count { $0["epoch"] as? Int == 0 }
    #expect(
      run.program.messages.contains("the picture changes to 320×240 at frame \(before);"))
    second.end()
    again.program.end()
  }

  @Test("standard input fed by a sender is read to its end, without loss")
  func pipe() throws {
    let result = try place.shell(
      """
      ffmpeg -v error -re -f lavfi -i testsrc2=s=160x120:r=20:d=2 -c:v libx264 -f mpegts - \
        | "$facestream" tracks - -o a.jsonl --size 64 --quiet
      """)
    #expect(result.status == 0)
    #expect(try place.lines("a.jsonl").count == 41)
  }

  /// A transport stream of ten seconds, much of it damaged.
  private func damagedStream() throws -> Data {
    try place.make(
      "clip.ts", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=10", "-c:v", "libx264",
      "-preset", "ultrafast", "-g", "25")
    var bytes = try place.bytes("clip.ts")
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<300 {
      bytes[Int.random(in: 20_000..<bytes.count, using: &generator)] ^=
        UInt8.random(in: 1...255, using: &generator)
    }
    return bytes
  }

  @Test("damaged parts are counted and end nothing")
  func damage() async throws {
    let server = try ByteServer(damagedStream())
    defer { server.end() }
    let run = try LiveRun("tcp://127.0.0.1:\(server.port)", "--reconnect", "off", in: place)
    #expect(try await run.program.status() == 4)
    #expect(run.program.messages.contains("facestream: warning: damaged input: "))
    let rows = try run.finished()
    #expect(rows.contains { $0["damaged"] as? Bool == true })
  }

  @Test("pictures that are too large in the middle of a stream are left out and counted")
  func largePictures() async throws {
    var stream = Data()
    for size in ["160x120", "320x240", "160x120"] {
      try place.make(
        "part.ts", "-f", "lavfi", "-i", "testsrc2=s=\(size):r=25:d=1", "-c:v", "libx264",
        "-preset", "ultrafast", "-tune", "zerolatency")
      stream += try place.bytes("part.ts")
    }
    let server = try ByteServer(stream)
    let run = try LiveRun(
      "tcp://127.0.0.1:\(server.port)", "--reconnect", "off", "--max-pixels", "30000",
      "--when-full", "wait", in: place)
    #expect(try await run.program.status() == 4)
    #expect(
      run.program.messages.contains(
        "has pictures of 320×240, more than the limit of 30000 pixels (raise it with --max-pixels)"
      ))
    let rows = try run.finished()
    #expect(rows.count > 40 && rows.count <= 50)
  }

  @Test("--max-errors ends a run that has too many damaged parts")
  func maximumErrors() async throws {
    let server = try ByteServer(damagedStream())
    defer { server.end() }
    let url = "tcp://127.0.0.1:\(server.port)"
    let run = try LiveRun(url, "--max-errors", "5", in: place)
    #expect(try await run.program.status() == 1)
    #expect(
      run.program.messages.contains(
        "facestream: error: '\(url)' has more than 5 damaged parts (the last: "))
    _ = try run.finished()
  }
}
