import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Media

@Suite("Outputs of live runs", .takingTurns, .timeLimit(.minutes(5)))
struct LiveOutputTests {
  private final class Events: Sendable {
    private let warnings = Mutex<[String]>([])

    var all: [String] { warnings.withLock { $0 } }

    func note(_ event: OutputEvent) {
      if case .warning(let sentence) = event { warnings.withLock { $0.append(sentence) } }
    }
  }

  @Test("the first connection is no reconnection, however many attempts it takes")
  func firstConnection() async throws {
    let graph = "lavfi:testsrc2=size=64x48:rate=25:duration=1"
    let socket = try LocalSocket(.tcp)
    let url = "tcp://127.0.0.1:\(socket.port)"
    let template = try Muxer(
      options: OutputOptions(path: url, format: "mpegts"), interruption: Interruption())
    let frame = try #require(try decodeVideo(graph).frames.first)
    let encoder = try Encoder(
      like: frame, codecName: "mpeg2video", frameRate: nil,
      needsGlobalHeader: template.needsGlobalHeader, options: EncoderOptions())
    try template.setVideo(from: encoder, replacing: try openInput(graph))
    let events = Events()
    let output = LiveOutput(
      template: template, leaving: Interruption(), requestKeyFrame: {}, report: events.note)
    try output.start(at: 0)
    // Nobody listens yet.
    #expect(
      try await comesTrue {
        events.all == [
          "cannot write '\(url)': Connection refused; trying again until it works"
        ]
      })
    try #require(listen(socket.descriptor, 1) == 0)
    #expect(try await comesTrue { events.all.last == "'\(url)' is connected" })
    #expect(output.statistics.isConnected)
    #expect(output.statistics.reconnects == 0)
    output.close()
    var left = 0.0
    output.waitForEnd(leftSeconds: &left)
    #expect(events.all.count == 2)
  }
}
