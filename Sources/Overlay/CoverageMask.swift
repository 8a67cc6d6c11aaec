/// How much of each pixel of a small region a shape covers, 0...255. Shapes are drawn into it, then
/// `Compositor` lays a colour through it onto the picture.
///
/// Its memory is allocated once: larger shapes are drawn tile by tile.
package struct CoverageMask {
  /// Tile size in pixels. Multiples of every chroma block's sides; 8 KiB stay in the L1 cache.
  static let tileWidth = 128
  static let tileHeight = 64

  /// In pixels of the frame.
  package private(set) var region = PixelRegion(minX: 0, minY: 0, maxX: 0, maxY: 0)
  private var values = [UInt8](repeating: 0, count: tileWidth * tileHeight)
  /// For each row of the region, the columns something was drawn in, as indices into the row.
  private var touched = [Range<Int>](repeating: 0..<0, count: tileHeight)

  package init() {}

  /// Coverage of a pixel of the frame.
  ///
  /// - Precondition: it lies in `region`.
  package subscript(x: Int, y: Int) -> UInt8 {
    values[(y - region.minY) * Self.tileWidth + x - region.minX]
  }

  /// The columns of the frame outside of which a row of the region is not covered.
  ///
  /// - Precondition: the row belongs to `region`.
  func columns(inRow y: Int) -> Range<Int> {
    let columns = touched[y - region.minY]
    return columns.lowerBound + region.minX..<columns.upperBound + region.minX
  }

  /// The columns of the frame outside of which none of some rows of the region is covered.
  ///
  /// - Precondition: the rows belong to `region`.
  func columns(inRows rows: Range<Int>) -> Range<Int> {
    var union = 0..<0
    for y in rows {
      let columns = columns(inRow: y)
      guard !columns.isEmpty else { continue }
      union =
        union.isEmpty
        ? columns
        : min(union.lowerBound, columns.lowerBound)..<max(union.upperBound, columns.upperBound)
    }
    return union
  }

  /// Sum of the coverage of some pixels.
  ///
  /// - Precondition: they lie in `region`.
  func sum(inRows rows: Range<Int>, columns: Range<Int>) -> Int {
    var sum = 0
    for y in rows {
      let row = (y - region.minY) * Self.tileWidth - region.minX
      for x in columns { sum += Int(values[row + x]) }
    }
    return sum
  }

  /// Moves the mask to a region and clears it.
  ///
  /// - Precondition: the region is no larger than a tile.
  package mutating func begin(_ region: PixelRegion) {
    precondition(region.width <= Self.tileWidth && region.height <= Self.tileHeight)
    for row in 0..<self.region.height {
      for column in touched[row] { values[row * Self.tileWidth + column] = 0 }
      touched[row] = 0..<0
    }
    self.region = region
  }

  /// Sets the coverage of those pixels of `rectangle` that lie in the region.
  package mutating func fill(_ rectangle: PixelRegion, with coverage: UInt8) {
    let part = rectangle.intersection(region)
    guard !part.isEmpty else { return }
    for y in part.minY..<part.maxY {
      let row = touch(part.minX..<part.maxX, inRow: y)
      for x in part.minX..<part.maxX { values[row + x] = coverage }
    }
  }

  /// Adds a line with round ends, or a disc when both ends are one: the coverage of a pixel is
  /// taken from the distance of its centre to the edge, and never less than what is there already.
  package mutating func add(_ capsule: Capsule, opacity: Double) {
    let part = capsule.bounds.intersection(region)
    guard !part.isEmpty else { return }
    for y in part.minY..<part.maxY {
      let columns = capsule.columns(inRow: y).clamped(to: part.minX..<part.maxX)
      guard !columns.isEmpty else { continue }
      let row = touch(columns, inRow: y)
      for x in columns {
        let coverage = capsule.coverage(x: Double(x) + 0.5, y: Double(y) + 0.5)
        values[row + x] = max(values[row + x], UInt8(coverage * opacity * 255 + 0.5))
      }
    }
  }

  /// Adds a glyph with its origin, on the base line, at a pixel of the frame.
  package mutating func add(_ glyph: GlyphAtlas.Glyph, of atlas: GlyphAtlas, x: Int, y: Int) {
    let left = x + glyph.left
    let top = y + glyph.top
    let part = PixelRegion(
      minX: left, minY: top, maxX: left + glyph.width, maxY: top + glyph.height
    ).intersection(region)
    guard !part.isEmpty else { return }
    for y in part.minY..<part.maxY {
      let row = touch(part.minX..<part.maxX, inRow: y)
      let source = glyph.firstPixel + (y - top) * glyph.width - left
      for x in part.minX..<part.maxX {
        values[row + x] = max(values[row + x], atlas.pixels[source + x])
      }
    }
  }

  /// Notes that columns of the frame are drawn in.
  ///
  /// - Returns: what to add to a column of the frame for its index in `values`.
  private mutating func touch(_ columns: Range<Int>, inRow y: Int) -> Int {
    let row = y - region.minY
    let (first, last) = (columns.lowerBound - region.minX, columns.upperBound - region.minX)
    let before = touched[row]
    touched[row] =
      before.isEmpty
      ? first..<last : min(before.lowerBound, first)..<max(before.upperBound, last)
    return row * Self.tileWidth - region.minX
  }
}
