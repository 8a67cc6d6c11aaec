import Imaging

/// Lays a colour through a mask onto a picture.
///
/// Luma is blended pixel by pixel; a chroma sample by the mean coverage of those pixels of the frame
/// that share it. Samples nothing covers are not written.
enum Compositor {
  /// - Precondition: `mask.region` begins at a multiple of the chroma block's sides.
  static func blend(_ mask: CoverageMask, _ color: YCbCrColor, into image: PlanarImage) {
    if unsafe image.format.bytesPerSample == 1 {
      unsafe blend(mask, color, into: image, samples: UInt8.self)
    } else {
      unsafe blend(mask, color, into: image, samples: UInt16.self)
    }
  }

  private static func blend<Sample: FixedWidthInteger & UnsignedInteger>(
    _ mask: CoverageMask, _ color: YCbCrColor, into image: PlanarImage, samples: Sample.Type
  ) {
    unsafe blendLuma(mask, color.y, into: image.luma, samples: samples)
    if let blue = unsafe image.chromaBlue, let red = unsafe image.chromaRed {
      unsafe blendChroma(
        mask, color, into: blue, red, block: ChromaBlock(image.format),
        frame: PixelRegion(minX: 0, minY: 0, maxX: image.width, maxY: image.height),
        samples: samples)
    }
  }

  private static func blendLuma<Sample: FixedWidthInteger & UnsignedInteger>(
    _ mask: CoverageMask, _ value: Int, into plane: ImagePlane, samples: Sample.Type
  ) {
    let end = unsafe min(mask.region.maxY, plane.height)
    guard mask.region.minY < end else { return }
    for y in mask.region.minY..<end {
      // In bounds: y and x lie within the plane, whose rows are `width` samples long.
      let row = unsafe (plane.base + y * plane.bytesPerRow).assumingMemoryBound(to: samples)
      for x in unsafe mask.columns(inRow: y).clamped(to: 0..<plane.width) {
        let coverage = Int(mask[x, y])
        guard coverage > 0 else { continue }
        let old = unsafe Int(Sample(littleEndian: row[x]))
        let new = (old * (255 - coverage) + value * coverage + 127) / 255
        unsafe row[x] = Sample(truncatingIfNeeded: new).littleEndian
      }
    }
  }

  private static func blendChroma<Sample: FixedWidthInteger & UnsignedInteger>(
    _ mask: CoverageMask, _ color: YCbCrColor, into blue: ImagePlane, _ red: ImagePlane,
    block: ChromaBlock, frame: PixelRegion, samples: Sample.Type
  ) {
    let region = mask.region
    assert(block.alignDown(x: region.minX) == region.minX)
    assert(block.alignDown(y: region.minY) == region.minY)
    let width = unsafe min(blue.width, red.width)
    let firstY = region.minY >> block.log2Height
    let endY = unsafe min(
      blue.height, red.height, block.alignUp(y: region.maxY) >> block.log2Height)
    guard firstY < endY else { return }
    for y in firstY..<endY {
      // Rows and columns the mask does not reach are not covered, but they count in the mean.
      let top = y << block.log2Height
      let height = min(top + (1 << block.log2Height), frame.maxY) - top
      let rows = top..<min(top + height, region.maxY)
      let columns = mask.columns(inRows: rows)
      // In bounds: y is a row of both planes, and x below stays within their width.
      let blueRow = unsafe (blue.base + y * blue.bytesPerRow).assumingMemoryBound(to: samples)
      let redRow = unsafe (red.base + y * red.bytesPerRow).assumingMemoryBound(to: samples)
      let end = min(width, block.alignUp(x: columns.upperBound) >> block.log2Width)
      for x in ((columns.lowerBound >> block.log2Width)..<Int.max).clamped(to: 0..<end) {
        let left = x << block.log2Width
        let right = min(left + (1 << block.log2Width), frame.maxX)
        let coverage = mask.sum(inRows: rows, columns: left..<min(right, region.maxX))
        guard coverage > 0 else { continue }
        let whole = 255 * (right - left) * height
        let oldBlue = unsafe Int(Sample(littleEndian: blueRow[x]))
        let newBlue = (oldBlue * (whole - coverage) + color.cb * coverage + whole / 2) / whole
        unsafe blueRow[x] = Sample(truncatingIfNeeded: newBlue).littleEndian
        let oldRed = unsafe Int(Sample(littleEndian: redRow[x]))
        let newRed = (oldRed * (whole - coverage) + color.cr * coverage + whole / 2) / whole
        unsafe redRow[x] = Sample(truncatingIfNeeded: newRed).littleEndian
      }
    }
  }
}

extension ChromaBlock {
  /// A picture without chroma has blocks of one pixel.
  init(_ format: PixelFormat) {
    let hasChroma = format.planeCount > 2
    self.init(
      log2Width: hasChroma ? format.log2ChromaWidth : 0,
      log2Height: hasChroma ? format.log2ChromaHeight : 0)
  }
}
