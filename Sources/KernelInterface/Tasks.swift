/// Turns a packed 8-bit picture into the network's input, one row a tile.
///
/// Unchecked because of the pointer. What guards it: the caller lends the picture for the whole step,
/// and nobody writes it.
@safe
package struct PictureTask: @unchecked Sendable {
  /// Receives each sample minus the mean of its channel, then zeros up to its size.
  package var output: BlockedMap
  package var pixels: UnsafeRawPointer
  package var width: Int
  package var height: Int
  package var means: SIMD3<Float>

  package init(
    output: BlockedMap, pixels: UnsafeRawPointer, width: Int, height: Int, means: SIMD3<Float>
  ) {
    self.output = output
    unsafe self.pixels = pixels
    self.width = width
    self.height = height
    self.means = means
  }
}

/// What happens to sums, and where they go: several blocks of 16 channels, not necessarily of one
/// feature map, but all of the same size.
package struct OutputBlocks: Sendable {
  package var blocks = 0
  package var width = 0
  package var height = 0
  package var rowPitch = 0
  /// Offset, among the constants, of a table of each block's offset of row 0, column 0.
  package var origins = 0
  /// Offsets, among the constants, of one bias and one slope per channel. A negative sum is
  /// multiplied by the slope, which is in 0...1.
  package var bias = 0
  package var slopes = 0
  /// A map of half the size whose pixels are added to four outputs each, after the activation.
  package var coarse = BlockedMap()
  package var addsCoarse = false
  /// A map with the border to be cleared; all blocks lie in maps like it.
  package var borderHeight = 0
  package var borderWidth = 0

  package init() {}
}

/// A convolution as a sum over taps: each tap is a place relative to the output's pixel, where some
/// consecutive channels are read. One tile is a band of rows.
package struct ConvolutionTask: Sendable {
  /// Offset of the input for output row 0, column 0.
  package var origin = 0
  /// Floats from the input of an output row to that of the next.
  package var rowPitch = 0
  /// Offset, among the constants, of a table of offsets: one per tap.
  package var taps = 0
  package var tapCount = 0
  /// Offset, among the constants, of weights: per panel of blocks `[tap][channel][block][lane]`.
  package var weights = 0
  package var rowsPerTile = 0
  package var output = OutputBlocks()

  package init() {}
}

/// A 3×3 convolution of each channel by itself, then a 1×1 convolution, one band of rows a tile;
/// what is between them stays in scratch memory.
package struct SeparableTask: Sendable {
  package var input = BlockedMap()
  package var stride = 1
  /// Offset, among the constants: per block bias, slopes, then weights `[ky][kx]`, a vector each.
  package var depthwise = 0
  /// Of the 1×1 convolution, whose input is the scratch memory.
  package var pointwise = ConvolutionTask()

  package init() {}

  /// Floats of scratch memory.
  package var scratchCount: Int {
    pointwise.rowsPerTile * pointwise.output.width * input.lanes * input.blocks + readableSlack
  }
}

/// Two separable convolutions, the second with stride 2 as a rule: the rows of the first that a band
/// of the second needs are computed into scratch memory. Rows two bands share are computed twice.
package struct ChainTask: Sendable {
  /// Its outputs lie in scratch memory: origins count from the start of the rows between both.
  package var first = SeparableTask()
  /// Its input is the scratch memory.
  package var second = SeparableTask()

  package init() {}

  /// Floats of the rows between both.
  package var betweenCount: Int { second.input.blocks * second.input.blockPitch + readableSlack }

  /// Floats of scratch memory.
  package var scratchCount: Int { betweenCount + first.scratchCount + second.scratchCount }
}

/// A 3×3 convolution by the minimal filtering algorithm F(4×4, 3×3); a tile is a run of 4×4 outputs.
package struct WinogradTask: Sendable {
  package var input = BlockedMap()
  /// Output tiles of 4×4 pixels.
  package var rows = 0
  package var columns = 0
  /// Output tiles computed at a time, a multiple of the granularity.
  package var batch = 0
  /// Offset, among the constants, of transformed weights: for each of the 36 positions, per panel of
  /// blocks `[channel][block][lane]`.
  package var weights = 0
  /// Offset, among the constants, of a table of offsets of the input's blocks in scratch memory.
  package var taps = 0
  /// Offset, among the constants, of a zero for each output channel of a panel.
  package var zeros = 0
  package var output = OutputBlocks()

  /// Floats from one position's transformed inputs to the next's, and the same for products. One line
  /// more than they take, so that the 36 do not meet in a few sets of the first-level cache.
  package private(set) var inputPitch = 0
  package private(set) var productPitch = 0

  package static let positions = 36

  package init(input: BlockedMap, output: OutputBlocks, rows: Int, columns: Int, batch: Int) {
    self.input = input
    self.output = output
    self.rows = rows
    self.columns = columns
    self.batch = batch
    inputPitch = (input.blocks * batch + 1) * blockLanes
    productPitch = (output.blocks * batch + 1) * blockLanes
  }

  /// Floats of scratch memory.
  package var scratchCount: Int {
    Self.positions * (inputPitch + productPitch + blockLanes) + readableSlack
  }
  package var tileCount: Int { (rows * columns + batch - 1) / batch }
}
