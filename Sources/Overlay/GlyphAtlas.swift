/// The printable ASCII characters at one size, rasterised once.
package struct GlyphAtlas: Sendable {
  /// Where one character's coverage lies in `pixels`, and how it is placed.
  package struct Glyph: Equatable, Sendable {
    /// Index into `pixels`, rows of `width` without gaps.
    package var firstPixel: Int
    package var width: Int
    package var height: Int
    /// From the pen's position on the base line to the bitmap's left and top edge, y downwards.
    package var left: Int
    package var top: Int
    /// How far the pen moves.
    package var advance: Int
  }

  package let textSize: Int
  /// Coverage, 0...255.
  package private(set) var pixels: [UInt8] = []
  /// How far digits and the letters of a label rise above the base line, in pixels.
  package private(set) var ascent = 0
  private var glyphs: [Glyph] = []

  private static let first = UInt8(ascii: " ")
  private static let last = UInt8(ascii: "~")

  /// - Parameters:
  ///   - textSize: Height of the font's em square in pixels, positive.
  package init(textSize: Int) {
    precondition(textSize > 0)
    self.textSize = textSize
    // Letters of common fonts stay within one em around the pen, bold and slanted ones nearly so.
    let margin = textSize
    let canvas = CairoCanvas(width: 3 * textSize, height: 3 * textSize, textSize: textSize)
    var coverage: [UInt8] = []
    for character in Self.first...Self.last {
      canvas.show(character, x: margin, y: 2 * textSize)
      canvas.copyCoverage(to: &coverage)
      append(
        coverage, side: 3 * textSize, originX: margin, originY: 2 * textSize,
        advance: max(0, canvas.advance(of: character)))
    }
    for character in "0123456789id".utf8 { ascent = max(ascent, -self[character].top) }
  }

  /// Whether there is anything to write with.
  package var isEmpty: Bool { pixels.isEmpty }

  /// The glyph of a character, that of "?" for one that is not printable ASCII.
  package subscript(character: UInt8) -> Glyph {
    let known = (Self.first...Self.last).contains(character) ? character : UInt8(ascii: "?")
    return glyphs[Int(known - Self.first)]
  }

  /// Width of a line of text in pixels.
  package func width(of text: [UInt8]) -> Int {
    var width = 0
    for character in text { width += self[character].advance }
    return width
  }

  /// Adds what was drawn on a square canvas, without the empty border.
  private mutating func append(
    _ coverage: [UInt8], side: Int, originX: Int, originY: Int, advance: Int
  ) {
    var inked = PixelRegion(minX: side, minY: side, maxX: 0, maxY: 0)
    for y in 0..<side {
      for x in 0..<side where coverage[y * side + x] > 0 {
        inked.minX = min(inked.minX, x)
        inked.maxX = max(inked.maxX, x + 1)
        inked.minY = min(inked.minY, y)
        inked.maxY = max(inked.maxY, y + 1)
      }
    }
    if inked.isEmpty {
      inked = PixelRegion(minX: originX, minY: originY, maxX: originX, maxY: originY)
    }
    glyphs.append(
      Glyph(
        firstPixel: pixels.count, width: inked.width, height: inked.height,
        left: inked.minX - originX, top: inked.minY - originY, advance: advance))
    for y in inked.minY..<inked.maxY {
      pixels += coverage[y * side + inked.minX..<y * side + inked.maxX]
    }
  }
}
