import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite("Slow clients", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct SlowClientTests {
  @Test("the server stops although clients watch, also those that read nothing")
  func stopping() async throws {
    let station = try Station(size: "640x480")
    try #require(try await station.isReady())
    let clients = try (0..<6).map { number in
      try WebConnection(
        station.url, path: number % 2 == 0 ? "/stream/door.mjpeg" : "/tracks/door")
    }
    #expect(try await comesTrue { station.cameras[0].status.droppedForWatchers > 3 })
    station.server.stop()
    for client in clients { #expect(client.isClosed()) }
    #expect(try await comesTrue { try station.ask("/healthz").status == 0 })
    #expect(try await comesTrue { station.cameras[0].status.pictureWatchers == 0 })
  }

  @Test("no more clients watch at once than are allowed, and who leaves makes room")
  func limit() async throws {
    let station = try Station()
    try #require(try await station.isReady())
    let clients = try (0..<Site.maximumStreams).map { _ in
      try WebConnection(station.url, path: "/tracks/door")
    }
    #expect(
      try await comesTrue { station.cameras[0].status.recordWatchers == Site.maximumStreams })
    let answer = try station.ask("/tracks/door")
    #expect(answer.status == 503)
    #expect(answer.text == "camera 'door' is watched by 32 clients already\n")
    #expect(answer.headers["retry-after"] == "10")
    for client in clients { client.end() }
    #expect(try await comesTrue { try station.ask("/tracks/door", seconds: 1).status == 200 })
  }

  @Test("who leaves is noticed also while a camera shows nothing", arguments: [true, false])
  func leaving(readsBefore: Bool) async throws {
    let station = try Station(isSilent: true)
    func watchers() -> Int {
      let status = station.cameras[0].status
      return status.pictureWatchers + status.recordWatchers
    }
    let paths = ["/stream/door.mjpeg", "/tracks/door"]
    if readsBefore {
      // The connection's end is then that of the client's side alone, and no error.
      for path in paths {
        #expect(try await comesTrue { try station.ask(path, seconds: 1).status == 200 })
      }
    } else {
      let clients = try (0..<10).map { try WebConnection(station.url, path: paths[$0 % 2]) }
      #expect(try await comesTrue { watchers() == 10 })
      for client in clients { client.end() }
    }
    #expect(try await comesTrue { watchers() == 0 })
  }

  @Test("what comes along with a request for a stream is not in the way of its end")
  func requestBodies() async throws {
    let station = try Station(isSilent: true)
    for path in ["/stream/door.mjpeg", "/tracks/door"] {
      let short = ["-X", "GET", "--data", "body"]
      #expect(try await comesTrue { try station.ask(path, short, seconds: 1).status == 200 })
      let long = String(repeating: "a", count: 100_000)
      #expect(try station.ask(path, ["-X", "GET", "--data", long]).status == 413)
    }
    let camera = station.cameras[0]
    #expect(
      try await comesTrue {
        camera.status.pictureWatchers == 0 && camera.status.recordWatchers == 0
      })
  }

  @Test("the system asks silent clients whether they are there")
  func probing() async throws {
    let station = try Station(isSilent: true)
    let client = try BackgroundProgram("curl", ["--silent", station.url + "/stream/door.mjpeg"])
    #expect(try await comesTrue { station.cameras[0].status.pictureWatchers == 1 })
    // Linux' proc_pid_net: local address, remote address, state (01 is established), queues, timer (02 is
    // that of such questions).
    let port = String(station.port, radix: 16, uppercase: true)
    let end = ":" + String(repeating: "0", count: 4 - port.count) + port
    #expect(
      try await comesTrue {
        try runProcess("cat", ["/proc/net/tcp"]).text.split(separator: "\n")
          .map { $0.split(separator: " ") }
          .contains { $0[1].hasSuffix(end) && $0[3] == "01" && $0[5].hasPrefix("02:") }
      })
    withExtendedLifetime(client) {}
  }
}
