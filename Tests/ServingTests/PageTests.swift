import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite(
  "The page while it stays open", .serialized, .takingTurns, .timeLimit(.minutes(10)),
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
    let next = try await Station.following(station)
    #expect(try await comesTrue { try browser.text(of: Self.badge) == "live" })
    #expect(try await comesTrue { next.cameras[0].status.pictureWatchers == 1 })
    #expect(try browser.text(of: "#notice") == "")
  }

  @Test("a restart between two questions of the page does not leave its picture as it was")
  func restart() async throws {
    let station = try Station(["door", "yard"])
    let browser = try Browser(station.url + "/")
    #expect(try await comesTrue { station.cameras[0].status.pictureWatchers == 1 })
    // From now on the page waits for its answer.
    _ = try browser.text(
      "ask = fetch, fetch = () => new Promise((answer) => { window.answer = answer; })")
    #expect(try await comesTrue { try browser.text("typeof window.answer") == "function" })
    // Streams end in order.
    station.stopCameras()
    station.server.stop()
    let next = try await Station.following(station, ["door", "garden"])
    _ = try browser.text("fetch = ask, answer(ask('/status'))")
    #expect(try await comesTrue { next.cameras[0].status.pictureWatchers == 1 })
    #expect(try browser.text(of: "main").contains("garden"))
    #expect(try !browser.text(of: "main").contains("yard"))
  }

  @Test("outputs that are not connected or have failed are named, and the latency is that of late")
  func trouble() async throws {
    let station = try Station(isSilent: true)
    let isConnected = Atomic<Bool>(false)
    let recorder = LatencyRecorder()
    recorder.record(0.01, count: 5000, at: .now - RecentDurations.span * 4)
    station.cameras[0].begin(
      update: { status in
        status.connection = .live
        status.outputs = ["rtmp://127.0.0.1/live/key", "rec.mkv"].map { OutputStatistics(path: $0) }
        status.outputs[0].isConnected = isConnected.load(ordering: .relaxed)
        status.outputs[1].hasFailed = true
        status.trackFiles = [TrackFileStatistics(path: "a.jsonl")]
        status.trackFiles[0].hasFailed = true
      }, latency: recorder)
    let browser = try Browser(station.url + "/")
    let others = "Output failed: rec.mkv; "
    #expect(
      try await comesTrue {
        try browser.text(of: ".trouble")
          == others + "Output not connected: rtmp://127.0.0.1/live/***; Track file failed: a.jsonl"
      })
    isConnected.store(true, ordering: .relaxed)
    #expect(
      try await comesTrue {
        try browser.text(of: ".trouble") == others + "Track file failed: a.jsonl"
      })
    #expect(
      try await comesTrue {
        recorder.record(0.1, count: 1, at: .now)
        return try browser.text(of: "[data-figure=p50]") == "100 ms"
      })
    #expect(
      try browser.text("document.querySelector('[data-figure=p50]').title")
        == "Of the last 10 to 20 seconds; since the start: 10 ms")
  }
}
