/// Finds where a point of one picture lies in the next, to a fraction of a sample.
///
/// Source: pyramidal Lucas–Kanade (Bouguet, "Pyramidal implementation of the affine Lucas Kanade feature
/// tracker", Intel, 2001). A constant difference of brightness between the two windows is estimated
/// along with the shift, so that lights and automatic exposure do not look like motion.
struct PointTracker: Sendable {
  /// Half the side of the window, without its middle. Windows of 11×11 samples.
  static let radius = 5
  private static let side = 2 * radius + 1
  private static let largestIterationCount = 10
  /// Iterations end when the shift changes by less than so many samples.
  private static let smallestStep: Float = 0.02
  /// The least of the smaller eigenvalue of the mean of squared gradients, in squared grey values: at it,
  /// noise of two grey values moves the point by 2/√(0.5·121) = 0.26 samples.
  static let leastTexture: Float = 0.5
  /// The mean difference of the two windows, in grey values, above which they show different things.
  private static let largestMismatch: Float = 12

  // Scratch memory: the window in the first picture with a border for the gradients; gradients.
  private var window = [Float](repeating: 0, count: (side + 2) * (side + 2))
  private var gradientX = [Float](repeating: 0, count: side * side)
  private var gradientY = [Float](repeating: 0, count: side * side)
  private var other = [Float](repeating: 0, count: side * side)

  /// Where a point has gone.
  ///
  /// - Parameters:
  ///   - point: In samples of level 0 of `before`.
  ///   - before: The picture that holds it.
  ///   - now: The next one, of the same size.
  ///   - guess: How far it has gone about, in samples of the smallest level.
  /// - Returns: Its place in `now` in the same unit; `nil` where it cannot be told.
  mutating func track(
    _ point: SIMD2<Float>, from before: LumaPyramid, to now: LumaPyramid, guess: SIMD2<Float>
  ) -> SIMD2<Float>? {
    var shift = guess
    for index in before.levels.indices.reversed() {
      if index < before.levels.count - 1 { shift *= 2 }
      let center = (point + 0.5) / Float(1 << index) - 0.5
      let refined = refine(
        shift, at: center, from: before.values.span, to: now.values.span, before.levels[index])
      if let refined { shift = refined } else if index == 0 { return nil }
    }
    return point + shift
  }

  /// Improves a shift on one level; `nil` where a window leaves the picture, shows nothing to hold on
  /// to, or differs from what it should show.
  private mutating func refine(
    _ guess: SIMD2<Float>, at center: SIMD2<Float>, from before: Span<Float>, to now: Span<Float>,
    _ level: LumaPyramid.Level
  ) -> SIMD2<Float>? {
    guard Self.cut(before, level, center, Self.radius + 1, into: &window) else { return nil }
    let count = Self.side * Self.side
    var (sumX, sumY, xx, xy, yy) = (Float(0), Float(0), Float(0), Float(0), Float(0))
    let wide = Self.side + 2
    for y in 0..<Self.side {
      for x in 0..<Self.side {
        let middle = (y + 1) * wide + x + 1
        let dx = (window[middle + 1] - window[middle - 1]) / 2
        let dy = (window[middle + wide] - window[middle - wide]) / 2
        gradientX[y * Self.side + x] = dx
        gradientY[y * Self.side + x] = dy
        sumX += dx
        sumY += dy
        xx += dx * dx
        xy += dx * dy
        yy += dy * dy
      }
    }
    // Without the part that a change of brightness explains.
    xx -= sumX * sumX / Float(count)
    xy -= sumX * sumY / Float(count)
    yy -= sumY * sumY / Float(count)
    guard smallerEigenvalue(xx, xy, yy) >= Self.leastTexture * Float(count) else { return nil }
    let determinant = xx * yy - xy * xy

    var shift = guess
    var mismatch = Float.infinity
    for _ in 0..<Self.largestIterationCount {
      guard Self.cut(now, level, center + shift, Self.radius, into: &other) else { return nil }
      var (sum, bx, by) = (Float(0), Float(0), Float(0))
      for y in 0..<Self.side {
        for x in 0..<Self.side {
          let index = y * Self.side + x
          let difference = window[(y + 1) * wide + x + 1] - other[index]
          other[index] = difference
          sum += difference
          bx += difference * gradientX[index]
          by += difference * gradientY[index]
        }
      }
      let mean = sum / Float(count)
      bx -= mean * sumX
      by -= mean * sumY
      mismatch = 0
      for index in 0..<count { mismatch += abs(other[index] - mean) }
      mismatch /= Float(count)
      let step = SIMD2((yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant)
      shift += step
      if max(abs(step.x), abs(step.y)) < Self.smallestStep { break }
    }
    return mismatch <= Self.largestMismatch ? shift : nil
  }

  /// Copies the square around a place, between samples by linear interpolation; `false` where it leaves
  /// the level.
  private static func cut(
    _ values: Span<Float>, _ level: LumaPyramid.Level, _ center: SIMD2<Float>, _ radius: Int,
    into square: inout [Float]
  ) -> Bool {
    let first = center - Float(radius)
    let whole = first.rounded(.down)
    let side = 2 * radius + 1
    // Also false for numbers that are none.
    guard whole.x >= 0, whole.y >= 0, whole.x + Float(side) < Float(level.width),
      whole.y + Float(side) < Float(level.height)
    else { return false }
    let part = first - whole
    let (left, right) = (1 - part.x, part.x)
    let (upper, lower) = (1 - part.y, part.y)
    var target = square.mutableSpan
    for y in 0..<side {
      let row = level.offset + (Int(whole.y) + y) * level.width + Int(whole.x)
      for x in 0..<side {
        let above = left * values[row + x] + right * values[row + x + 1]
        let below =
          left * values[row + level.width + x] + right * values[row + level.width + x + 1]
        target[y * side + x] = upper * above + lower * below
      }
    }
    return true
  }
}

/// Of the symmetric matrix `[xx xy; xy yy]`: what makes a point good to follow (Shi and Tomasi, "Good
/// features to track", CVPR 1994).
func smallerEigenvalue(_ xx: Float, _ xy: Float, _ yy: Float) -> Float {
  let difference = (xx - yy) / 2
  return (xx + yy) / 2 - (difference * difference + xy * xy).squareRoot()
}
