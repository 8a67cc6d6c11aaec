/// How a stored picture becomes the upright one: first swap rows and columns, then mirror.
///
/// Source: the transformation matrix of ISO/IEC 14496-12, section 6.2.2, rounded to the eight
/// orientations a raster can take without resampling.
package struct Orientation: Sendable, Equatable {
  /// The upright picture's columns are the stored picture's rows.
  package var isTransposed: Bool
  /// The upright picture's left is the stored right (or bottom, when transposed).
  package var flipsHorizontally: Bool
  package var flipsVertically: Bool

  package static let upright = Orientation(
    isTransposed: false, flipsHorizontally: false, flipsVertically: false)

  package init(isTransposed: Bool, flipsHorizontally: Bool, flipsVertically: Bool) {
    self.isTransposed = isTransposed
    self.flipsHorizontally = flipsHorizontally
    self.flipsVertically = flipsVertically
  }

  /// The orientation an EXIF tag stands for, `nil` for numbers that have no meaning.
  ///
  /// Source: Exif 2.32 (CIPA DC-008), section 4.6.4, tag 0x0112.
  package init?(exif value: Int) {
    switch value {
    case 1...4:
      self.init(
        isTransposed: false, flipsHorizontally: value == 2 || value == 3,
        flipsVertically: value == 3 || value == 4)
    case 5...8:
      self.init(
        isTransposed: true, flipsHorizontally: value == 6 || value == 7,
        flipsVertically: value == 7 || value == 8)
    default: return nil
    }
  }

  /// The orientation nearest to a display matrix.
  ///
  /// - Parameter matrix: Nine coefficients a, b, u, c, d, v, x, y, w in row order: the stored point
  ///   (p, q) is shown at (a·p + c·q, b·p + d·q), up to a translation.
  package init(displayMatrix matrix: [Int32]) {
    precondition(matrix.count == 9)
    let (a, b, c, d) = (
      Double(matrix[0]), Double(matrix[1]), Double(matrix[3]), Double(matrix[4])
    )
    if abs(a) + abs(d) >= abs(b) + abs(c) {
      self.init(isTransposed: false, flipsHorizontally: a < 0, flipsVertically: d < 0)
    } else {
      self.init(isTransposed: true, flipsHorizontally: c < 0, flipsVertically: b < 0)
    }
  }

  /// Clockwise degrees the stored picture is turned by; a mirrored one also names its mirror.
  package var summary: String {
    switch (isTransposed, flipsHorizontally, flipsVertically) {
    case (false, false, false): "0"
    case (true, true, false): "90"
    case (false, true, true): "180"
    case (true, false, true): "270"
    case (false, true, false): "0, mirrored"
    case (false, false, true): "180, mirrored"
    case (true, false, false): "90, mirrored"
    case (true, true, true): "270, mirrored"
    }
  }
}
