import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite("Slow clients", .timeLimit(.minutes(10)), .serialized)
struct SlowClientTests {
  private static func clients(_ count: Int, of station: Station) throws -> [Connection] {
    try (0..<count).map { number in
      let path = number % 2 == 0 ? "/stream/door.mjpeg" : "/tracks/door"
      return try Connection(
        station.url, request: "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    }
  }

  @Test("clients that read nothing hold nobody up, and cost neither threads nor memory without end")
  func bounded() throws {
    let station = try Station(size: "640x480")
    try #require(try station.isReady())
    let camera = station.cameras[0]
    #expect(try station.ask("/snapshot/door.jpg").status == 200)
    let before = ProcessFigures()
    let clients = try Self.clients(20, of: station)
    #expect(
      becomesTrue {
        camera.status.pictureWatchers == 10 && camera.status.recordWatchers == 10
      })
    // All of them lag behind, while the camera and other clients go on.
    #expect(becomesTrue { camera.status.droppedForWatchers > 20 })
    let frames = camera.status.analyzedFrames
    #expect(becomesTrue { camera.status.analyzedFrames > frames + 50 })
    #expect(try station.ask("/snapshot/door.jpg").status == 200)
    let during = ProcessFigures()
    // No thread a client; some for the pictures, and for what else the tests do meanwhile.
    let threads = try #require(during.threads) - #require(before.threads)
    #expect(threads < 10)
    // At most two pictures of some 100 kB a client, and the queues of the records.
    let bytes = try #require(during.residentBytes) - #require(before.residentBytes)
    #expect(bytes < 60e6)
    withExtendedLifetime(clients) {}
  }

  @Test("the server stops although clients watch, also those that read nothing")
  func stopping() throws {
    let station = try Station(size: "640x480")
    try #require(try station.isReady())
    let clients = try Self.clients(6, of: station)
    #expect(becomesTrue { station.cameras[0].status.droppedForWatchers > 3 })
    station.server.stop()
    for client in clients { #expect(client.isClosed()) }
    #expect(try station.ask("/healthz").status == 0)
    #expect(becomesTrue { station.cameras[0].status.pictureWatchers == 0 })
  }

  @Test("no more clients watch at once than are allowed, and who leaves makes room")
  func limit() throws {
    let station = try Station()
    try #require(try station.isReady())
    let request = "GET /tracks/door HTTP/1.1\r\nHost: localhost\r\n\r\n"
    var clients = try (0..<Site.maximumStreams).map { _ in
      try Connection(station.url, request: request)
    }
    #expect(becomesTrue { station.cameras[0].status.recordWatchers == Site.maximumStreams })
    let answer = try station.ask("/tracks/door")
    #expect(answer.status == 503)
    #expect(answer.text == "camera 'door' is watched by 32 clients already\n")
    #expect(answer.headers["retry-after"] == "10")
    clients.removeAll()
    #expect(try becomesTrue { try station.ask("/tracks/door", seconds: 1).status == 200 })
  }
}
