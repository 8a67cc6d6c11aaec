import Detection
import Imaging
import Media
import Overlay
import Pose
import Tracking

/// Finds, follows and measures the faces of one frame after the other, in the steps a benchmark
/// times: for each frame call `begin`, then `detect` as long as `scale` returns `true`, then `track` and
/// `measure`.
///
/// All memory is reused from frame to frame.
struct FrameAnalyzer {
  /// The faces of the last frame, as they are written.
  private(set) var faces: [FaceRecord] = []
  /// The faces of the last frame, as they are drawn.
  private(set) var annotations: [FaceAnnotation] = []
  /// The faces of the last frame that have no pose.
  private(set) var missingPoses = PoseReasonCounts()

  private let configuration: Configuration
  private var finder: FaceFinder
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
    finder = FaceFinder(detector: detector, detect: configuration.detectForTracking)
    tracker = Tracker(
      options: TrackerOptions(configuration.track, score: configuration.detect.score))
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

  /// Begins with a frame.
  mutating func begin(_ frame: VideoFrame) {
    finder.begin(frame, pixelAspect: frame.sampleAspectRatio.doubleValue)
  }

  /// Makes the next copy of a frame, or of a part of it, that the network is to see.
  ///
  /// - Returns: `false` when there is nothing more to look at.
  /// - Throws: `media`.
  mutating func scale(_ frame: VideoFrame) throws(PipelineError) -> Bool {
    try finder.scale(frame)
  }

  /// Finds the faces in the copy made last.
  ///
  /// - Throws: `detection`.
  mutating func detect() throws(PipelineError) {
    try finder.look()
  }

  /// Gives the faces found in a frame their identities.
  mutating func track(_ frame: VideoFrame) {
    finder.finish(into: &detections)
    trackerInputs.removeAll(keepingCapacity: true)
    for detection in detections {
      trackerInputs.append(
        TrackerInput(
          box: detection.box, landmarks: detection.landmarks, score: detection.score))
    }
    tracker.update(with: trackerInputs, at: frame.timestamp)
  }

  /// Estimates the poses of the faces followed in a frame, and lists all that is known of them.
  mutating func measure(_ frame: VideoFrame) {
    // Taken out while it is in use, so that its memory has one owner and is never copied.
    var posing = self.posing.take() ?? Posing(frame: frame, configuration: configuration)
    posing.begin(at: frame.timestamp.seconds)
    missingPoses = PoseReasonCounts()
    swap(&annotations, &earlierAnnotations[oldest])
    oldest = (oldest + 1) % earlierAnnotations.count
    faces.removeAll(keepingCapacity: true)
    annotations.removeAll(keepingCapacity: true)
    for track in tracker.tracks {
      let landmarks = detections[track.detectionIndex].landmarks
      var posed: Posing.Result?
      var reason: PoseError?
      do throws(PoseError) {
        posed = try posing.pose(of: landmarks, identity: track.identity)
      } catch {
        reason = error
        missingPoses.add(error)
      }
      faces.append(
        FaceRecord(
          identity: track.identity, box: track.box, score: track.score, landmarks: landmarks,
          pose: posed?.record, poseReason: reason, smoothedPose: posed?.smoothed,
          state: track.state == .tracked ? .tracked : .tentative))
      annotations.append(
        FaceAnnotation(
          identity: track.identity, score: track.score, box: track.box, landmarks: landmarks,
          axes: posed?.axes, cuboid: posed?.cuboid))
    }
    self.posing = posing
  }
}
