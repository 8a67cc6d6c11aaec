import Foundation
import Imaging
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Frames that are not searched, through the pipeline", .timeLimit(.minutes(10)))
struct PredictedFramesTests {
  private let folder: TemporaryFolder
  private let clip: String
  private static let frameCount = 60

  init() throws {
    folder = try TemporaryFolder()
    clip = folder.path("square.mkv")
    try Clips.make(clip, SquareDetector.clip(frames: Self.frameCount) + ["-c:v", "ffv1"])
  }

  /// Where the rectangle is.
  private func truth(_ frame: Int) -> BoundingBox {
    BoundingBox(x: Float(2 * frame), y: 40, width: 24, height: 30)
  }

  /// The records of a live input of which so many frames arrive while one is searched, and how many were
  /// dropped.
  private func live(
    framesPerSearch: Int, capacity: Int = 8
  ) throws -> (records: [FrameRecord], state: RunState, drops: Int, looks: Int) {
    var configuration = Configuration()
    configuration.input = "udp://127.0.0.1:1"
    let ring = RingBuffer<DecodedFrame>(capacity: capacity, whenFull: .dropOldest)
    let frames = try decodedFrames(of: clip)
    let next = Mutex(0)
    let arrive: @Sendable (Int) -> Void = { count in
      next.withLock { next in
        for frame in frames[next...].prefix(count) { _ = ring.push(DecodedFrame(frame: frame)) }
        next = min(next + count, frames.count)
        if next == frames.count { ring.close() }
      }
    }
    let detector = SquareDetector { arrive(framesPerSearch) }
    let (records, state) = (KeptRecords(), RunState { _ in })
    arrive(1)
    AnalysisStage(
      configuration: configuration, detector: detector, modelDigest: "", records: records,
      input: ring, output: nil, state: state
    ).run()
    #expect(state.snapshot.failure == nil)
    return (records.all, state, ring.statistics.drops, detector.lookCount)
  }

  @Test("a live backlog is worked off with predictions, and nothing is dropped")
  func catchingUp() throws {
    let (records, state, drops, looks) = try live(framesPerSearch: 4)
    #expect(drops == 0)
    #expect(records.map(\.frame) == Array(0..<Self.frameCount))
    // The first frame comes alone, and at the end none arrive any more.
    #expect((15...17).contains(looks))
    #expect(records.count { !$0.isPredicted } == looks)
    #expect(state.snapshot.analyzedFrames == Self.frameCount)
    #expect(state.snapshot.predictedFrames == Self.frameCount - looks)
    for record in records.dropFirst(20) {
      let face = try #require(record.faces.first, "frame \(record.frame)")
      #expect(record.faces.count == 1 && face.identity == 1)
      #expect(face.state == (record.isPredicted ? .extrapolated : .tracked))
      #expect(face.box.intersectionOverUnion(with: truth(record.frame)) > 0.8)
      // Nothing was measured there.
      #expect(!record.isPredicted || face.pose == nil && face.poseReason == nil)
    }
  }

  @Test("a search slower than the ring buffer is long costs only what arrives beyond that")
  func tooSlow() throws {
    let (records, state, drops, looks) = try live(framesPerSearch: 12)
    #expect(drops > 0 && records.count + drops == Self.frameCount)
    #expect(state.snapshot.analyzedFrames == records.count)
    #expect(looks <= Self.frameCount / 12 + 2)
    // Of a full buffer, six are caught up with by predictions; the last looks are at what is left at the end.
    #expect(records.count { $0.isPredicted } >= 6 * (looks - 2))
  }

