import Imaging

/// What the tracker remembers of one face.
struct Target: Sendable {
  let identity: Int
  private(set) var motion: MotionModel
  /// Where it was last detected.
  private(set) var lastBox: BoundingBox
  private(set) var isConfirmed: Bool
  /// Whether this update's detections hold it.
  private(set) var isMatched = true
  /// Whether the update before this one missed it.
  private(set) var isLost = false
  /// Since it was last detected.
  private(set) var unseenSeconds = 0.0
  /// Updates in a row that detected it, counted until it is confirmed.
  private var hits = 1

  init(identity: Int, box: BoundingBox, isConfirmed: Bool) {
    self.identity = identity
    self.isConfirmed = isConfirmed
    motion = MotionModel(box)
    lastBox = box
  }

  /// Begins an update `seconds` after the last one, as yet without a detection.
  mutating func advance(seconds: Double) {
    unseenSeconds += seconds
    isLost = !isMatched
    isMatched = false
    motion.predict(seconds: seconds)
  }

  /// Takes this update's detection of the face.
  mutating func see(_ box: BoundingBox, minimumHits: Int) {
    motion.correct(with: box)
    lastBox = box
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
}
