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
  }

  private static let stageNames = [
    "decode", "scale", "detect", "track", "pose", "overlay", "encode",
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
    var times: [[Double]] = []
    do throws(MediaError) {
      while times.count < Self.warmUpFrames + frames {
        guard let frame = try run.annotateNext() else { break }
        times.append(frame)
      }
    } catch {
      throw .media(error)
    }
    let measured = Array(times.dropFirst(min(Self.warmUpFrames, times.count - 1)))
    guard !measured.isEmpty else { throw .noFrames(path: path) }
    input = withoutPassword(path)
    width = run.width
    height = run.height
    self.frames = measured.count
    faces = run.faces
    stages = Self.stageNames.enumerated().map { index, name in
      Stage(name: name, duration: DurationSummary(measured.map { $0[index] }))
    }
    let sums = measured.map { $0.reduce(0, +) }
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
  private let detector: any FaceDetector
  private let configuration: Configuration
  private let converter = PictureConverter()
  private let pool = FramePool()
  private var picture: ScaledPicture?
  private var encoder: Encoder?
  private var renderer: OverlayRenderer?
  private var posing: Posing?
  private var tracker = Tracker()
  private var detections: [Detection] = []
  private var isDraining = false
  private(set) var faces = 0

  init(_ configuration: Configuration) throws(PipelineError) {
    let threads = configuration.threads ?? availableProcessors()
    self.configuration = configuration
    detector = try LoadedModel(configuration.detect, threads: threads).detector
    do throws(MediaError) {
      let options = InputOptions(threads: threads, format: configuration.inputFormat)
      demuxer = try Demuxer(
        path: configuration.input ?? "-", options: options, interruption: Interruption())
      decoder = try Decoder(for: demuxer, options: options)
    } catch {
      throw .media(error)
    }
    normalizer = FrameNormalizer(orientation: demuxer.videoStream.video?.orientation ?? .upright)
  }

  var width: Int { picture?.sourceWidth ?? 0 }
  var height: Int { picture?.sourceHeight ?? 0 }

  /// The milliseconds of each stage for the next frame, `nil` at the end.
  mutating func annotateNext() throws(MediaError) -> [Double]? {
    var decoded: VideoFrame?
    let decoding = try elapsedMilliseconds { () throws(MediaError) in decoded = try nextFrame() }
    guard let frame = decoded else { return nil }
    try prepare(for: frame)
    guard let picture, let encoder, let renderer, let posing else { return nil }

    let scaling = try elapsedMilliseconds { () throws(MediaError) in
      try converter.scale(frame, into: picture)
    }
    var failure: DetectionError?
    let detecting = elapsedMilliseconds {
      do throws(DetectionError) {
        try detector.detect(in: picture, into: &detections)
      } catch {
        failure = error
      }
    }
    if let failure { throw .unsupportedPicture(reason: failure.description) }
    faces += detections.count
    let tracking = elapsedMilliseconds {
      tracker.update(
        with: detections.map { TrackerInput(box: $0.box, score: $0.score) }, at: frame.timestamp)
    }
    var annotations: [FaceAnnotation] = []
    let measuring = elapsedMilliseconds {
      annotations = tracker.tracks.map { track in
        let landmarks = detections[track.detectionIndex].landmarks
        return FaceAnnotation(
          identity: track.identity, score: track.score, box: track.box, landmarks: landmarks,
          axes: posing.pose(of: landmarks)?.axes)
      }
    }
    let drawing = try elapsedMilliseconds { () throws(MediaError) in
      guard !annotations.isEmpty else { return }
      try frame.makeWritable(using: pool)
      unsafe frame.withPlanarImage { image in unsafe renderer.draw(annotations, into: image) }
    }
    let encoding = try elapsedMilliseconds { () throws(MediaError) in
      try encoder.encode(frame) { _ in }
    }
    return [decoding, scaling, detecting, tracking, measuring, drawing, encoding]
  }

  private mutating func nextFrame() throws(MediaError) -> VideoFrame? {
    while true {
      if let frame = try decoder.nextFrame() { return try normalizer.normalize(frame).frame }
      if isDraining { return nil }
      let packet = try demuxer.nextPacket()
      if let packet, packet.streamIndex != demuxer.videoStream.index { continue }
      isDraining = packet == nil
      try decoder.send(packet)
    }
  }

  private mutating func prepare(for frame: VideoFrame) throws(MediaError) {
    if picture != nil { return }
    let size = configuration.detect.size.picture(
      forWidth: frame.width, height: frame.height,
      pixelAspect: frame.sampleAspectRatio.doubleValue)
    picture = ScaledPicture(
      width: size.width, height: size.height, sourceWidth: frame.width, sourceHeight: frame.height)
    posing = Posing(frame: frame, focal: configuration.focal)
    renderer = OverlayRenderer(width: frame.width, height: frame.height, elements: .all)
    encoder = try Encoder(
      like: frame, codecName: configuration.encode.codec ?? "libx264",
      frameRate: demuxer.videoStream.video?.nominalFrameRate, needsGlobalHeader: true,
      options: configuration.encode)
  }
}

/// The most memory this process has held so far, in megabytes (getrusage(2)).
func peakMemory() -> Double {
  var usage = rusage()
  guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
  return Double(usage.ru_maxrss) * 1024 / 1e6
}