  @Test("when the output is slow, the newest frames win, and never more than a few are under way")
  func slowOutput() throws {
    var configuration = Configuration()
    configuration.input = "udp://127.0.0.1:1"
    let ring = RingBuffer<DecodedFrame>(capacity: 8, whenFull: .dropOldest)
    let link = OutputLink(isLive: true)
    let frames = try decodedFrames(of: clip)
    let state = RunState { _ in }
    // How many newer frames there were already when the output was done with one.
    let ages = Mutex<[Int]>([])
    _ = link.opened.push(true)
    _ = ring.push(DecodedFrame(frame: frames[0]))
    onThreads(
      { [configuration] in
        AnalysisStage(
          configuration: configuration, detector: SquareDetector(), modelDigest: "",
          records: KeptRecords(), input: ring, output: link, state: state
        ).run()
      },
      {
        var next = 1
        var taken = 0
        while let analyzed = link.frames.pop() {
          taken += 1
          // While one frame is encoded three arrive, and the analysis is held back.
          for frame in frames[next...].prefix(3) { _ = ring.push(DecodedFrame(frame: frame)) }
          next = min(next + 3, frames.count)
          if next == frames.count {
            ring.close()
          } else {
            waitUntil { link.frames.statistics.fullWaits >= taken }
          }
          ages.withLock { $0.append(next - 1 - analyzed.frame.index) }
        }
      })
    #expect(state.snapshot.failure == nil)
    let drops = ring.statistics.drops
    #expect(drops > 0 && state.snapshot.analyzedFrames + drops == Self.frameCount)
    let all = ages.withLock { $0 }
    #expect(all.count == state.snapshot.analyzedFrames)
    // Half the ring buffer, one each in the analysis, on the way and at the output, and the three that came last;
    // with the whole buffer it would be four more.
    let settled = all.dropFirst(all.count / 3).sorted()
    #expect(settled[settled.count / 2] <= 4 + 3 + 3)
  }

  @Test("every third frame of a file: repeatable, and the same for any number of threads")
  func offline() throws {
    func run(_ threads: Int) throws -> Data {
      let path = folder.path("\(threads).jsonl")
      var configuration = Configuration()
      configuration.input = clip
      configuration.tracks = [path]
      configuration.detect.every = .frames(3)
      configuration.threads = threads
      let detector = SquareDetector()
      let summary = try PipelineRunner(configuration: configuration, detector: detector)
        .run(warn: { _ in }, progress: { _ in })
      #expect(detector.lookCount == Self.frameCount / 3)
      #expect(summary.predictedFrames == Self.frameCount * 2 / 3)
      return try Data(contentsOf: URL(filePath: path))
    }
    let text = try run(1)
    #expect(try run(2) == text)
    let rows = text.split(separator: UInt8(ascii: "\n")).dropFirst()
    #expect(rows.count == Self.frameCount)
    let predicted = rows.map { String(decoding: $0, as: UTF8.self).contains("\"predicted\":true") }
    #expect(predicted == (0..<Self.frameCount).map { !$0.isMultiple(of: 3) })
  }

  @Test("redact hides faces in frames that are not searched", arguments: [0, 30])
  func hidden(lookahead: Int) throws {
    let output = folder.path("hidden.mkv")
    var configuration = Configuration.redacting
    configuration.input = clip
    configuration.output = output
    configuration.redact.style = .solid
    configuration.redact.shape = .box
    configuration.redact.extend = 0
    configuration.track.lookahead = lookahead
    configuration.detect.every = .frames(4)
    configuration.encode.codec = "ffv1"
    let summary = try PipelineRunner(configuration: configuration, detector: SquareDetector())
      .run(warn: { _ in }, progress: { _ in })
    #expect(summary.ending == .complete && summary.predictedFrames == 45)
    #expect(summary.reviews.total == 0)
    let raw = folder.path("hidden.raw")
    try Clips.make(
      raw, ["-i", output, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-vsync", "0"])
    let data = try [UInt8](Data(contentsOf: URL(filePath: raw)))
    let size = 160 * 120
    let brightest = stride(from: 0, to: data.count, by: size * 3 / 2).map {
      data[$0..<$0 + size].max() ?? 0
    }
    #expect(brightest.count == Self.frameCount)
    // The rectangle is white (235) before a gray (126). Without look-ahead nobody knows until the second search
    // where it goes.
    #expect(brightest.dropFirst(lookahead > 0 ? 0 : 4).allSatisfy { $0 < 140 })
  }
}
