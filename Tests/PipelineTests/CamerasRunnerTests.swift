import Detection
import Foundation
import Imaging
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Several inputs side by side", .timeLimit(.minutes(10)))
struct CamerasRunnerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Everything that is said of the inputs while they run.
  private final class Reports: Sendable {
    private let state = Mutex((warnings: [String](), ended: [CameraSummary]()))

    var warnings: [String] { state.withLock { $0.warnings } }
    var ended: [CameraSummary] { state.withLock { $0.ended } }
    func warn(_ camera: String, _ sentence: String) {
      state.withLock { $0.warnings.append("\(camera): \(sentence)") }
    }
    func end(_ camera: CameraSummary) { state.withLock { $0.ended.append(camera) } }
  }

  /// Finds nobody.
  private final class Blind: FaceDetector {
    func detect(
      in picture: ScaledPicture, into detections: inout [Detection]
    ) throws(DetectionError) {
      detections.removeAll()
    }
  }

  private func camera(
    _ name: String, _ input: String, configure: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    var configuration = Configuration()
    configuration.name = name
    configuration.input = input
    configuration.tracks = [folder.path("\(name).jsonl")]
    configuration.detect.size = .longSide(160)
    configuration.threads = 2
    configure(&configuration)
    return configuration
  }

  @discardableResult
  private func run(
    _ runner: CamerasRunner, reports: Reports = Reports(),
    progress: ([CameraProgress]) -> Void = { _ in }
  ) throws -> CamerasSummary {
    try runner.run(
      warn: { reports.warn($0, $1) }, ended: { reports.end($0) }, progress: progress)
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path(name)))
  }

  private func rows(_ name: String) -> Int {
    ((try? bytes(name).count { $0 == UInt8(ascii: "\n") }) ?? 0) - 1
  }

  /// Inputs of several sizes, rates and settings, with and without faces.
  private func differentCameras() throws -> [Configuration] {
    let faces = folder.path("faces.mp4")
    try Clips.make(faces, ["-i", Repository.path("samples/faces.mp4"), "-t", "1", "-c", "copy"])
    return [
      camera("near", faces) { $0.detect.score = 0.8 },
      camera("far", faces) {
        $0.detect.size = .longSide(320)
        $0.detect.minimumFace = 40
        $0.track.lookahead = 5
        $0.output = folder.path("far.mkv")
        // x264's choices depend a little on memory it has not written: not what is tested here.
        $0.encode.codec = "ffv1"
      },
      camera("thorough", faces) {
        $0.detect.quality = .balanced
        $0.detect.nms = 0.6
      },
      camera("pattern", "lavfi:testsrc2=s=161x121:r=10:d=2") {
        $0.output = folder.path("pattern.mkv")
        $0.encode.codec = "ffv1"
      },
    ]
  }

  @Test("each gives the same to the byte as it gives alone")
  func sameAsAlone() throws {
    let cameras = try differentCameras()
    let names = cameras.flatMap { $0.tracks + [$0.output].compactMap { $0 } }
      .map { URL(filePath: $0).lastPathComponent }
    let frames = try cameras.map { camera in
      let summary = try PipelineRunner(configuration: camera).run(
        warn: { _ in }, progress: { _ in })
      #expect(summary.ending == .complete)
      return summary.progress.frames
    }
    #expect(frames.allSatisfy { $0 >= 20 })
    let alone = try names.map(bytes)
    #expect(alone.allSatisfy { $0.count > 1000 })
    let together = cameras.map { camera in
      var camera = camera
      camera.overwrite = true
      return camera
    }
    let reports = Reports()
    let summary = try run(CamerasRunner(together), reports: reports)
    #expect(summary.cameras.map(\.name) == ["near", "far", "thorough", "pattern"])
    #expect(summary.cameras.allSatisfy { $0.run.ending == .complete && $0.hasBegun })
    #expect(summary.cameras.map(\.run.progress.frames) == frames)
    #expect(summary.total.frames == frames.reduce(0, +))
    #expect(summary.total.faces == summary.cameras.map(\.run.progress.faces).reduce(0, +))
    #expect(summary.total.faces > 25)
    #expect(reports.warnings.isEmpty)
    #expect(Set(reports.ended.map(\.name)) == Set(cameras.map(\.name)))
    for (name, expected) in zip(names, alone) {
      #expect(try bytes(name) == expected, "\(name)")
    }
  }

  @Test("one that cannot be opened is told of once, and the others go on to their ends")
  func deadInput() throws {
    let source = "lavfi:testsrc2=s=64x48:d=1"
    let reports = Reports()
    let summary = try run(
      CamerasRunner(
        [
          camera("first", source), camera("dead", folder.path("nowhere.mp4")),
          camera("third", source), camera("fourth", source),
        ], detector: Blind()), reports: reports)
    #expect(summary.cameras.map(\.hasBegun) == [true, false, true, true])
    #expect(summary.cameras.map(\.run.progress.frames) == [25, 0, 25, 25])
    #expect(["first", "third", "fourth"].allSatisfy { rows("\($0).jsonl") == 25 })
    let ended = reports.ended.filter { $0.name == "dead" }
    #expect(ended.count == 1)
    #expect(
      ended[0].run.ending
        == .failed(
          .media(
            .cannotOpen(path: folder.path("nowhere.mp4"), reason: "No such file or directory"))))
  }

  @Test("one that fails in mid-run leaves the others alone")
  func failingInput() throws {
    let summary = try run(
      CamerasRunner(
        [
          camera("good", "lavfi:testsrc2=s=64x48:d=1"),
          camera("bad", "lavfi:testsrc2=s=64x48:d=1") {
            $0.output = folder.path("bad.mkv")
            $0.encode.codec = "no-such-encoder"
          },
        ], detector: Blind()))
    #expect(summary.cameras[0].run.ending == .complete)
    #expect(rows("good.jsonl") == 25)
    #expect(
      summary.cameras[1].run.ending == .failed(.media(.unknownEncoder(name: "no-such-encoder"))))
    #expect(summary.cameras[1].hasBegun)
  }

  /// Accepts connections, says nothing, and stays so until it is let go of.
  private final class SilentServer {
    private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    private(set) var port = 0

    init() throws {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
            && getsockname(descriptor, $0, &length) == 0
        }
      }
      try #require(isBound)
      port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
  }

  @Test("inputs that stall for ever hold up neither the others nor the end")
  func stalledInputs() throws {
    let server = try SilentServer()
    let pipe = folder.path("pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    let runner = CamerasRunner(
      [
        camera("mute", "tcp://127.0.0.1:\(server.port)") { $0.live.timeout = 600 },
        camera("pipe", pipe),
        camera("first", "lavfi:testsrc2=s=64x48:d=1"),
        camera("second", "lavfi:testsrc2=s=64x48:d=1"),
      ], detector: Blind())
    let reports = Reports()
    let summary = try run(runner, reports: reports) { progress in
      // Cancelled only when the others have ended by themselves.
      guard reports.ended.count == 2 else { return }
      #expect(progress.map(\.connection) == [.connecting, .connecting, .ended, .ended])
      runner.cancel()
    }
    #expect(
      summary.cameras.map(\.run.ending) == [.interrupted, .interrupted, .complete, .complete])
    #expect(summary.cameras.map(\.run.progress.frames) == [0, 0, 25, 25])
  }

  @Test("a run that is cancelled leaves whole records and playable videos of every input")
  func cancelled() throws {
    let runner = CamerasRunner(
      ["a", "b", "c"].map { name in
        camera(name, "lavfi:testsrc2=s=64x48,realtime") {
          $0.output = folder.path("\(name).mp4")
        }
      }, detector: Blind())
    let summary = try run(runner) { progress in
      if progress.allSatisfy({ $0.run.frames >= 10 }) { runner.cancel() }
    }
    for camera in summary.cameras {
      #expect(camera.run.ending == .interrupted)
      #expect(camera.run.progress.frames >= 10)
      #expect(rows("\(camera.name).jsonl") == camera.run.progress.frames)
      let frames = try Clips.probe(
        folder.path("\(camera.name).mp4"), stream: "v:0", entries: "stream=nb_read_frames",
        arguments: ["-count_frames"])
      #expect(frames == ["\(camera.run.progress.frames)"])
    }
  }

  @Test("inputs whose faces are known from records need no network")
  func records() throws {
    let faces = folder.path("faces.mp4")
    try Clips.make(faces, ["-i", Repository.path("samples/faces.mp4"), "-t", "1", "-c", "copy"])
    try run(CamerasRunner([camera("searched", faces)]))
    let drawn = ["x", "y"].map { name in
      camera(name, faces) {
        $0.tracks = []
        $0.tracksFrom = folder.path("searched.jsonl")
        $0.output = folder.path("\(name).mkv")
        $0.encode.codec = "ffv1"
        // Loading it would fail.
        $0.detect.model = folder.path("missing.safetensors")
      }
    }
    let summary = try run(CamerasRunner(drawn))
    #expect(summary.cameras.allSatisfy { $0.run.ending == .complete })
    #expect(try bytes("x.mkv") == bytes("y.mkv"))
  }

  @Test("who watches sees the end also of an input whose records cannot be read")
  func brokenRecords() throws {
    try Data("no records\n".utf8).write(to: URL(filePath: folder.path("broken.jsonl")))
    let source = "lavfi:testsrc2=s=64x48:d=1"
    let cameras = [
      camera("good", source),
      camera("broken", source) {
        $0.tracks = []
        $0.tracksFrom = folder.path("broken.jsonl")
        $0.output = folder.path("broken.mkv")
      },
    ]
    let monitors = cameras.map { CameraMonitor(name: $0.name) }
    let summary = try run(CamerasRunner(cameras, detector: Blind(), monitors: monitors))
    #expect(summary.cameras.map(\.hasBegun) == [true, false])
    #expect(summary.cameras[1].run.hasFailed)
    #expect(monitors.map(\.status.connection) == [.ended, .ended])
  }

  @Test("inputs share the threads, and what the user chose for an encoder stays")
  func threads() {
    var own = camera("own", "rtsp://a/b")
    own.encode.threads = 3
    let cameras = [own, camera("live", "rtsp://a/c"), camera("file", "a.mp4")].map { camera in
      var camera = camera
      camera.threads = 7
      return camera
    }
    let shared = CamerasRunner.sharing(threads: 7, among: cameras)
    #expect(shared.map(\.threads) == [2, 2, 2])
    #expect(shared.map(\.encode.threads) == [3, nil, nil])
    #expect(shared.map(\.encoderOptions.liveThreads) == [2, 2, 2])
    #expect(CamerasRunner.sharing(threads: 1, among: cameras).map(\.threads) == [1, 1, 1])
  }
}
