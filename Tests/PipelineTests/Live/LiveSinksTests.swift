import Foundation
import Imaging
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("What a live run goes on for", .timeLimit(.minutes(10)))
struct LiveSinksTests {
  private let folder: TemporaryFolder
  private static let frameCount = 130

  init() throws { folder = try TemporaryFolder() }

  /// Analyses a live input in which a face leaves the picture after 80 frames, or is gone after fewer.
  ///
  /// - Parameter meanwhile: Happens before each frame is searched.
  private func analyse(
    _ configuration: Configuration, pace: LinePace, faceFrames: Int = 80,
    meanwhile: @escaping @Sendable () -> Void
  ) throws -> (records: [FrameRecord], state: RunState, warnings: [String]) {
    let clip = folder.path("square.mkv")
    let picture = SquareDetector.clip(frames: Self.frameCount).map {
      $0.replacing("y=40", with: "y=40:enable='lt(n,\(faceFrames))'")
    }
    try Clips.make(clip, picture + ["-c:v", "ffv1"])
    var configuration = configuration
    configuration.input = "udp://127.0.0.1:1"
    configuration.detect.every = .frames(1)
    let ring = RingBuffer<DecodedFrame>(capacity: Self.frameCount, whenFull: .wait)
    for frame in try decodedFrames(of: clip) { _ = ring.push(DecodedFrame(frame: frame)) }
    ring.close()
    let warnings = Mutex<[String]>([])
    let state = RunState { sentence in warnings.withLock { $0.append(sentence) } }
    let records = KeptRecords()
    AnalysisStage(
      configuration: configuration, detector: SquareDetector(meanwhile: meanwhile),
      modelDigest: "", records: records, input: ring, output: nil, state: state, pace: pace,
      sinks: LiveSinks(configuration, isWatched: false, state: state)
    ).run()
    return (records.all, state, warnings.withLock { $0 })
  }

  /// Takes the folder of the crops away, and puts something in its place that none can be.
  private func removeCrops() {
    let path = folder.path("crops")
    try? FileManager.default.removeItem(atPath: path)
    try? Data().write(to: URL(filePath: path))
  }

  @Test("crops that cannot be written any more end neither the analysis nor other files")
  func crops() throws {
    var configuration = Configuration()
    configuration.crops.folder = folder.path("crops")
    configuration.tracks = [folder.path("t.jsonl")]
    configuration.track.lostFor = 0.1
    let looks = Atomic<Int>(0)
    let run = try analyse(configuration, pace: LinePace(patienceSeconds: 10)) {
      if looks.add(1, ordering: .relaxed).newValue == 60 { removeCrops() }
    }
    #expect(run.records.count == Self.frameCount)
    #expect(run.warnings.count == 1)
    #expect(run.warnings.first?.hasSuffix("; the other outputs go on") == true)
    // Told at the end as well.
    #expect(run.state.snapshot.failure != nil)
  }

  @Test("when there is nothing else, they end it")
  func nothingElse() throws {
    var configuration = Configuration()
    configuration.crops.folder = folder.path("crops")
    configuration.track.lostFor = 0.1
    let looks = Atomic<Int>(0)
    let run = try analyse(configuration, pace: LinePace(patienceSeconds: 10)) {
      if looks.add(1, ordering: .relaxed).newValue == 60 { removeCrops() }
    }
    #expect((80..<Self.frameCount).contains(run.records.count))
    #expect(run.warnings.isEmpty)
    #expect(run.state.snapshot.failure != nil)
  }

  @Test("a report whose reader goes away ends nothing, and the counts go on")
  func report() throws {
    // As in the program.
    signal(SIGPIPE, SIG_IGN)
    let path = folder.path("check.jsonl")
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
    var configuration = Configuration.redacting
    configuration.output = folder.path("out.mkv")
    configuration.redact.style = .solid
    configuration.redact.report = path
    configuration.track.lookahead = 0
    configuration.track.lostFor = 0.1
    let looks = Atomic<Int>(0)
    let run = try analyse(configuration, pace: LinePace(patienceSeconds: 10), faceFrames: 40) {
      if looks.add(1, ordering: .relaxed).newValue == 20 { close(reader) }
    }
    #expect(run.records.count == Self.frameCount)
    #expect(run.warnings == ["cannot write '\(path)': Broken pipe; the other outputs go on"])
    #expect(
      run.state.snapshot.failure == .cannotWriteTracks(path: path, reason: "Broken pipe"))
    #expect(run.state.snapshot.reviews != ReviewCounts())
  }

  @Test("a run that is left searches no further, and lets go of frames that wait for others")
  func leaving() throws {
    var configuration = Configuration()
    configuration.tracks = [folder.path("t.jsonl")]
    configuration.track.lookahead = 40
    let pace = LinePace(patienceSeconds: 10)
    let looks = Atomic<Int>(0)
    let run = try analyse(configuration, pace: pace) {
      if looks.add(1, ordering: .relaxed).newValue == 60 { pace.leaving.raise() }
    }
    #expect(run.state.snapshot.failure == nil)
    #expect(looks.load(ordering: .relaxed) == 60)
    // The frame at work is done; the forty behind it wait.
    #expect(run.records.map(\.frame) == Array(0..<20))
  }

  @Test("the last that fails is told of, too")
  func last() {
    var configuration = Configuration()
    configuration.outputs = ["a.mkv"]
    configuration.tracks = ["t.jsonl"]
    let warnings = Mutex<[String]>([])
    let state = RunState { sentence in warnings.withLock { $0.append(sentence) } }
    let sinks = LiveSinks(configuration, isWatched: false, state: state)
    let first = PipelineError.cannotWriteTracks(path: "t.jsonl", reason: "No space left on device")
    #expect(sinks.goOn(without: first))
    #expect(
      !sinks.goOn(without: .cannotWriteTracks(path: "a.mkv", reason: "No space left on device")))
    #expect(
      warnings.withLock { $0 } == [
        "cannot write 't.jsonl': No space left on device; the other outputs go on",
        "cannot write 'a.mkv': No space left on device; nothing is left to be written",
      ])
    #expect(state.snapshot.failure == first)
  }
}
