/// Where a channel-blocked feature map lies among the features: `[block][row][pixel][lane]`, with a
/// border of zeros around every plane, so that a 3×3 kernel needs no cases at the edges.
///
/// The layout of channels in blocks of one vector follows Georganas et al., "Anatomy of
/// High-Performance Deep Learning Convolutions on SIMD Architectures" (SC 2018), section II-B.
package struct BlockedMap: Equatable, Sendable {
  /// Of the element at channel 0, row 0, column 0: behind the border.
  package private(set) var origin = 0
  /// Of the first element of the border.
  package private(set) var start = 0
  package private(set) var height = 0
  package private(set) var width = 0
  /// Channels a block has: 16, or 8 where the map has no more, or 3 for a picture.
  package private(set) var lanes = 0
  package private(set) var blocks = 0
  /// Rows and pixels, zeros above and to the left included.
  package private(set) var paddedHeight = 0
  package private(set) var paddedWidth = 0
  /// Floats from one row to the next, and from one block to the next.
  package private(set) var rowPitch = 0
  package private(set) var blockPitch = 0

  package init() {}

  package init(
    start: Int, height: Int, width: Int, lanes: Int, blocks: Int, paddedHeight: Int,
    paddedWidth: Int
  ) {
    self.start = start
    self.height = height
    self.width = width
    self.lanes = lanes
    self.blocks = blocks
    self.paddedHeight = paddedHeight
    self.paddedWidth = paddedWidth
    rowPitch = paddedWidth * lanes
    blockPitch = paddedHeight * rowPitch
    origin = start + rowPitch + lanes
  }
}
