import Imaging

/// What the tracker remembers of one face.
struct Target: Sendable {
  let identity: Int
  private(set) var motion: MotionModel
  /// Where it was last detected, carried along with the camera.
  private(set) var lastBox: BoundingBox
  /// The landmarks and the score of its last detection, as they were then.
  private(set) var lastLandmarks: Landmarks?
  private(set) var lastScore: Float
  /// How its landmarks lie to each other, averaged over a few frames.
  private(set) var shape: FaceShape?
  /// Without their tremble; `nil` where the detector gives none.
  private(set) var smoother: LandmarkSmoother?
  private(set) var isConfirmed: Bool
  /// Whether this update's detections hold it.
  private(set) var isMatched = true
  /// Whether the update before this one missed it.
  private(set) var isLost = false
  /// Since it was last detected.
  private(set) var unseenSeconds = 0.0
  /// Updates that detected it, counted until it is confirmed.
  private var hits = 1
  /// As it was expected when it was last detected, carried along with the camera.
  private var motionWhenSeen: MotionModel

  /// Share of the newest frame in the average of the shape.
  private static let shapeShare: Float = 0.25
  /// The longest step of the re-update, in seconds, and the most steps.
  private static let reupdateStep = 1.0 / 30
  private static let reupdateSteps = 30.0

  init(
    identity: Int, detection: TrackerInput, isConfirmed: Bool, tuning: TrackerTuning
  ) {
    self.identity = identity
    self.isConfirmed = isConfirmed
    motion = MotionModel(detection.box, tuning)
    motionWhenSeen = motion
    lastBox = detection.box
    lastLandmarks = detection.landmarks
    lastScore = detection.score
    shape = detection.landmarks.flatMap { FaceShape($0) }
    if shape != nil { smoother = detection.landmarks.map { LandmarkSmoother($0) } }
  }

  /// Where its box is expected `seconds` after the last update; leaves the target as it is.
  func expectedBox(after seconds: Double, tuning: TrackerTuning) -> BoundingBox {
    var motion = motion
    motion.predict(seconds: seconds, tuning)
    return motion.box
  }

  /// Begins an update `seconds` after the last one, as yet without a detection.
  mutating func advance(seconds: Double, camera: CameraMotion?, tuning: TrackerTuning) {
    unseenSeconds += seconds
    isLost = !isMatched
    isMatched = false
    if let camera {
      motion.move(with: camera)
      motionWhenSeen.move(with: camera)
      lastBox = camera.apply(to: lastBox)
      smoother?.move(with: camera)
    }
    motion.predict(seconds: seconds, tuning)
  }

  /// Takes this update's detection of the face.
  ///
  /// After a time unseen, the filter is first led along a straight way from the last detection to this
  /// one, so that it does not keep the velocity it drifted away with: the observation-centric
  /// re-update of OC-SORT (Cao et al., CVPR 2023, section 3.2).
  mutating func see(
    _ detection: TrackerInput, doubt: Double, minimumHits: Int, tuning: TrackerTuning
  ) {
    if isLost, unseenSeconds > 0 {
      let steps = min(Self.reupdateSteps, (unseenSeconds / Self.reupdateStep).rounded(.up))
      motion = motionWhenSeen
      for step in stride(from: 1.0, to: steps, by: 1) {
        motion.predict(seconds: unseenSeconds / steps, tuning)
        motion.correct(
          with: lastBox.interpolated(to: detection.box, at: Float(step / steps)),
          doubt: doubt * tuning.doubtOfReupdate,
          tuning)
      }
      motion.predict(seconds: unseenSeconds / steps, tuning)
    }
    motion.correct(with: detection.box, doubt: doubt, tuning)
    motionWhenSeen = motion
    lastBox = detection.box
    lastLandmarks = detection.landmarks
    lastScore = detection.score
    if let landmarks = detection.landmarks, let seen = FaceShape(landmarks) {
      if shape == nil { shape = seen } else { shape?.approach(seen, by: Self.shapeShare) }
      let size = detection.box.area.squareRoot()
      if smoother == nil { smoother = LandmarkSmoother(landmarks) }
      smoother?.update(landmarks, seconds: unseenSeconds, size: size)
    }
    isMatched = true
    unseenSeconds = 0
    hits += 1
    if hits >= minimumHits { isConfirmed = true }
  }
}

extension BoundingBox {
  /// Whether width, height and area are positive numbers a filter can work with.
  var isTrackable: Bool {
    minX.isFinite && minY.isFinite && maxX.isFinite && maxY.isFinite && area.isNormal
  }

  /// The box with a share of its size added on each side.
  func widened(by share: Float) -> BoundingBox {
    guard share > 0 else { return self }
    return BoundingBox(
      minX: minX - share * width, minY: minY - share * height, maxX: maxX + share * width,
      maxY: maxY + share * height)
  }

  /// A box between this one, at 0, and another, at 1.
  func interpolated(to other: BoundingBox, at share: Float) -> BoundingBox {
    BoundingBox(
      minX: minX + share * (other.minX - minX), minY: minY + share * (other.minY - minY),
      maxX: maxX + share * (other.maxX - maxX), maxY: maxY + share * (other.maxY - maxY))
  }
}

extension Landmarks {
  /// The landmarks of a face whose box went from one place and size to another.
  ///
  /// - Precondition: the first box is not empty.
  func moved(from box: BoundingBox, to other: BoundingBox) -> Landmarks {
    let (scaleX, scaleY) = (other.width / box.width, other.height / box.height)
    var result = self
    for index in 0..<Landmarks.count {
      result[index] = Point(
        x: other.minX + scaleX * (self[index].x - box.minX),
        y: other.minY + scaleY * (self[index].y - box.minY))
    }
    return result
  }
}
