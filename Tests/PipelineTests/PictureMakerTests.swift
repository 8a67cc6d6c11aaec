import Foundation
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Picture maker")
struct PictureMakerTests {
  /// Collects whose picture was made, from any thread.
  private final class Turns: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    /// - Returns: How many there are of this name.
    func add(_ name: String) -> Int {
      names.withLock {
        $0.append(name)
        return $0.count { $0 == name }
      }
    }
  }

  @Test("a camera that always has a newer frame takes turns with the others")
  func turns() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("picture.png")
    try Clips.make(path, SourceClip.pictures("64x48") + ["-frames:v", "1"])
    let options = InputOptions()
    let demuxer = try Demuxer(path: path, options: options, interruption: Interruption())
    let decoder = try Decoder(for: demuxer, options: options)
    try decoder.send(demuxer.nextPacket())
    try decoder.send(nil)
    let decoded = try #require(try decoder.nextFrame())
    let frame = try FrameNormalizer(orientation: .upright, isOfPictures: true)
      .normalize(decoded).frame

    let busy = PictureMaker(interval: .zero)
    let patient = PictureMaker(interval: .zero)
    let turns = Turns()
    busy.make(frame) { _ in
      let count = turns.add("busy")
      // While a picture of the one is made, the other gets a frame, and then the one its next.
      if count == 1 { patient.make(frame) { _ in _ = turns.add("patient") } }
      if count < 5 { busy.make(frame) { _ in } }
    }
    #expect(try await comesTrue { turns.all.count == 6 })
    #expect(turns.all == ["busy", "patient", "busy", "busy", "busy", "busy"])
  }
}
