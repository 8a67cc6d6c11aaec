import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite("Who may watch", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct AccessTests {
  @Test("without a token only names of this machine are answered: no other site can pose as it")
  func hosts() throws {
    let station = try Station()
    let port = try #require(station.url.split(separator: ":").last)
    for host in ["localhost", "LOCALHOST:\(port)", "127.0.0.1", "[::1]:\(port)", "127.1.2.3:80"] {
      #expect(try station.ask("/healthz", ["-H", "Host: \(host)"]).status == 200, "\(host)")
    }
    for host in [
      "evil.example", "evil.example:\(port)", "localhost.evil.example", "127.0.0.1.evil.example",
      "192.168.1.7", "[::2]", "",
    ] {
      let answer = try station.ask("/status", ["-H", "Host: \(host)"])
      #expect(answer.status == 403, "\(host)")
      #expect(
        answer.text
          == "this server answers requests to 127.0.0.1, [::1] and localhost only\n")
    }
    #expect(try station.ask("/").headers["cross-origin-resource-policy"] == "same-origin")
    #expect(try station.ask("/").headers["access-control-allow-origin"] == nil)
  }

  @Test("with a token every answer but that of /healthz needs it, in the header or the address")
  func tokens() throws {
    let station = try Station(token: "open sesame&=ü")
    for path in [
      "/", "/status", "/metrics", "/readyz", "/stream/door.mjpeg", "/snapshot/door.jpg",
      "/tracks/door", "/nothing", "/?token=", "/?token=open", "/?token=open%20sesame%26%3D%C3%BCx",
    ] {
      let answer = try station.ask(path)
      #expect(answer.status == 401, "\(path)")
      #expect(answer.headers["www-authenticate"] == "Bearer realm=\"facestream\"")
      #expect(!answer.text.contains("sesame"))
    }
    #expect(try station.ask("/healthz").status == 200)
    for authorization in ["Bearer wrong", "Bearer", "Basic open sesame&=ü", "open sesame&=ü"] {
      let answer = try station.ask("/status", ["-H", "Authorization: \(authorization)"])
      #expect(answer.status == 401, "\(authorization)")
    }
    for authorization in ["Bearer open sesame&=ü", "bearer open sesame&=ü"] {
      let answer = try station.ask("/status", ["-H", "Authorization: \(authorization)"])
      #expect(answer.status == 200, "\(authorization)")
    }
    let query = "token=open%20sesame%26%3D%C3%BC"
    #expect(try station.ask("/status?\(query)").status == 200)
    #expect(try station.ask("/?a=b&\(query)").status == 200)
    // Who knows the token may come by any name.
    let answer = try station.ask("/status?\(query)", ["-H", "Host: camera.example"])
    #expect(answer.status == 200)
  }

  @Test(
    "texts are compared in whole",
    arguments: [
      ("a", "a", true), ("", "", true), ("a", "b", false), ("ab", "a", false), ("a", "ab", false),
      ("abab", "ab", false), ("", "a", false), ("a", "", false), ("ü", "u", false),
    ])
  func comparison(given: String, expected: String, isEqual: Bool) {
    #expect(AccessRules.isEqual(given, expected) == isEqual)
  }

  @Test("what cannot be listened on is one sentence")
  func taken() throws {
    let station = try Station()
    let port = try #require(station.url.split(separator: ":").last.flatMap { Int($0) })
    let address = ListenAddress(host: "127.0.0.1", port: port)
    let second = try HTTPServer(
      address: address, token: nil, cameras: station.cameras, version: "1")
    let error = #expect(throws: ServingError.self) { try second.start() }
    #expect(
      error?.description
        == "cannot listen for HTTP on 127.0.0.1:\(port): Address already in use")
    second.stop()
    // Reserved for documentation (RFC 5737): no machine has it.
    let elsewhere = try HTTPServer(
      address: ListenAddress(host: "192.0.2.1", port: 0), token: "a", cameras: [], version: "1")
    let reason = #expect(throws: ServingError.self) { try elsewhere.start() }
    #expect(
      reason?.description
        == "cannot listen for HTTP on 192.0.2.1:0: Cannot assign requested address")
    elsewhere.stop()
  }
}
