import Detection
import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Watching a camera", .timeLimit(.minutes(10)))
struct CameraMonitorTests {
  private let monitor = CameraMonitor(name: "door")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Finds one face everywhere.
  private final class OneFace: FaceDetector {
    func detect(
      in picture: ScaledPicture, into detections: inout [Detection]
    ) throws(DetectionError) {
      let landmarks = Landmarks(
        leftEye: Point(x: 50, y: 50), rightEye: Point(x: 70, y: 50), noseTip: Point(x: 60, y: 62),
        leftMouthCorner: Point(x: 52, y: 74), rightMouthCorner: Point(x: 68, y: 74))
      detections = [
        Detection(
          box: BoundingBox(minX: 40, minY: 30, maxX: 80, maxY: 90), landmarks: landmarks,
          score: 0.9)
      ]
    }
  }

  private func runner(
    _ input: String, configure: (inout Configuration) -> Void = { _ in }
  ) -> PipelineRunner {
    var configuration = Configuration()
    configuration.input = input
    configuration.detect.size = .longSide(64)
    configuration.threads = 1
    configuration.tracks = [folder.path("a.jsonl")]
    configure(&configuration)
    return PipelineRunner(configuration: configuration, detector: OneFace(), monitor: monitor)
  }

  private func run(_ input: String) throws -> RunSummary {
    try runner(input).run(warn: { _ in }, progress: { _ in })
  }

  private func record(_ frame: Int) -> FrameRecord {
    FrameRecord(
      frame: frame, timestamp: Timestamp(ticks: Int64(frame), timeBase: Rational(1, 25)),
      isDamaged: false, faces: [])
  }

  @Test("a run without a video counts frames and faces, and ends")
  func counts() throws {
    #expect(monitor.status == CameraStatus(name: "door"))
    let summary = try run("lavfi:testsrc2=s=160x120:r=25:d=1")
    #expect(summary.ending == .complete)
    let status = monitor.status
    #expect(status.connection == .ended)
    #expect((status.width, status.height) == (160, 120))
    #expect(status.decodedFrames == 25)
    #expect(status.analyzedFrames == 25)
    #expect(status.searchedFrames == 25)
    #expect(status.writtenFrames == 0)
    #expect((status.faces, status.facesInFrame, status.identities) == (25, 1, 1))
    #expect(status.droppedForWatchers == 0)
    #expect(status.trackFiles == [TrackFileStatistics(path: folder.path("a.jsonl"))])
    #expect(!status.isReady(within: 60))
  }

  @Test("watchers get pictures of the drawn frames, of the frame's size, and then the end")
  func pictures() async throws {
    let subscription = try #require(monitor.watchPictures(limit: 1))
    #expect(monitor.watchPictures(limit: 1) == nil)
    let runner = runner("lavfi:color=c=gray:s=160x120:r=25:d=120,realtime") {
      $0.draw = [.boxes]
    }
    Thread { _ = try? runner.run(warn: { _ in }, progress: { _ in }) }.start()
    var pictures: [CameraPicture] = []
    for await element in subscription.elements {
      if let picture = element { pictures.append(picture) }
      if pictures.count == 2 { runner.cancel() }
    }
    #expect(pictures.count >= 2)
    // Begins and ends as a JPEG file, and a box leaves more than grey.
    let last = try #require(pictures.last)
    #expect(last.bytes.starts(with: [0xFF, 0xD8]))
    #expect(last.bytes.suffix(2) == [0xFF, 0xD9])
    try Data(last.bytes).write(to: URL(filePath: folder.path("last.jpg")))
    let pixels = try runProcess(
      "ffmpeg",
      ["-v", "error", "-i", folder.path("last.jpg"), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    #expect(pixels.standardOutput.count == 160 * 120 * 3)
    let colored = stride(from: 0, to: pixels.standardOutput.count, by: 3).count {
      let color = pixels.standardOutput[$0..<$0 + 3].map { Int($0) }
      return color.max()! - color.min()! > 40
    }
    #expect(colored > 50)
  }

  @Test("no picture is made while nobody watches")
  func nobodyWatches() throws {
    #expect(!monitor.hasPictureWatchers)
    var subscription = monitor.watchPictures(limit: 1)
    #expect(subscription != nil)
    #expect(monitor.hasPictureWatchers)
    #expect(monitor.status.pictureWatchers == 1)
    subscription = nil
    #expect(!monitor.hasPictureWatchers)
  }

  @Test("records reach every reader as lines of JSON, after the header")
  func records() async throws {
    let subscription = try #require(monitor.watchRecords(limit: 2))
    _ = try run("lavfi:testsrc2=s=160x120:r=25:d=1")
    var lines: [RecordLine] = []
    for await element in subscription.elements {
      if let line = element { lines.append(line) }
    }
    #expect(lines.map(\.kind) == [.header] + (0..<25).map { .frame($0) })
    let file = try Data(contentsOf: URL(filePath: folder.path("a.jsonl")))
    #expect(file == Data(lines.map { $0.bytes + [UInt8(ascii: "\n")] }.joined()))
    // Who comes later is told the header as well.
    let late = try #require(monitor.watchRecords(limit: 2))
    var count = 0
    for await element in late.elements where element?.kind == .header { count += 1 }
    #expect(count == 1)
  }

  @Test(
    "a reader that does not read loses the oldest records, which is counted, and holds nobody up")
  func slowReader() async throws {
    let subscription = try #require(monitor.watchRecords(limit: 1))
    let capacity = CameraMonitor.recordCapacity
    for frame in 0..<(capacity + 10) { monitor.note(record(frame)) }
    #expect(monitor.status.droppedForWatchers == 10)
    monitor.end()
    var frames: [RecordLine.Kind] = []
    for await element in subscription.elements { element.map { frames.append($0.kind) } }
    #expect(frames == (10..<(capacity + 10)).map { .frame($0) })
  }

  @Test("a pulse wakes the reader and is no loss")
  func pulse() async throws {
    let subscription = try #require(monitor.watchRecords(limit: 1))
    subscription.pulse()
    monitor.note(record(1))
    monitor.end()
    var elements: [RecordLine.Kind?] = []
    for await element in subscription.elements { elements.append(element?.kind) }
    #expect(elements == [nil, .frame(1)])
    #expect(monitor.status.droppedForWatchers == 0)
  }

  @Test("a record that gives way to a pulse is counted")
  func pulseIntoFullQueue() async throws {
    let subscription = try #require(monitor.watchRecords(limit: 1))
    let capacity = CameraMonitor.recordCapacity
    for frame in 0..<capacity { monitor.note(record(frame)) }
    #expect(monitor.status.droppedForWatchers == 0)
    subscription.pulse()
    #expect(monitor.status.droppedForWatchers == 1)
    monitor.end()
    var elements: [RecordLine.Kind?] = []
    for await element in subscription.elements { elements.append(element?.kind) }
    #expect(elements == (1..<capacity).map { .frame($0) } + [nil])
  }

  @Test("a camera is ready while it is live and its last frame is young")
  func readiness() {
    var status = CameraStatus(name: "door")
    #expect(!status.isReady(within: 5))
    status.connection = .live
    #expect(!status.isReady(within: 5))
    status.secondsSinceFrame = 4
    status.facesInFrame = 2
    #expect(status.isReady(within: 5))
    #expect(status.facesNow(within: 5) == 2)
    #expect(!status.isReady(within: 3))
    #expect(status.facesNow(within: 3) == 0)
    status.connection = .reconnecting
    #expect(!status.isReady(within: 5))
    #expect(status.facesNow(within: 5) == 0)
  }
}
