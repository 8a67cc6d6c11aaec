import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite(
  "The page in a browser", .serialized, .takingTurns, .timeLimit(.minutes(10)),
  .enabled(if: WebClients.missingBrowser == nil, "see TestSupport.WebClients"))
struct BrowserTests {
  private static let names = ["door", "a \"b\" <img src=x onerror=alert(1)> ü/ö"]

  @Test("the page shows every camera's name, state and figures, and takes no name for markup")
  func figures() async throws {
    let station = try Station(Self.names)
    try #require(try await station.isReady())
    let page = try WebClients.browse(station.url + "/", ["--dump-dom"]).text
    #expect(page.contains("<h2>door</h2>"))
    #expect(page.contains("<h2>a \"b\" &lt;img src=x onerror=alert(1)&gt; ü/ö</h2>"))
    #expect(page.contains("2 of 2 cameras live, 0 faces in view"))
    #expect(page.components(separatedBy: "class=\"badge\">live<").count == 3)
    #expect(page.contains("160 × 120"))
    let rate = try #require(page.firstMatch(of: /data-figure="fps">([\d.]+)<small> of/)?.1)
    #expect(try #require(Double(rate)) > 0)
    for name in ["p50", "p95", "faces", "drops", "errors", "reconnects", "identities"] {
      #expect(page.contains("data-figure=\"\(name)\""))
    }
    #expect(page.contains("src=\"/stream/door.mjpeg?"))
    #expect(page.contains("src=\"/stream/a%20%22b%22%20%3Cimg%20src%3Dx"))
  }

  @Test("the picture is seen, at the size of a desktop and of a telephone", arguments: [1280, 420])
  func screenshot(width: Int) async throws {
    let station = try Station(size: "320x240")
    try #require(try await station.isReady())
    let folder = try TemporaryFolder()
    let path = folder.path("page.png")
    let result = try WebClients.browse(
      station.url + "/", ["--window-size=\(width),900", "--screenshot=\(path)"])
    try #require(result.status == 0)
    let pixels = try runProcess(
      "ffmpeg", ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    ).standardOutput
    try #require(pixels.count == width * 900 * 3)
    // The test picture is of full colours, of which the page itself has next to none.
    let vivid = stride(from: pixels.startIndex, to: pixels.endIndex, by: 3).count {
      let color = [pixels[$0], pixels[$0 + 1], pixels[$0 + 2]]
      return Int(color.max()!) - Int(color.min()!) > 150
    }
    #expect(vivid > width * 900 / 20)
  }

  @Test("the page passes its token on, and says what is wrong without it")
  func token() async throws {
    let station = try Station(token: "open+sesame &=ü")
    let query = "token=open+sesame%20%26%3D%C3%BC"
    #expect(
      try await comesTrue {
        try station.ask("/readyz?\(query)").status == 200
      })
    let page = try WebClients.browse(station.url + "/?\(query)", ["--dump-dom"]).text
    #expect(page.contains("class=\"badge\">live<"))
    #expect(page.contains("&amp;\(query)"))
    let refused = try WebClients.browse(station.url + "/", ["--dump-dom"]).text
    #expect(refused.contains("a token is needed"))
  }
}
