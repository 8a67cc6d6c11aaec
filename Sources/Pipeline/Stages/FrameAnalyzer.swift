import Detection
import Imaging
import Media
import Overlay
import Tracking

/// Finds, follows and measures the faces of one frame after the other, in the steps a benchmark
/// times: for each frame call `begin`, then `detect` as long as `scale` returns `true`, then `track` and
/// `takeRefined`; for a frame that is not to be searched `predict` and `takeRefined`.
///
/// All memory is reused from frame to frame.
struct FrameAnalyzer {
  /// The faces of the oldest frame whose fate is known, as they are written.
  private(set) var faces: [FaceRecord] = []
  /// The same faces, as they are drawn.
  var annotations: [FaceAnnotation] { presenter.annotations }
  /// Those of them that have no pose.
  var missingPoses: PoseReasonCounts { presenter.missingPoses }

  private let configuration: Configuration
  private var finder: FaceFinder
  private var presenter: FacePresenter
  private var detections: [Detection] = []
  private var trackerInputs: [TrackerInput] = []
  private var tracker: Tracker
  /// `nil` where the camera's motion is not compensated.
  private var cameraMotion: CameraMotionEstimator?
  private var refinement: TrackRefinement
  private var tracked: [FaceRecord] = []

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
      extrapolatedFrames: configuration.framesHiddenBeyondTracks)
    presenter = FacePresenter(configuration: configuration, framesInFlight: framesInFlight)
    faces = Self.emptyArray()
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
    presenter.begin(frame)
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

  /// Says that the next frame is the first after a reconnection; its timestamp tells how long nothing was
  /// seen.
  mutating func noteReconnection() {
    cameraMotion?.forget()
    if configuration.track.resetsOnReconnect { tracker.noteGap() }
  }

  /// Takes the faces to be where they are expected in a frame that is not searched.
  ///
  /// Costs next to nothing: no picture is looked at, also not for the camera's motion, which the next
  /// frame searched shows over all the time since the last.
  mutating func predict(_ frame: VideoFrame) {
    tracker.predict(at: frame.timestamp)
    presenter.begin(frame)
    tracked.removeAll(keepingCapacity: true)
    let isSmoothed = configuration.track.smoothing == .oneEuro
    for track in tracker.predictions {
      // The detector gives every face landmarks.
      guard let landmarks = track.landmarks else { continue }
      tracked.append(
        FaceRecord(
          identity: track.identity, box: track.box, score: track.score, landmarks: landmarks,
          smoothedLandmarks: isSmoothed ? track.smoothedLandmarks : nil, pose: nil,
          state: .extrapolated))
    }
    refinement.push(tracked, seconds: frame.timestamp.seconds, isSearched: false)
  }

  /// How the camera moved since the frame searched before; `nil` where no face wants to know it.
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
    presenter.present(&faces, at: seconds)
    return true
  }
}
