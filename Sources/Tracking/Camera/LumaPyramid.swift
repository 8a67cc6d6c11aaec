import Imaging

/// A picture's brightness in sizes that halve from level to level, in memory that is reused.
///
/// The brightness is the green channel, which carries most of it (ITU-R BT.709: 71.5 %). Position
/// `(0, 0)` is the centre of the top left sample.
struct LumaPyramid: Sendable {
  struct Level: Sendable {
    /// Of its first sample among all.
    var offset: Int
    var width: Int
    var height: Int
  }

  /// The largest first.
  private(set) var levels: [Level] = []
  /// Grey values 0 to 255, row by row, level after level.
  private(set) var values: [Float] = []
  /// Pixels of the picture, in each direction, that make one sample of level 0.
  private(set) var reduction = 1
  private var width = 0
  private var height = 0

  /// Long side of level 0 at most, in samples: half of what the network sees by default. Of the shake
  /// that matters nothing is lost, as positions are found to a tenth of a sample or better.
  private static let longSide = 320
  private static let largestLevelCount = 4
  /// No level has a side shorter than this: windows would not fit.
  private static let shortestSide = 20

  /// Takes a picture in; memory grows only when its size changes.
  mutating func fill(from picture: ScaledPicture) {
    if picture.width != width || picture.height != height {
      plan(width: picture.width, height: picture.height)
    }
    // Copies, as nothing else of this value may be looked at while its samples are written.
    let (levels, reduction, bytes) = (self.levels, self.reduction, picture.pixels)
    let base = levels[0]
    let (row, share) = (picture.width * 3, 1 / Float(reduction * reduction))
    let pixels = bytes.span
    var target = values.mutableSpan
    for y in 0..<base.height {
      for x in 0..<base.width {
        var sum = 0
        let first = y * reduction * row + x * reduction * 3 + 1
        for dy in 0..<reduction {
          for dx in 0..<reduction { sum += Int(pixels[first + dy * row + dx * 3]) }
        }
        target[y * base.width + x] = Float(sum) * share
      }
    }
    for index in levels.indices.dropFirst() {
      let (from, to) = (levels[index - 1], levels[index])
      for y in 0..<to.height {
        for x in 0..<to.width {
          let first = from.offset + 2 * y * from.width + 2 * x
          let (upper, lower) = (
            target[first] + target[first + 1],
            target[first + from.width] + target[first + from.width + 1]
          )
          target[to.offset + y * to.width + x] = (upper + lower) / 4
        }
      }
    }
  }

  /// The shift of the whole picture, in whole samples of the smallest level, that brings it closest to
  /// the next one: the least mean absolute difference where both overlap, each without its mean.
  ///
  /// Shifts of up to a quarter of the sides are tried. Of equal ones the first by row is taken.
  func shift(to next: LumaPyramid) -> SIMD2<Float> {
    guard let level = levels.last else { return .zero }
    let (rangeX, rangeY) = (level.width / 4, level.height / 4)
    let (from, to) = (values.span, next.values.span)
    var (best, least) = (SIMD2<Float>.zero, Float.infinity)
    for dy in -rangeY...rangeY {
      for dx in -rangeX...rangeX {
        let (left, right) = (max(0, -dx), min(level.width, level.width - dx))
        let (top, bottom) = (max(0, -dy), min(level.height, level.height - dy))
        let count = Float((right - left) * (bottom - top))
        let way = dy * level.width + dx
        var mean: Float = 0
        for y in top..<bottom {
          let row = level.offset + y * level.width
          for index in row + left..<row + right { mean += to[index + way] - from[index] }
        }
        mean /= count
        var sum: Float = 0
        for y in top..<bottom {
          let row = level.offset + y * level.width
          for index in row + left..<row + right {
            sum += abs(to[index + way] - from[index] - mean)
          }
        }
        if sum < least * count { (best, least) = (SIMD2(Float(dx), Float(dy)), sum / count) }
      }
    }
    return best
  }

  private mutating func plan(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    reduction = max(1, (max(width, height) + Self.longSide - 1) / Self.longSide)
    reduction = min(reduction, min(width, height))
    levels.removeAll(keepingCapacity: true)
    var level = Level(offset: 0, width: width / reduction, height: height / reduction)
    var count = 0
    repeat {
      levels.append(level)
      count = level.offset + level.width * level.height
      level = Level(offset: count, width: level.width / 2, height: level.height / 2)
    } while levels.count < Self.largestLevelCount
      && min(level.width, level.height) >= Self.shortestSide
    values.removeAll(keepingCapacity: true)
    values.append(contentsOf: repeatElement(0, count: count))
  }
}
