import Detection
import Imaging
import Media
import Overlay
import Tracking

/// Finds, follows and measures the faces of one frame after the other, in the steps a benchmark
/// times: call `scale`, `detect`, `track` and `measure` for each frame, in this order.
///
/// All memory is reused from frame to frame.
struct FrameAnalyzer {
  /// The faces of the last frame, as they are written.
  private(set) var faces: [FaceRecord] = []
  /// The faces of the last frame, as they are drawn.
  private(set) var annotations: [FaceAnnotation] = []

  private let configuration: Configuration
  private let detector: any FaceDetector
  private let converter = PictureConverter()
  private var picture: ScaledPicture?
  private var posing: Posing?
  private var detections: [Detection] = []
  private var trackerInputs: [TrackerInput] = []
  private var tracker: Tracker
  /// Memory of earlier annotations, which the output may still be drawing.
  private var earlierAnnotations: [[FaceAnnotation]]
  private var oldest = 0

  /// Memory for so many faces is there from the start; more make it grow once.
  private static let expectedFaces = 64

  /// - Parameter framesInFlight: How many frames' annotations somebody else may hold at once.
  init(configuration: Configuration, detector: any FaceDetector, framesInFlight: Int) {
    self.configuration = configuration
    self.detector = detector
    let track = configuration.track
    tracker = Tracker(
      options: TrackerOptions(
        iouThreshold: Float(track.iou), minimumHits: track.minimumHits,
        lostForSeconds: track.lostFor))
    earlierAnnotations = (0...framesInFlight).map { _ in Self.emptyArray() }
    faces = Self.emptyArray()
    annotations = Self.emptyArray()
    detections = Self.emptyArray()
    trackerInputs = Self.emptyArray()
  }

  private static func emptyArray<Element>() -> [Element] {
    var array: [Element] = []
    array.reserveCapacity(expectedFaces)
    return array
  }

  /// Makes the network's copy of a frame.
  ///
  /// - Throws: `media`.
  mutating func scale(_ frame: VideoFrame) throws(PipelineError) {
    do throws(MediaError) {
      try converter.scale(frame, into: picture(for: frame))
    } catch {
      throw .media(error)
    }
  }

  /// Finds the faces of the scaled frame.
  ///
  /// - Throws: `detection`.
  mutating func detect() throws(PipelineError) {
    guard let picture else { preconditionFailure("no frame was scaled") }
    do throws(DetectionError) {
      try detector.detect(in: picture, into: &detections)
    } catch {
      throw .detection(error)
    }
  }

  /// Gives the faces found in a frame their identities.
  mutating func track(_ frame: VideoFrame) {
    trackerInputs.removeAll(keepingCapacity: true)
    for detection in detections {
      trackerInputs.append(TrackerInput(box: detection.box, score: detection.score))
    }
    tracker.update(with: trackerInputs, at: frame.timestamp)
  }

  /// Estimates the poses of the faces followed in a frame, and lists all that is known of them.
  mutating func measure(_ frame: VideoFrame) {
    let posing = posing ?? Posing(frame: frame, focal: configuration.focal)
    self.posing = posing
    swap(&annotations, &earlierAnnotations[oldest])
    oldest = (oldest + 1) % earlierAnnotations.count
    faces.removeAll(keepingCapacity: true)
    annotations.removeAll(keepingCapacity: true)
    for track in tracker.tracks {
      let landmarks = detections[track.detectionIndex].landmarks
      let posed = posing.pose(of: landmarks)
      faces.append(
        FaceRecord(
          identity: track.identity, box: track.box, score: track.score, landmarks: landmarks,
          pose: posed?.record, state: track.state == .tracked ? .tracked : .tentative))
      annotations.append(
        FaceAnnotation(
          identity: track.identity, score: track.score, box: track.box, landmarks: landmarks,
          axes: posed?.axes))
    }
  }

  private mutating func picture(for frame: VideoFrame) -> ScaledPicture {
    if let picture { return picture }
    let size = configuration.detect.size.picture(
      forWidth: frame.width, height: frame.height,
      pixelAspect: frame.sampleAspectRatio.doubleValue)
    let picture = ScaledPicture(
      width: size.width, height: size.height, sourceWidth: frame.width, sourceHeight: frame.height)
    self.picture = picture
    return picture
  }
}
