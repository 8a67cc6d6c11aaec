import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite("What is served", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct RouteTests {
  private let station: Station

  init() async throws {
    station = try Station()
    try #require(try await station.isReady())
  }

  /// A body as an object of JSON.
  private func object(_ answer: WebClients.Answer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
  }

  @Test("a snapshot is a JPEG picture of the frame's size")
  func snapshot() async throws {
    var answer = try station.ask("/snapshot/door.jpg")
    // It waits for a picture, though not for ever.
    #expect(
      try await comesTrue {
        if answer.status == 503 { answer = try station.ask("/snapshot/door.jpg") }
        return answer.status == 200
      })
    #expect(answer.headers["content-type"] == "image/jpeg")
    #expect(answer.headers["cache-control"] == "no-store")
    #expect(try Clips.size(ofPicture: answer.body) == "160,120")
  }

  /// The pictures of a stream, as far as they came.
  private func pictures(_ answer: WebClients.Answer) throws -> [Data] {
    guard answer.status == 200 else { return [] }
    let type = try #require(answer.headers["content-type"])
    #expect(type.hasPrefix("multipart/x-mixed-replace; boundary="))
    let boundary = "--" + type.split(separator: "=")[1]
    var rest = answer.body[...]
    var pictures: [Data] = []
    // Each part says how long it is; the boundary must follow right there.
    while let head = rest.range(of: Data("\r\n\r\n".utf8)) {
      let lines = String(decoding: rest[..<head.lowerBound], as: UTF8.self)
        .components(separatedBy: "\r\n")
      try #require(lines.count == 3 && lines[0] == boundary)
      #expect(lines[1] == "Content-Type: image/jpeg")
      let length = try #require(Int(lines[2].replacing("Content-Length: ", with: "")))
      guard rest.endIndex - head.upperBound >= length else { break }
      pictures.append(Data(rest[head.upperBound..<head.upperBound + length]))
      rest = rest[(head.upperBound + length)...]
      // The last line end may have come in part.
      try #require(Data("\r\n".utf8).starts(with: rest.prefix(2)))
      rest = rest.dropFirst(2)
    }
    return pictures
  }

  @Test("a stream is parts of JPEG that other programs play")
  func stream() async throws {
    var pictures: [Data] = []
    #expect(
      try await comesTrue {
        pictures = try self.pictures(station.ask("/stream/door.mjpeg", seconds: 3))
        return pictures.count > 5 && Set(pictures).count > 1
      })
    for picture in pictures.prefix(3) {
      #expect(try Clips.size(ofPicture: picture) == "160,120")
    }
    let played = try runProcess(
      "ffprobe",
      [
        "-v", "error", "-f", "mpjpeg", "-read_intervals", "%+#5", "-show_entries",
        "frame=width,height", "-of", "csv=p=0", station.url + "/stream/door.mjpeg",
      ])
    #expect(played.status == 0)
    #expect(
      played.text.split(separator: "\n").map { $0.prefix(7) }
        == Array(repeating: "160,120", count: 5))
  }

  @Test("tracks are server-sent events whose data are the lines of the records")
  func tracks() async throws {
    var type: String?
    var blocks: [String] = []
    #expect(
      try await comesTrue {
        let answer = try station.ask("/tracks/door", seconds: 2)
        type = answer.headers["content-type"]
        blocks = answer.text.components(separatedBy: "\n\n")
        return answer.status == 200 && blocks.count > 10
      })
    #expect(type == "text/event-stream; charset=utf-8")
    #expect(blocks[0] == "retry: 2000")
    let events = blocks.dropFirst().dropLast().map { $0.components(separatedBy: "\n") }
    try #require(events.count > 5)
    #expect(events[0][0] == "event: header")
    let header = try JSONSerialization.jsonObject(
      with: Data(events[0][1].dropFirst("data: ".count).utf8))
    #expect((header as? [String: Any])?["facestream"] as? Int == 1)
    var last: Int?
    for event in events.dropFirst() {
      try #require(event.count == 3 && event[0].hasPrefix("id: ") && event[1] == "event: frame")
      let record = try JSONSerialization.jsonObject(
        with: Data(event[2].dropFirst("data: ".count).utf8))
      let frame = try #require((record as? [String: Any])?["frame"] as? Int)
      #expect(event[0] == "id: \(frame)")
      if let last { #expect(frame == last + 1) }
      last = frame
      #expect((record as? [String: Any])?["faces"] is [Any])
    }
  }

  @Test("the state of all cameras is JSON")
  func status() throws {
    let answer = try station.ask("/status")
    #expect(answer.headers["content-type"] == "application/json; charset=utf-8")
    let status = try object(answer)
    #expect(status["version"] as? String == "1.2.3")
    let camera = try #require((status["cameras"] as? [[String: Any]])?.first)
    #expect(camera["name"] as? String == "door")
    #expect(camera["connection"] as? String == "live")
    #expect(camera["is_ready"] as? Bool == true)
    #expect((camera["width"] as? Int, camera["height"] as? Int) == (160, 120))
    let frames = try #require(camera["frames"] as? [String: Int])
    #expect(
      Set(frames.keys) == ["decoded", "analyzed", "searched", "written", "dropped", "damaged"])
    #expect(try #require(frames["decoded"]) > 0)
    #expect(camera["frames_per_second"] is [String: Double])
    #expect(camera["latency"] is [Any])
  }

  @Test("the page may run and show nothing but itself")
  func page() throws {
    let (first, second) = (try station.ask("/"), try station.ask("/"))
    #expect(first.headers["content-type"] == "text/html; charset=utf-8")
    let policy = try #require(first.headers["content-security-policy"])
    #expect(policy.hasPrefix("default-src 'none'; "))
    #expect(!policy.contains("unsafe"))
    let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([^']+)'/)?.1)
    #expect(first.text.contains("<script nonce=\"\(nonce)\">"))
    #expect(!first.text.contains("{nonce}"))
    #expect(second.headers["content-security-policy"] != policy)
    // Nothing from elsewhere, and no name in it.
    #expect(!first.text.contains("https://"))
    #expect(!first.text.contains("door"))
  }

  @Test("a process that lives says so, also to HEAD")
  func health() async throws {
    let answer = try station.ask("/healthz")
    #expect((answer.status, answer.text) == (200, "ok\n"))
    for path in ["/", "/healthz", "/metrics", "/stream/door.mjpeg", "/tracks/door"] {
      let head = try station.ask(path, ["--head"])
      #expect(head.status == 200, "\(path)")
      #expect(head.body.isEmpty)
    }
    #expect(try await comesTrue { station.cameras[0].status.pictureWatchers == 0 })
  }

  @Test("what is not there, and what is not allowed, is one sentence")
  func refusals() throws {
    for (path, arguments, status, sentence) in [
      ("/nothing", [], 404, "there is nothing at '/nothing'; the page is at /"),
      ("/stream/door", [], 404, "there is nothing at '/stream/door'; the page is at /"),
      ("/stream/garden.mjpeg", [], 404, "there is no camera 'garden'; there is 'door'"),
      ("/snapshot/..%2f.jpg", [], 404, "there is no camera '../'; there is 'door'"),
      ("/tracks/%zz", [], 404, "there is no camera '%zz'; there is 'door'"),
      ("/", ["-X", "POST"], 405, "only GET and HEAD are answered"),
      ("/status", ["-X", "DELETE"], 405, "only GET and HEAD are answered"),
    ] as [(String, [String], Int, String)] {
      let answer = try station.ask(path, arguments)
      #expect(answer.status == status)
      #expect(answer.text == sentence + "\n")
      #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
      #expect(answer.headers["x-content-type-options"] == "nosniff")
    }
  }

  @Test("when a camera ends, its streams end, and it is not ready")
  func ending() async throws {
    let stream = try WebConnection(station.url, path: "/tracks/door")
    #expect(try await comesTrue { station.cameras[0].status.recordWatchers == 1 })
    station.stopCameras()
    let answer = try station.ask("/readyz")
    #expect(answer.status == 503)
    let report = try object(answer)
    #expect(report["is_ready"] as? Bool == false)
    let camera = try #require((report["not_ready"] as? [[String: Any]])?.first)
    #expect(camera["name"] as? String == "door")
    #expect(camera["connection"] as? String == "ended")
    #expect(try await comesTrue { station.cameras[0].status.recordWatchers == 0 })
    let snapshot = try station.ask("/snapshot/door.jpg")
    #expect(snapshot.status == 503)
    #expect(snapshot.text == "camera 'door' shows no picture at the moment\n")
    withExtendedLifetime(stream) {}
  }
}

extension Clips {
  /// Width and height of a JPEG picture, such as `160,120`.
  static func size(ofPicture data: Data) throws -> String? {
    let folder = try TemporaryFolder()
    try data.write(to: URL(filePath: folder.path("picture.jpg")))
    return try probe(folder.path("picture.jpg"), stream: "v:0", entries: "stream=width,height")
      .first
  }
}
