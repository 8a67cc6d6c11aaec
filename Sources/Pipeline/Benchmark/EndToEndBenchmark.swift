import Detection
import Foundation
import Imaging
import Media
import Overlay
import Tracking

/// Times every stage of annotating a clip, one after the other on one thread, so that each shows what
/// it costs; in a real run the stages overlap.
package struct EndToEndBenchmark: Sendable, Encodable {
  package var input: String
  package var width: Int
  package var height: Int
  package var frames: Int
  package var faces: Int
  /// Per stage, in the order a frame goes through them.
  package var stages: [Stage]
  /// Of all stages together.
  package var latency: DurationSummary
  package var framesPerSecond: Double
  package var peakMemoryMegabytes: Double

  /// What one stage costs.
  package struct Stage: Sendable, Encodable {
    package var name: String
    package var duration: DurationSummary
    /// Heap allocations of our own code in all measured frames together; `nil` unless the program
    /// was started by `tools/count-allocations`.
    package var allocations: Int?
  }

  private static let stageNames = [
    "decode", "scale", "detect", "track", "pose", "records", "overlay", "encode",
  ]
  /// Frames that are processed but not counted.
  private static let warmUpFrames = 5

  /// - Parameters:
  ///   - configuration: `input` is read; the encoded video goes nowhere.
  ///   - frames: At most so many are measured.
  /// - Throws: `media`, `detection`, `noFrames`.
  package init(_ configuration: Configuration, frames: Int) throws(PipelineError) {
    let path = configuration.input ?? "-"
    var run = try BenchmarkRun(configuration)
    var costs: [[StageCost]] = []
    while costs.count < Self.warmUpFrames + frames, let frame = try run.annotateNext() {
      costs.append(frame)
    }
    let measured = Array(costs.dropFirst(min(Self.warmUpFrames, costs.count - 1)))
    guard !measured.isEmpty else { throw .noFrames(path: path) }
    input = withoutPassword(path)
    width = run.width
    height = run.height
    self.frames = measured.count
    faces = run.faces
    stages = Self.stageNames.enumerated().map { index, name in
      let costs = measured.map { $0[index] }
      return Stage(
        name: name, duration: DurationSummary(costs.map(\.milliseconds)),
        allocations: costs.reduce(0) { sum, cost in
          sum.flatMap { sum in cost.allocations.map { sum + $0 } }
        })
    }
    let sums = measured.map { $0.reduce(0) { $0 + $1.milliseconds } }
    latency = DurationSummary(sums)
    framesPerSecond = Double(measured.count) / sums.reduce(0, +) * 1000
    peakMemoryMegabytes = peakMemory()
  }
}

/// The stages of a run without their threads.
private struct BenchmarkRun {
  private let demuxer: Demuxer
  private let decoder: Decoder
  private let normalizer: FrameNormalizer
  private let configuration: Configuration
  private let pool = FramePool()
  private var encoder: Encoder?
  private var renderer: OverlayRenderer?
  private var analyzer: FrameAnalyzer
  private var text = TextBuffer()
  private var isDraining = false
  private(set) var width = 0
  private(set) var height = 0
  private(set) var faces = 0

  init(_ configuration: Configuration) throws(PipelineError) {
    let threads = configuration.threads ?? availableProcessors()
    var configuration = configuration
    // As with a video.
    if configuration.pose.smooth == .auto { configuration.pose.smooth = .on }
    self.configuration = configuration
    let detector = try LoadedModel(configuration.detectForTracking, threads: threads).detector
    analyzer = FrameAnalyzer(configuration: configuration, detector: detector, framesInFlight: 0)
    do throws(MediaError) {
      let options = InputOptions(threads: threads, format: configuration.inputFormat)
      demuxer = try Demuxer(
        path: configuration.input ?? "-", options: options, interruption: Interruption())
      decoder = try Decoder(for: demuxer, options: options)
    } catch {
      throw .media(error)
    }
    normalizer = FrameNormalizer(
      orientation: demuxer.videoStream.video?.orientation ?? .upright,
      isOfPictures: demuxer.holdsPictures)
  }

  /// What each stage costs for the next frame, `nil` at the end.
  mutating func annotateNext() throws(PipelineError) -> [StageCost]? {
    var decoded: VideoFrame?
    let decoding = try cost { () throws(PipelineError) in decoded = try nextFrame() }
    guard let frame = decoded else { return nil }
    try prepare(for: frame)
    guard let encoder, let renderer else { return nil }

    analyzer.begin(frame)
    var scaling = StageCost.none
    var detecting = StageCost.none
    while true {
      var hasPicture = false
      scaling += try cost { () throws(PipelineError) in hasPicture = try analyzer.scale(frame) }
      guard hasPicture else { break }
      detecting += try cost { () throws(PipelineError) in try analyzer.detect() }
    }
    let tracking = cost { analyzer.track(frame) }
    let measuring = cost { _ = analyzer.takeRefined() }
    faces += analyzer.faces.count
    let recording = cost {
      text.removeAll()
      text.appendJSONLine(
        FrameRecord(
          frame: frame.index, timestamp: frame.timestamp, isDamaged: frame.isDamaged,
          faces: analyzer.faces))
    }
    let drawing = try cost { () throws(PipelineError) in
      guard !analyzer.annotations.isEmpty else { return }
      do throws(MediaError) { try frame.makeWritable(using: pool) } catch { throw .media(error) }
      unsafe frame.withPlanarImage { image in
        unsafe renderer.draw(analyzer.annotations, into: image)
      }
    }
    let encoding = try cost { () throws(PipelineError) in
      do throws(MediaError) { try encoder.encode(frame) { _ in } } catch { throw .media(error) }
    }
    return [decoding, scaling, detecting, tracking, measuring, recording, drawing, encoding]
  }

  /// - Throws: `media`.
  private mutating func nextFrame() throws(PipelineError) -> VideoFrame? {
    do throws(MediaError) {
      while true {
        if let frame = try decoder.nextFrame() { return try normalizer.normalize(frame).frame }
        if isDraining { return nil }
        let packet = try demuxer.nextPacket()
        if let packet, packet.streamIndex != demuxer.videoStream.index { continue }
        isDraining = packet == nil
        try decoder.send(packet)
      }
    } catch {
      throw .media(error)
    }
  }

  /// - Throws: `media`.
  private mutating func prepare(for frame: VideoFrame) throws(PipelineError) {
    if encoder != nil { return }
    (width, height) = (frame.width, frame.height)
    renderer = OverlayRenderer(width: frame.width, height: frame.height, elements: .all)
    do throws(MediaError) {
      encoder = try Encoder(
        like: frame, codecName: configuration.encode.codec ?? "libx264",
        frameRate: demuxer.videoStream.video?.nominalFrameRate, needsGlobalHeader: true,
        options: configuration.encode)
    } catch {
      throw .media(error)
    }
  }
}

/// The most memory this process has held so far, in megabytes (getrusage(2)).
func peakMemory() -> Double {
  var usage = rusage()
  guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
  return Double(usage.ru_maxrss) * 1024 / 1e6
}
