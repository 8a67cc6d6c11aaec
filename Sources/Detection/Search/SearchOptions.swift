/// How thoroughly a frame is searched for faces. `docs/accuracy.md` gives what each finds and costs.
package enum SearchQuality: String, CaseIterable, Sendable {
  /// One look at the frame.
  case fast
  /// Looks again, at full size, where the first look saw hints of small faces, and once more at a small
  /// size for faces that fill the frame.
  case balanced
  /// Looks at the whole frame in many sizes and mirrored, and lets all that is found vote. For work that
  /// can wait.
  case best
}

/// What looking at a frame several times consists of.
package struct SearchOptions: Equatable, Sendable {
  /// What becomes of a face that is found several times.
  package enum Merging: String, CaseIterable, Sendable {
    /// The box with the highest score stays: non-maximum suppression.
    case nms
    /// All stay, but lose score the more they overlap with a better one: Soft-NMS.
    case soft
    /// Their mean, weighted by score: box voting.
    case voting
  }

  /// Short sides, in pixels, of further looks at the whole frame; those that would enlarge the frame to
  /// more than twice its size are left out.
  package var shortSides: [Int]
  /// Whether the frame is also looked at in a small size, for faces that fill it.
  package var looksForLargeFaces: Bool
  /// Whether every look at the whole frame is repeated with the picture mirrored.
  package var mirrors: Bool
  /// Whether places with hints of small faces are looked at in full size.
  package var usesTiles: Bool
  package var merging: Merging
  /// Faces score above this; 0...1.
  package var scoreThreshold: Float
  /// Of two boxes with a larger IoU are one face; 0...1.
  package var overlap: Float
  /// At most so many faces, those of the highest score; `nil` for no limit.
  package var maximumFaces: Int?
  /// Faces whose box is less high than this in the frame are dropped; pixels.
  package var minimumFaceSize: Float

  /// - Parameters:
  ///   - quality: Decides how often and in which sizes the frame is looked at. Mirrored pictures and
  ///     voting are those of RetinaFace's evaluation (Deng et al., CVPR 2020, section 4.2); three sizes
  ///     found more here than its five, at half the cost.
  ///   - options: Of a single look: thresholds and limits.
  package init(quality: SearchQuality, options: DetectorOptions) {
    shortSides = quality == .best ? [500, 800, 1200] : []
    looksForLargeFaces = quality != .fast
    mirrors = quality == .best
    usesTiles = quality == .balanced
    merging = quality == .fast ? .nms : .voting
    scoreThreshold = options.scoreThreshold
    overlap = options.nmsThreshold
    maximumFaces = options.maximumFaces
    minimumFaceSize = options.minimumFaceSize
  }

  /// The short sides of RetinaFace's evaluation (section 4.2), in pixels.
  package static let evaluationSides = [500, 800, 1100, 1400, 1700]

  /// Whether one look at the frame is all there is.
  var isSingleLook: Bool {
    shortSides.isEmpty && !looksForLargeFaces && !mirrors && !usesTiles && merging == .nms
  }
}

extension SearchOptions {
  /// The options of the detector that does the looking: of a single look those given; otherwise all it
  /// finds is needed, and limits come at the end.
  package func detectorOptions(_ options: DetectorOptions) -> DetectorOptions {
    if isSingleLook { return options }
    var look = options
    if usesTiles { look.scoreThreshold = min(scoreThreshold, EvidenceTiles.leastScore) }
    // Soft-NMS wants to see every candidate.
    if merging == .soft { look.nmsThreshold = 1 }
    look.maximumFaces = nil
    look.minimumFaceSize = 0
    look.maximumPlans = Self.plans
    return look
  }

  /// More sizes than any search of a frame looks at.
  private static let plans = 12
}
