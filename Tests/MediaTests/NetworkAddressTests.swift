import Foundation
import Testing

@testable import Media

@Suite("Addresses of inputs")
struct NetworkAddressTests {
  @Test(
    "scheme and host are found",
    arguments: [
      ("rtsp://camera.local/stream", "rtsp", "camera.local"),
      ("RTSP://me:p@ss@camera:554/a@b", "rtsp", "camera"),
      ("rtsp://[fe80::1]:554/", "rtsp", "fe80::1"),
      ("udp://@:5000", "udp", ""), ("udp://:5000?reuse=1", "udp", ""),
      ("https://host?a=b@c", "https", "host"), ("hls+http://host/x", "hls+http", "host"),
    ])
  func parts(path: String, scheme: String, host: String) throws {
    let address = try #require(NetworkAddress(path))
    #expect(address.scheme == scheme)
    #expect(address.host == host)
  }

  @Test(
    "a user name or password that ends before the host does is refused",
    arguments: [
      "rtsp://admin:P@ssw0rd#1@192.0.2.10/stream", "rtsp://admin:pa/ss@host/s",
      "rtsp://admin:pa?ss@host/s", "rtsp://admin:pa#ss@host/s", "rtsp://admin:1#2@host/s",
      "RTSPS://admin:P@ss/w@host/s", "rtmp://me:p@ss?w@host/app/key",
      "rtsp://me:p@10.0.0.5#@host/s",
      "rtsp://me:p@2024/x@10.0.0.5/s", "https://me:pa/ss@host/x", "srt://me:pa/ss@host:9000",
    ])
  func unescaped(path: String) throws {
    let address = try #require(NetworkAddress(path))
    #expect(
      address.refusal
        == "the user name or password seems to hold '/', '?' or '#': write them as %2F, %3F and %23 "
        + "(and an '@' in the path as %40)")
  }

  @Test(
    "an address that says where its host begins is not refused",
    arguments: [
      "rtsp://me:p@ss@host/s", "rtsp://me:p%2Fss%23@host:554/s", "rtsp://host:554/a@b",
      "rtsp://me:pw@10.0.0.5:554/a@b", "rtsp://me:pw@[fe80::1]/a@b", "rtsp://[::1]:554/a@b",
      "rtsp://me:pw@host/s?mail=a@b", "rtsp://me:pw@10.0.0.5?mail=a@b", "rtsp://host/a@b",
      "http://host/a:b@c", "https://me:pw@host/@user/x", "https://host?a=b@c", "udp://@:5000",
      "srt://host:9000?streamid=#!::u=a@b", "srt://me@host:9000?streamid=a@b",
      "file://me:pa/ss@host", "-", "a:b@c",
    ])
  func escaped(path: String) {
    #expect(NetworkAddress(path)?.refusal == nil)
  }

  @Test("paths are no addresses", arguments: ["talk.mp4", "-", "a:b", "lavfi:color", "1x://y"])
  func paths(path: String) {
    #expect(NetworkAddress(path) == nil)
  }

  @Test("a name that exists is known, one that cannot exist is not")
  func lookUp() {
    #expect(NameLookup.lookUp("localhost") { false } == .known)
    #expect(NameLookup.lookUp("127.0.0.1") { false } == .known)
    // Never resolved (RFC 6761, section 6.4).
    let answer = NameLookup.lookUp("camera.invalid") { false }
    #expect(answer != .known && answer != .abandoned)
  }

  @Test("what is a number is known without asking anybody")
  func numeric() {
    for host in ["127.0.0.1", "::1", "fe80::1%lo", "239.1.1.1"] {
      #expect(NameLookup.isNumeric(host))
    }
    for host in ["localhost", "camera.invalid", "1.2.3.4.5", "::1::"] {
      #expect(!NameLookup.isNumeric(host))
    }
  }

  @Test("nobody waits for a lookup that is not wanted any more")
  func abandoned() {
    let answer = NameLookup.lookUp("camera.invalid") { true }
    // It may have been quicker.
    #expect(answer != .known)
  }
}

@Suite("Deadlines of inputs and outputs")
struct IOWatchTests {
  @Test("a deadline makes waiting calls return, and taking it away lets them wait")
  func deadline() {
    let watch = IOWatch(interruption: Interruption())
    #expect(!watch.isOver)
    watch.allow(seconds: 0)
    #expect(becomesOver(watch))
    watch.allow(seconds: nil)
    #expect(!watch.isOver)
    watch.allow(seconds: .infinity)
    #expect(!watch.isOver)
  }

  @Test("a time in which nobody could ask, as the process stood still, does not count")
  func standstill() {
    let watch = IOWatch(interruption: Interruption())
    watch.allow(seconds: 1)
    #expect(!watch.isOver)
    // Nobody who waits is so long about it.
    Thread.sleep(forTimeInterval: 1.5)
    #expect(!watch.isOver)
    #expect(watch.standstillSeconds >= 1.5)
    // What was left of the second goes on.
    #expect(becomesOver(watch))
    #expect(watch.isOver)
  }

  @Test("an interruption counts until the input is closed, which has its own deadline")
  func closing() {
    let interruption = Interruption()
    let watch = IOWatch(interruption: interruption)
    interruption.raise()
    #expect(watch.isOver)
    #expect(!watch.isOverdue)
    watch.beginClosing(withinSeconds: 100)
    #expect(!watch.isOver)
    watch.beginClosing(withinSeconds: 0)
    #expect(becomesOver(watch))
  }

  @Test("waiting ends with an interruption")
  func waiting() {
    let interruption = Interruption()
    #expect(interruption.wait(seconds: 0.001))
    interruption.raise()
    #expect(!interruption.wait(seconds: 3600))
  }

  private func becomesOver(_ watch: IOWatch) -> Bool {
    for _ in 0..<3000 where !watch.isOver { _ = Interruption().wait(seconds: 0.001) }
    return watch.isOver
  }
}
