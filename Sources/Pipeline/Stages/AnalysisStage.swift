import Detection
import Foundation
import Imaging
import Media
import Overlay
import Pose
import Tracking

/// A frame with everything that was found in it, on its way to the output.
struct AnalyzedFrame: Sendable {
  var frame: VideoFrame
  var annotations: [FaceAnnotation]
}

/// The way from analysis to output.
struct OutputLink: Sendable {
  let frames: RingBuffer<AnalyzedFrame>
  /// Holds an element once the output file is open; closed without one when it cannot be.
  let opened = RingBuffer<Bool>(capacity: 1, whenFull: .wait)

  /// - Parameter capacity: Frames that may wait for the output.
  init(capacity: Int) {
    frames = RingBuffer(capacity: capacity, whenFull: .wait)
  }
}

/// Finds, follows and measures the faces of every frame and writes the records. Runs on its own
/// thread; the network inside spreads its tiles over further ones.
final class AnalysisStage {
  private let configuration: Configuration
  private let detector: any FaceDetector
  private let modelDigest: String
  private let input: RingBuffer<DecodedFrame>
  private let output: OutputLink?
  private let state: RunState

  private let converter = PictureConverter()
  private var picture: ScaledPicture?
  private var detections: [Detection] = []
  private var trackerInputs: [TrackerInput] = []
  private var tracker: Tracker
  private var posing: Posing?
  private var writers: [TrackWriter] = []
  private var identities = 0

  init(
    configuration: Configuration, detector: any FaceDetector, modelDigest: String,
    input: RingBuffer<DecodedFrame>, output: OutputLink?, state: RunState
  ) {
    self.configuration = configuration
    self.detector = detector
    self.modelDigest = modelDigest
    self.input = input
    self.output = output
    self.state = state
    let track = configuration.track
    tracker = Tracker(
      options: TrackerOptions(
        iouThreshold: Float(track.iou), minimumHits: track.minimumHits,
        lostForSeconds: track.lostFor))
  }

  func run() {
    do throws(PipelineError) {
      while let decoded = input.pop() {
        let analysis = try analyze(decoded)
        if let output {
          let analyzed = AnalyzedFrame(frame: decoded.frame, annotations: analysis.annotations)
          guard output.frames.push(analyzed) else { break }
          // Track files are replaced only when the output could be opened: an encoder that does not
          // exist must not cost the tracks of an earlier run.
          if writers.isEmpty, !configuration.tracks.isEmpty {
            guard output.opened.pop() != nil else { break }
          }
        }
        try write(analysis.record, of: decoded.frame)
      }
    } catch {
      state.fail(error)
    }
    // Whatever ended the loop: nobody waits for this stage, and no line stays behind.
    input.cancel()
    for writer in writers {
      do throws(PipelineError) { try writer.flush() } catch { state.fail(error) }
    }
    output?.frames.close()
  }

  private func analyze(
    _ decoded: DecodedFrame
  ) throws(PipelineError) -> (record: FrameRecord, annotations: [FaceAnnotation]) {
    let frame = decoded.frame
    let picture = picture(for: frame)
    do throws(MediaError) {
      try converter.scale(frame, into: picture)
    } catch {
      throw .media(error)
    }
    do throws(DetectionError) {
      try detector.detect(in: picture, into: &detections)
    } catch {
      throw .detection(error)
    }
    trackerInputs.removeAll(keepingCapacity: true)
    for detection in detections {
      trackerInputs.append(TrackerInput(box: detection.box, score: detection.score))
    }
    tracker.update(with: trackerInputs, at: frame.timestamp)

    let posing = posing ?? Posing(frame: frame, focal: configuration.focal)
    self.posing = posing
    var record = FrameRecord(
      frame: frame.index, timestamp: frame.timestamp, isDamaged: frame.isDamaged,
      wallSeconds: decoded.wallSeconds, faces: [])
    var annotations: [FaceAnnotation] = []
    record.faces.reserveCapacity(tracker.tracks.count)
    annotations.reserveCapacity(tracker.tracks.count)
    for track in tracker.tracks {
      identities = max(identities, track.identity)
      let landmarks = detections[track.detectionIndex].landmarks
      let posed = posing.pose(of: landmarks)
      record.faces.append(
        FaceRecord(
          identity: track.identity, box: track.box, score: track.score, landmarks: landmarks,
          pose: posed?.record, state: track.state == .tracked ? .tracked : .tentative))
      annotations.append(
        FaceAnnotation(
          identity: track.identity, score: track.score, box: track.box, landmarks: landmarks,
          axes: posed?.axes))
    }
    let (faces, identities) = (record.faces.count, identities)
    state.update {
      $0.analyzedFrames += 1
      $0.detections += faces
      $0.identities = identities
      $0.firstPosition = $0.firstPosition ?? frame.timestamp.seconds
      $0.position = frame.timestamp.seconds
    }
    return (record, annotations)
  }

  private func picture(for frame: VideoFrame) -> ScaledPicture {
    if let picture { return picture }
    let size = configuration.detect.size.picture(
      forWidth: frame.width, height: frame.height,
      pixelAspect: frame.sampleAspectRatio.doubleValue)
    let picture = ScaledPicture(
      width: size.width, height: size.height, sourceWidth: frame.width, sourceHeight: frame.height)
    self.picture = picture
    return picture
  }

  private func write(_ record: FrameRecord, of frame: VideoFrame) throws(PipelineError) {
    if writers.isEmpty, !configuration.tracks.isEmpty {
      let header = RecordHeader(
        configuration: configuration, width: frame.width, height: frame.height,
        timeBase: frame.timestamp.timeBase, modelDigest: modelDigest)
      for path in configuration.tracks {
        guard let format = TrackFormat(path: path) else {
          throw .configuration(.unknownTracksFormat(path: path))
        }
        let writer = try TrackWriter(path: path, format: format)
        try writer.begin(header)
        writers.append(writer)
      }
    }
    for writer in writers { try writer.write(record) }
  }
}
