import KernelInterface

/// How a feature map's elements lie in its region: planar `[channel][row][column]`, or in blocks of
/// channels with a border of zeros, `[block][row][column][lane]`.
package struct FeatureLayout: Equatable, Sendable {
  package let shape: TensorShape
  /// Channels of a block; 1 for planar maps.
  package let lanes: Int
  /// Rows above and columns to the left of the picture.
  package let border: Int
  /// Rows and columns in memory.
  package let paddedHeight: Int
  package let paddedWidth: Int

  /// `[channels, height, width]` without gaps.
  package static func planar(_ shape: TensorShape) -> FeatureLayout {
    FeatureLayout(
      shape: shape, lanes: 1, border: 0, paddedHeight: shape.height, paddedWidth: shape.width)
  }

  /// Blocks with a border of one element, and more to the right and below up to a multiple of four,
  /// so that the 4×4 tiles of the Winograd kernel read zeros.
  package static func blocked(_ shape: TensorShape, lanes: Int) -> FeatureLayout {
    FeatureLayout(
      shape: shape, lanes: lanes, border: 1, paddedHeight: (shape.height + 3) / 4 * 4 + 2,
      paddedWidth: (shape.width + 3) / 4 * 4 + 2)
  }

  package var blocks: Int { (shape.channels + lanes - 1) / lanes }

  /// Elements of the region, those outside the picture included.
  package var count: Int { blocks * paddedHeight * paddedWidth * lanes }

  /// Where an element lies in the region.
  @inline(__always)
  package func offset(channel: Int, y: Int, x: Int) -> Int {
    let (block, lane) = channel.quotientAndRemainder(dividingBy: lanes)
    let row = block * paddedHeight + y + border
    return (row * paddedWidth + x + border) * lanes + lane
  }

  func map(at start: Int) -> BlockedMap {
    BlockedMap(
      start: start, height: shape.height, width: shape.width, lanes: lanes, blocks: blocks,
      paddedHeight: paddedHeight, paddedWidth: paddedWidth)
  }
}
