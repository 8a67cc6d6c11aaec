extension ScaledPicture {
  /// Fills the picture from a packed BGR one by bilinear interpolation between the four nearest pixels,
  /// without filtering what is made smaller, to the bit as OpenCV's `resize` with `INTER_LINEAR` and one
  /// factor for both directions: what published evaluations of face detectors do.
  ///
  /// Where the picture is the source scaled by one factor and rounded to whole pixels, that factor is kept
  /// exactly, and `scaleX` and `scaleY` become its inverse; the last row or column may then stand for a
  /// little more or less than the source has. Otherwise each direction has a factor of its own.
  ///
  /// Source: Bilinear interpolation at (i + 0.5) / factor − 0.5, pixels beyond the edges repeated; weights
  /// of 11 bits, the sums of a row shortened by 4 bits and the products by 16.
  ///
  /// - Parameter source: Bytes, three a pixel: its width is three times that of the picture.
  /// - Precondition: the source has the size the picture stands for.
  package func interpolate(_ source: ImagePlane) {
    unsafe precondition(source.width == 3 * sourceWidth && source.height == sourceHeight)
    let factor = factors
    (scaleX, scaleY) = (Float(1 / factor.x), Float(1 / factor.y))
    let columns = (0..<width).map {
      InterpolationTap(output: $0, factor: factor.x, count: sourceWidth)
    }
    for y in 0..<height {
      let tap = InterpolationTap(output: y, factor: factor.y, count: sourceHeight)
      // In bounds: taps stay below the counts they were made with.
      let upper = unsafe (source.base + tap.first * source.bytesPerRow)
        .assumingMemoryBound(to: UInt8.self)
      let lower = unsafe (source.base + tap.second * source.bytesPerRow)
        .assumingMemoryBound(to: UInt8.self)
      var place = y * width * 3
      for column in columns {
        for channel in 0..<3 {
          let (left, right) = (3 * column.first + channel, 3 * column.second + channel)
          let above = unsafe column.sum(upper[left], upper[right])
          let below = unsafe column.sum(lower[left], lower[right])
          pixels[place] = tap.sample(above, below)
          place += 1
        }
      }
    }
  }

  /// Network-input pixels per source pixel in both directions.
  private var factors: (x: Double, y: Double) {
    let (x, y) = (Double(width) / Double(sourceWidth), Double(height) / Double(sourceHeight))
    let common = sourceWidth >= sourceHeight ? x : y
    let isUniform =
      abs(common * Double(sourceWidth) - Double(width)) < 1
      && abs(common * Double(sourceHeight) - Double(height)) < 1
    return isUniform ? (common, common) : (x, y)
  }
}

/// The two source samples an output sample lies between, and their weights.
private struct InterpolationTap {
  let first: Int
  let second: Int
  private let firstWeight: Int32
  private let secondWeight: Int32

  private static let weightBits: Float = 2048

  /// - Parameter count: Samples of the source.
  init(output: Int, factor: Double, count: Int) {
    let position = Float((Double(output) + 0.5) * (1 / factor) - 0.5)
    let floor = position.rounded(.down)
    let fraction = position - floor
    first = min(max(Int(floor), 0), count - 1)
    second = min(max(Int(floor) + 1, 0), count - 1)
    firstWeight = Int32(((1 - fraction) * Self.weightBits).rounded(.toNearestOrEven))
    secondWeight = Int32((fraction * Self.weightBits).rounded(.toNearestOrEven))
  }

  /// Of two neighbours in a row, with all bits.
  @inline(__always)
  func sum(_ left: UInt8, _ right: UInt8) -> Int32 {
    Int32(left) &* firstWeight &+ Int32(right) &* secondWeight
  }

  /// Of the sums of two rows.
  @inline(__always)
  func sample(_ above: Int32, _ below: Int32) -> UInt8 {
    let sum = ((above >> 4) &* firstWeight) >> 16 &+ ((below >> 4) &* secondWeight) >> 16
    return UInt8(truncatingIfNeeded: min(255, (sum &+ 2) >> 2))
  }
}
