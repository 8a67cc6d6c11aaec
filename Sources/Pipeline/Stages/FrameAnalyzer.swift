import Detection
import Imaging
import Media
import Overlay
import Pose
import Tracking

/// Finds, follows and measures the faces of one frame after the other, in the steps a benchmark
/// times: for each frame call `begin`, then `detect` as long as `scale` returns `true`, then `track` and
/// `takeRefined`.
///
/// All memory is reused from frame to frame.
struct FrameAnalyzer {
  /// The faces of the oldest frame whose fate is known, as they are written.
  private(set) var faces: [FaceRecord] = []
  /// The same faces, as they are drawn.
  private(set) var annotations: [FaceAnnotation] = []
  /// The faces of the last frame that have no pose.
  private(set) var missingPoses = PoseReasonCounts()

  private let configuration: Configuration
  private var finder: FaceFinder
  private var posing: Posing?
  private var detections: [Detection] = []
  private var trackerInputs: [TrackerInput] = []
  private var tracker: Tracker
  /// `nil` where the camera's motion is not compensated.
  private var cameraMotion: CameraMotionEstimator?
  private var refinement: TrackRefinement
  private var tracked: [FaceRecord] = []
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
    if configuration.track.cameraMotion == .auto { cameraMotion = CameraMotionEstimator() }
    refinement = TrackRefinement(
      configuration.track,
      extrapolatedFrames: configuration.hidesFaces ? configuration.redact.extend : 0)
    earlierAnnotations = (0...framesInFlight).map { _ in Self.emptyArray() }
    faces = Self.emptyArray()
    annotations = Self.emptyArray()
    tracked = Self.emptyArray()
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
  ///
  /// - Parameter isUnsearched: Whether the search failed: then no face counts as found.
  mutating func track(_ frame: VideoFrame, isUnsearched: Bool = false) {
    if isUnsearched {
      detections.removeAll(keepingCapacity: true)
    } else {
      finder.finish(into: &detections)
    }
    trackerInputs.removeAll(keepingCapacity: true)
    for detection in detections {
      trackerInputs.append(
        TrackerInput(
          box: detection.box, landmarks: detection.landmarks, score: detection.score))
    }
    let motion = measureCameraMotion()
    tracker.update(with: trackerInputs, at: frame.timestamp, cameraMotion: motion)
    rememberPicture(hadFaces: motion != nil)
    posing = posing ?? Posing(frame: frame, configuration: configuration)
    tracked.removeAll(keepingCapacity: true)
    let isSmoothed = configuration.track.smoothing == .oneEuro
    for track in tracker.tracks {
      tracked.append(
        FaceRecord(
          identity: track.identity, box: track.box, score: track.score,
          landmarks: detections[track.detectionIndex].landmarks,
          smoothedLandmarks: isSmoothed ? track.smoothedLandmarks : nil, pose: nil,
          state: track.state == .tracked ? .tracked : .tentative))
    }
    refinement.push(tracked, seconds: frame.timestamp.seconds)
  }

  /// How the camera moved since the frame before; `nil` where no face wants to know it.
  private mutating func measureCameraMotion() -> CameraMotion? {
    guard tracker.followsFaces, let picture = finder.wholeFrame else { return nil }
    return cameraMotion?.estimate(picture, faces: tracker.tracks).motion
  }

  /// Keeps the frame's picture for the next, if the tracker now follows a face.
  ///
  /// - Parameter hadFaces: Whether it did before, so that the picture is already known.
  private mutating func rememberPicture(hadFaces: Bool) {
    guard !hadFaces else { return }
    if tracker.followsFaces, let picture = finder.wholeFrame {
      cameraMotion?.remember(picture)
    } else {
      cameraMotion?.forget()
    }
  }

  /// Leaves in `faces` and `annotations` those of the next frame whose fate is known, with their poses:
  /// the frame just tracked, or with `track.lookahead` one as many frames before it.
  ///
  /// - Parameter isLast: Whether no further frame will be tracked.
  /// - Returns: `false` when no frame can go yet.
  mutating func takeRefined(isLast: Bool = false) -> Bool {
    guard let seconds = refinement.pop(into: &faces, isLast: isLast) else { return false }
    // Taken out while it is in use, so that its memory has one owner and is never copied.
    guard var posing = self.posing.take() else { preconditionFailure("no frame was tracked") }
    posing.begin(at: seconds)
    missingPoses = PoseReasonCounts()
    swap(&annotations, &earlierAnnotations[oldest])
    oldest = (oldest + 1) % earlierAnnotations.count
    annotations.removeAll(keepingCapacity: true)
    for index in faces.indices {
      let landmarks = faces[index].landmarks
      var posed: Posing.Result?
      do throws(PoseError) {
        posed = try posing.pose(of: landmarks, identity: faces[index].identity)
      } catch {
        faces[index].poseReason = error
        missingPoses.add(error)
      }
      faces[index].pose = posed?.record
      faces[index].smoothedPose = posed?.smoothed
      let face = faces[index]
      annotations.append(
        FaceAnnotation(
          identity: face.identity, score: face.score, box: face.box,
          landmarks: face.smoothedLandmarks ?? landmarks, axes: posed?.axes,
          cuboid: posed?.cuboid))
    }
    self.posing = posing
    return true
  }
}
