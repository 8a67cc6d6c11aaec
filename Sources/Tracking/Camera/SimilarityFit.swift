import Imaging

/// The similarity transform most pairs of points agree on, however the others move.
///
/// Source: random sample consensus (Fischler and Bolles, Communications of the ACM 24, 1981) with the
/// truncated squared error of MSAC (Torr and Zisserman, Computer Vision and Image Understanding 78, 2000),
/// then least squares over those that agree. The generator begins anew with every fit, so the same
/// points give the same transform.
struct SimilarityFit: Sendable {
  /// A point before and now, in pixels of the frame.
  struct Pair: Sendable {
    var before: SIMD2<Double>
    var now: SIMD2<Double>
  }

  struct Consensus {
    var motion: CameraMotion
    var inlierCount: Int
    /// Root mean square distance of the inliers from their centre, before, in pixels.
    var spread: Double
  }

  /// Of two points that are right with a probability of 0.5 both are in a quarter of the draws: 100 draws
  /// miss with a probability of 3e-13.
  private static let drawCount = 100
  private static let refinementCount = 3

  /// `z → m·z + t` of complex numbers.
  private struct Transform {
    var m: SIMD2<Double>
    var t: SIMD2<Double>

    func squaredError(_ pair: Pair) -> Double {
      let error = product(m, pair.before) + t - pair.now
      return (error * error).sum()
    }
  }

  /// - Parameters:
  ///   - tolerance: In pixels: pairs that are off by more do not agree.
  ///   - leastDistance: In pixels: closer points say too little of rotation and scale to be drawn.
  /// - Returns: `nil` where no two points are so far apart.
  static func fit(_ pairs: [Pair], tolerance: Double, leastDistance: Double) -> Consensus? {
    guard pairs.count >= 2 else { return nil }
    let limit = tolerance * tolerance
    var generator = Generator()
    var (best, leastCost) = (Transform?.none, Double.infinity)
    for _ in 0..<drawCount {
      let (i, j) = (generator.below(pairs.count), generator.below(pairs.count))
      let way = pairs[j].before - pairs[i].before
      let length = (way * way).sum()
      guard length >= leastDistance * leastDistance else { continue }
      let m = product(pairs[j].now - pairs[i].now, SIMD2(way.x, -way.y)) / length
      let candidate = Transform(m: m, t: pairs[i].now - product(m, pairs[i].before))
      var cost = 0.0
      for pair in pairs { cost += min(candidate.squaredError(pair), limit) }
      if cost < leastCost { (best, leastCost) = (candidate, cost) }
    }
    guard var best else { return nil }
    for _ in 0..<refinementCount {
      guard let refined = leastSquares(pairs, near: best, limit) else { break }
      best = refined
    }
    return consensus(pairs, best, limit)
  }

  /// Over the pairs that agree with a transform; `nil` where they are all in one place.
  private static func leastSquares(
    _ pairs: [Pair], near transform: Transform, _ limit: Double
  ) -> Transform? {
    var (count, before, now) = (0.0, SIMD2<Double>.zero, SIMD2<Double>.zero)
    for pair in pairs where transform.squaredError(pair) <= limit {
      count += 1
      before += pair.before
      now += pair.now
    }
    guard count >= 2 else { return nil }
    before /= count
    now /= count
    var (moment, size) = (SIMD2<Double>.zero, 0.0)
    for pair in pairs where transform.squaredError(pair) <= limit {
      let (from, to) = (pair.before - before, pair.now - now)
      moment += product(to, SIMD2(from.x, -from.y))
      size += (from * from).sum()
    }
    guard size > 0 else { return nil }
    let m = moment / size
    return Transform(m: m, t: now - product(m, before))
  }

  private static func consensus(
    _ pairs: [Pair], _ transform: Transform, _ limit: Double
  ) -> Consensus {
    var (count, sum, squares) = (0, SIMD2<Double>.zero, 0.0)
    for pair in pairs where transform.squaredError(pair) <= limit {
      count += 1
      sum += pair.before
      squares += (pair.before * pair.before).sum()
    }
    let center = sum / Double(max(1, count))
    let variance = squares / Double(max(1, count)) - (center * center).sum()
    return Consensus(
      motion: CameraMotion(
        a: Float(transform.m.x), b: Float(transform.m.y), tx: Float(transform.t.x),
        ty: Float(transform.t.y)),
      inlierCount: count, spread: max(0, variance).squareRoot())
  }

  /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  private struct Generator {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func below(_ count: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((bits ^ (bits >> 31)) % UInt64(count))
    }
  }
}

/// Of complex numbers.
private func product(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
  SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
}
