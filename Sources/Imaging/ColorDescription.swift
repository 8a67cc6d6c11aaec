/// How a picture's samples stand for colours (ITU-T H.273).
package struct ColorDescription: Equatable, Hashable, Sendable {
  /// Matrix coefficients, H.273 section 8.3.
  package enum Matrix: Equatable, Hashable, Sendable {
    case bt601, bt709, bt2020
    /// No matrix: the planes hold green, blue and red, in the places of luma, Cb and Cr.
    case identity
  }

  /// Limited: luma 16–235 of 8 bits. Full: 0–255.
  package enum Range: Equatable, Hashable, Sendable {
    case limited, full
  }

  package var matrix: Matrix
  package var range: Range

  package init(matrix: Matrix, range: Range) {
    self.matrix = matrix
    self.range = range
  }
}
