import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite(
  "The page while it stays open", .timeLimit(.minutes(10)), .serialized,
  .enabled(if: WebClients.missingBrowser == nil, "see TestSupport.WebClients"))
struct PageTests {
  private static let badge = "article .badge"

  @Test("the page says that nobody answers, and goes on once somebody does")
  func serverGone() async throws {
    let station = try Station()
    let browser = try Browser(station.url + "/")
    #expect(try await comesTrue { try browser.text(of: Self.badge) == "live" })
    #expect(try browser.text(of: "#summary") == "1 of 1 camera live, 0 faces in view")
    #expect(try await comesTrue { station.cameras[0].status.pictureWatchers == 1 })
    station.server.stop()
    #expect(try await comesTrue { try browser.text(of: Self.badge) == "unknown" })
    #expect(try browser.text(of: "#summary") == "Nothing is known of the cameras")
    #expect(try browser.text("document.title") == "unknown – Facestream")
    #expect(try browser.text("document.querySelector('article img').hidden") == "true")
    #expect(try browser.text(of: "#notice").hasPrefix("Facestream does not answer"))
    let next = try Station(port: station.port)
    #expect(try await comesTrue { try browser.text(of: Self.badge) == "live" })
    #expect(try await comesTrue { next.cameras[0].status.pictureWatchers == 1 })
    #expect(try browser.text(of: "#notice") == "")
  }

  @Test("a restart between two questions of the page does not leave its picture as it was")
  func restart() async throws {
    let station = try Station()
    let browser = try Browser(station.url + "/")
    #expect(try await comesTrue { station.cameras[0].status.pictureWatchers == 1 })
    // From now on the page waits for its answer.
    _ = try browser.text(
      "ask = fetch, fetch = () => new Promise((answer) => { window.answer = answer; })")
    #expect(try await comesTrue { try browser.text("typeof window.answer") == "function" })
    // Streams end in order.
    station.stopCameras()
    station.server.stop()
    let next = try Station(["garden"], port: station.port)
    _ = try browser.text("fetch = ask, answer(ask('/status'))")
    #expect(try await comesTrue { next.cameras[0].status.pictureWatchers == 1 })
    #expect(try browser.text(of: "main").contains("garden"))
    #expect(try !browser.text(of: "main").contains("door"))
  }
}
