package import Imaging

/// Hides faces in pictures, straight in their planes.
///
/// What replaces a face is computed from a few means only: of the square cells of a grid over its
/// shape, at most eight along the longer side. Nothing finer of the face is left, whatever the
/// style; `solid` leaves nothing at all. Not thread-safe: one redactor for one thread.
package final class FaceRedactor {
  /// What a face is replaced with.
  package enum Style: String, CaseIterable, Sendable {
    /// Its cells, smoothed into each other.
    case blur
    /// Its cells.
    case pixelate
    /// Black.
    case solid
  }

  package let style: Style
  private var cells: [Int] = []
  private var smoothed: [Int] = []

  /// Along the longer side of a shape, at most.
  package static let greatestCellCount = 8
  /// In pixels: a tiny face has fewer cells.
  package static let leastCellSize = 8

  package init(style: Style) { self.style = style }

  /// Hides what lies under a shape. A sample goes when any pixel it stands for does.
  package func hide(_ cover: FaceCover, in image: PlanarImage) {
    let bounds = unsafe cover.bounds(width: image.width, height: image.height)
    guard !bounds.isEmpty else { return }
    if unsafe image.format.bytesPerSample == 1 {
      unsafe hide(cover, bounds, in: image, samples: UInt8.self)
    } else {
      unsafe hide(cover, bounds, in: image, samples: UInt16.self)
    }
  }

  private func hide<Sample: FixedWidthInteger & UnsignedInteger>(
    _ cover: FaceCover, _ bounds: PixelRegion, in image: PlanarImage, samples: Sample.Type
  ) {
    let black = unsafe YCbCrColor(
      .black, for: image.color, bitDepth: image.format.bitDepth)
    let pixel = ChromaBlock(log2Width: 0, log2Height: 0)
    unsafe hide(
      cover, bounds, in: image.luma, block: pixel, solid: black.y, samples: samples)
    if let blue = unsafe image.chromaBlue, let red = unsafe image.chromaRed {
      let block = unsafe ChromaBlock(image.format)
      unsafe hide(cover, bounds, in: blue, block: block, solid: black.cb, samples: samples)
      unsafe hide(cover, bounds, in: red, block: block, solid: black.cr, samples: samples)
    }
  }

  /// - Parameter block: The pixels that share one sample of the plane.
  private func hide<Sample: FixedWidthInteger & UnsignedInteger>(
    _ cover: FaceCover, _ bounds: PixelRegion, in plane: ImagePlane, block: ChromaBlock,
    solid: Int, samples: Sample.Type
  ) {
    let aligned = bounds.aligned(to: block)
    let area = unsafe PixelRegion(
      minX: aligned.minX >> block.log2Width, minY: aligned.minY >> block.log2Height,
      maxX: min(plane.width, aligned.maxX >> block.log2Width),
      maxY: min(plane.height, aligned.maxY >> block.log2Height))
    guard !area.isEmpty else { return }
    let side = Self.cellSide(of: cover)
    let grid = Grid(
      area: area, cellWidth: max(1, side >> block.log2Width),
      cellHeight: max(1, side >> block.log2Height))
    if style != .solid {
      unsafe measure(grid, in: plane, samples: samples)
      if style == .blur { smooth(grid) }
    }
    let columns = bounds.minX..<bounds.maxX
    for y in area.minY..<area.maxY {
      var covered = 0..<0
      for row in y << block.log2Height..<min((y + 1) << block.log2Height, bounds.maxY) {
        let part = cover.columns(inRow: row, within: columns)
        guard !part.isEmpty else { continue }
        covered =
          covered.isEmpty
          ? part
          : min(covered.lowerBound, part.lowerBound)..<max(covered.upperBound, part.upperBound)
      }
      guard !covered.isEmpty else { continue }
      let first = max(area.minX, covered.lowerBound >> block.log2Width)
      let end = min(area.maxX, block.alignUp(x: covered.upperBound) >> block.log2Width)
      guard first < end else { continue }
      // In bounds: `area` lies within the plane.
      let row = unsafe (plane.base + y * plane.bytesPerRow).assumingMemoryBound(to: samples)
      switch style {
      case .solid:
        for x in first..<end { unsafe row[x] = Sample(truncatingIfNeeded: solid).littleEndian }
      case .pixelate:
        let cellRow = (y - area.minY) / grid.cellHeight * grid.columns
        for x in first..<end {
          let mean = cells[cellRow + (x - area.minX) / grid.cellWidth]
          unsafe row[x] = Sample(truncatingIfNeeded: mean).littleEndian
        }
      case .blur:
        let down = grid.place(y - area.minY, cellSize: grid.cellHeight, count: grid.rows)
        let (top, bottom) = (down.cell * grid.columns, down.next * grid.columns)
        for x in first..<end {
          let right = grid.place(x - area.minX, cellSize: grid.cellWidth, count: grid.columns)
          let above =
            cells[top + right.cell] * (256 - right.share) + cells[top + right.next] * right.share
          let below =
            cells[bottom + right.cell] * (256 - right.share)
            + cells[bottom + right.next] * right.share
          let sum: Int = above * (256 - down.share) + below * down.share
          let value: Int = (sum + 32768) >> 16
          unsafe row[x] = Sample(truncatingIfNeeded: value).littleEndian
        }
      }
    }
  }

  /// Side of the cells over a shape, in pixels.
  package static func cellSide(of cover: FaceCover) -> Int {
    // A margin for rims rounded outwards to whole chroma samples.
    let longest = 2 * max(cover.radiusX, cover.radiusY) + 8
    // Faces larger than any picture need no larger cells.
    let side = Int(min(1_000_000, longest / Double(greatestCellCount)).rounded(.up))
    // The same cells in every plane: a multiple of any chroma block's sides.
    return max(leastCellSize, (side + 3) / 4 * 4)
  }

  /// Cells over a part of a plane, in its samples; those at the right and the bottom may be smaller.
  private struct Grid {
    let area: PixelRegion
    let cellWidth: Int
    let cellHeight: Int

    var columns: Int { (area.width + cellWidth - 1) / cellWidth }
    var rows: Int { (area.height + cellHeight - 1) / cellHeight }

    /// Between the middles of which two cells a sample lies, and how far from the first to the second,
    /// of 256.
    func place(_ sample: Int, cellSize: Int, count: Int) -> (cell: Int, next: Int, share: Int) {
      // Twice the distance from the middle of the first cell.
      let twice = 2 * sample + 1 - cellSize
      guard twice > 0 else { return (0, 0, 0) }
      let cell = min(count - 1, twice / (2 * cellSize))
      let next = min(count - 1, cell + 1)
      return (cell, next, (twice - 2 * cellSize * cell) * 128 / cellSize & 255)
    }
  }

  /// Fills `cells` with the means of the plane under the grid.
  private func measure<Sample: FixedWidthInteger & UnsignedInteger>(
    _ grid: Grid, in plane: ImagePlane, samples: Sample.Type
  ) {
    cells.removeAll(keepingCapacity: true)
    let area = grid.area
    for top in stride(from: area.minY, to: area.maxY, by: grid.cellHeight) {
      let bottom = min(top + grid.cellHeight, area.maxY)
      for left in stride(from: area.minX, to: area.maxX, by: grid.cellWidth) {
        let right = min(left + grid.cellWidth, area.maxX)
        var sum = 0
        for y in top..<bottom {
          // In bounds: `area` lies within the plane.
          let row = unsafe (plane.base + y * plane.bytesPerRow).assumingMemoryBound(to: samples)
          for x in left..<right { unsafe sum += Int(Sample(littleEndian: row[x])) }
        }
        let count = (bottom - top) * (right - left)
        cells.append((sum + count / 2) / count)
      }
    }
  }

  /// Replaces each cell by the mean of its neighbourhood, weighted 1 2 1 in both directions, with
  /// the cells at the edges continued outwards.
  private func smooth(_ grid: Grid) {
    smoothed.removeAll(keepingCapacity: true)
    let (columns, rows) = (grid.columns, grid.rows)
    for y in 0..<rows {
      let (above, below) = (max(0, y - 1) * columns, min(rows - 1, y + 1) * columns)
      for x in 0..<columns {
        let (left, right) = (max(0, x - 1), min(columns - 1, x + 1))
        func across(_ row: Int) -> Int {
          cells[row + left] + 2 * cells[row + x] + cells[row + right]
        }
        smoothed.append((across(above) + 2 * across(y * columns) + across(below) + 8) / 16)
      }
    }
    swap(&cells, &smoothed)
  }
}
