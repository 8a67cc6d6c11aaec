package import Imaging

/// Measures how the camera moved from one frame to the next, from points of the background.
///
/// In each cell of a grid the corner that is best to follow is looked for outside the faces (Shi and
/// Tomasi, CVPR 1994), followed into the next picture (pyramidal Lucas–Kanade, from where the shift that
/// fits the whole picture best puts it), and the similarity
/// transform most of them agree on is the motion. Compensating such a motion before tracks are predicted
/// is what BoT-SORT does (Aharon et al., 2022, section 3.2), there with an affine transform.
///
/// All memory is reused from frame to frame, and the same pictures give the same motions.
package struct CameraMotionEstimator: Sendable {
  /// Why no motion could be told.
  package enum Doubt: Equatable, Sendable {
    /// There is no picture of the same size before this one.
    case noPictureBefore
    /// Too few points could be followed: flat pictures, or another scene.
    case tooFewPoints
    /// The points move in different ways, or as no camera does from one frame to the next.
    case noAgreement
  }

  package struct Estimate: Equatable, Sendable {
    /// That of a camera at rest where there is a doubt.
    package var motion: CameraMotion
    package var doubt: Doubt?

    package init(motion: CameraMotion, doubt: Doubt?) {
      self.motion = motion
      self.doubt = doubt
    }
  }

  private var before = LumaPyramid()
  private var now = LumaPyramid()
  /// Size of the picture in `before` and of the frame it stands for; 0 when there is none.
  private var size = SIMD4<Int>.zero
  private var tracker = PointTracker()
  private var pairs: [SimilarityFit.Pair] = []

  private static let columns = 16
  private static let rows = 10
  /// Points that must be followed, and of these the share that must agree.
  private static let leastPointCount = 8
  private static let leastShare = 0.5
  /// In samples of level 0.
  private static let tolerance = 0.75
  /// Points that are drawn are so far apart and those that agree spread so far, in diagonals.
  private static let leastDistance = 0.1
  private static let leastSpread = 0.12
  /// From one frame to the next, the scale changes by no more than this and the camera turns by no more
  /// than this many radians.
  private static let largestZoom: Float = 0.2
  private static let largestTurn: Float = 0.2
  /// A picture whose corners all move by less than so many samples stands still.
  private static let stillness: Float = 0.1
  /// What goes with a face is no background: hair above, shoulders beside it, the body below, in face sizes.
  private static let above: Float = 0.5
  private static let beside: Float = 1
  private static let below: Float = 3

  package init() { pairs.reserveCapacity(Self.columns * Self.rows) }

  /// Takes in the next picture without measuring.
  package mutating func remember(_ picture: ScaledPicture) {
    before.fill(from: picture)
    size = Self.size(of: picture)
  }

  /// Forgets the picture before: the next has none.
  package mutating func forget() { size = .zero }

  /// Measures how the picture moved since the one before.
  ///
  /// - Parameters:
  ///   - picture: The whole frame, upright.
  ///   - faces: Those of the frame before; their places are left out.
  /// - Returns: The motion, in pixels of the frame.
  package mutating func estimate(_ picture: ScaledPicture, faces: [Track]) -> Estimate {
    guard size == Self.size(of: picture) else {
      remember(picture)
      return Estimate(motion: .none, doubt: .noPictureBefore)
    }
    now.fill(from: picture)
    defer { swap(&before, &now) }
    let scale = SIMD2(picture.scaleX, picture.scaleY) * Float(now.reduction)
    followPoints(scale: scale, faces: faces)
    guard pairs.count >= Self.leastPointCount else {
      return Estimate(motion: .none, doubt: .tooFewPoints)
    }
    let frame = SIMD2(Double(picture.sourceWidth), Double(picture.sourceHeight))
    let diagonal = (frame * frame).sum().squareRoot()
    let found = SimilarityFit.fit(
      pairs, tolerance: Self.tolerance * Double(max(scale.x, scale.y)),
      leastDistance: Self.leastDistance * diagonal)
    guard let found, found.inlierCount >= Self.leastPointCount,
      Double(found.inlierCount) >= Self.leastShare * Double(pairs.count),
      found.spread >= Self.leastSpread * diagonal,
      abs(found.motion.scale - 1) <= Self.largestZoom,
      abs(found.motion.b) <= Self.largestTurn * found.motion.a
    else { return Estimate(motion: .none, doubt: .noAgreement) }
    let isStill = Self.isStill(found.motion, picture, within: Self.stillness * scale.max())
    return Estimate(motion: isStill ? .none : found.motion, doubt: nil)
  }

  /// Leaves in `pairs` the points that could be followed, in pixels of the frame.
  ///
  /// - Parameter scale: Pixels of the frame to a sample of level 0.
  private mutating func followPoints(scale: SIMD2<Float>, faces: [Track]) {
    pairs.removeAll(keepingCapacity: true)
    let level = before.levels[0]
    let guess = before.shift(to: now)
    for row in 0..<Self.rows {
      for column in 0..<Self.columns {
        guard
          let point = bestPoint(
            x: level.width * column / Self.columns..<level.width * (column + 1) / Self.columns,
            y: level.height * row / Self.rows..<level.height * (row + 1) / Self.rows)
        else { continue }
        let place = (point + 0.5) * scale
        guard !Self.isCovered(place, by: faces) else { continue }
        guard let target = tracker.track(point, from: before, to: now, guess: guess)
        else { continue }
        pairs.append(
          SimilarityFit.Pair(
            before: SIMD2<Double>(place), now: SIMD2<Double>((target + 0.5) * scale)))
      }
    }
  }

  /// The point of a cell of level 0 where gradients of both directions are strongest, looked for at every
  /// second sample; `nil` where there is nothing to hold on to.
  private func bestPoint(x columns: Range<Int>, y rows: Range<Int>) -> SIMD2<Float>? {
    let level = before.levels[0]
    let values = before.values.span
    let margin = PointTracker.radius + 2
    let (left, right) = (max(columns.lowerBound, margin), columns.upperBound)
    let (top, bottom) = (max(rows.lowerBound, margin), rows.upperBound)
    var best: SIMD2<Float>?
    var greatest = PointTracker.leastTexture
    for y in stride(from: top, to: min(bottom, level.height - margin), by: 2) {
      for x in stride(from: left, to: min(right, level.width - margin), by: 2) {
        var (xx, xy, yy) = (Float(0), Float(0), Float(0))
        // Nine gradients, every second sample of 5×5.
        for dy in stride(from: -2, through: 2, by: 2) {
          for dx in stride(from: -2, through: 2, by: 2) {
            let middle = (y + dy) * level.width + x + dx
            let gx = (values[middle + 1] - values[middle - 1]) / 2
            let gy = (values[middle + level.width] - values[middle - level.width]) / 2
            xx += gx * gx
            xy += gx * gy
            yy += gy * gy
          }
        }
        let texture = smallerEigenvalue(xx, xy, yy) / 9
        if texture > greatest { (best, greatest) = (SIMD2(Float(x), Float(y)), texture) }
      }
    }
    return best
  }

  private static func isCovered(_ place: SIMD2<Float>, by faces: [Track]) -> Bool {
    for face in faces {
      let box = face.box
      let (left, right) = (box.minX - beside * box.width, box.maxX + beside * box.width)
      let (top, bottom) = (box.minY - above * box.height, box.maxY + below * box.height)
      if left <= place.x, place.x < right, top <= place.y, place.y < bottom { return true }
    }
    return false
  }

  private static func isStill(
    _ motion: CameraMotion, _ picture: ScaledPicture, within limit: Float
  ) -> Bool {
    let (right, bottom) = (Float(picture.sourceWidth), Float(picture.sourceHeight))
    func moves(_ x: Float, _ y: Float) -> Bool {
      let place = motion.apply(to: Point(x: x, y: y))
      return max(abs(place.x - x), abs(place.y - y)) >= limit
    }
    return !moves(0, 0) && !moves(right, 0) && !moves(0, bottom) && !moves(right, bottom)
  }

  private static func size(of picture: ScaledPicture) -> SIMD4<Int> {
    SIMD4(picture.width, picture.height, picture.sourceWidth, picture.sourceHeight)
  }
}
