import KernelInterface

extension ConvolutionTask {
  /// Rows of a tile.
  @inline(__always)
  func rows(ofTile tile: Int) -> Range<Int> {
    tile * rowsPerTile..<min((tile + 1) * rowsPerTile, output.height)
  }

  /// Computes all blocks of a band of rows.
  ///
  /// Panels of weights are the outer loop: one stays in the first-level cache for the whole band.
  ///
  /// - Parameters:
  ///   - channels: Per tap, and from pixel to pixel of the input. A literal.
  ///   - input: Of the first row's pixel 0.
  @inline(__always)
  func compute<Tiles: TileFamily>(
    _ tiles: Tiles.Type, rows: Range<Int>, channels: Int, input: FloatMemory, memory: KernelMemory
  ) {
    var product = TapProduct(
      taps: memory.constants + taps, tapCount: tapCount, weights: memory.constants + weights,
      start: memory.constants + output.bias)
    var block = 0
    while block < output.blocks {
      let count = min(Tiles.Panel.blocks, output.blocks - block)
      for row in rows {
        let source = input + (row - rows.lowerBound) * rowPitch
        if output.addsCoarse {
          let sink = output.upsamplingSink(
            Tiles.Vector.self, block: block, count: count, row: row, memory: memory)
          multiply(tiles, product, count: count, channels: channels, input: source, sink: sink)
        } else {
          let sink = output.sink(
            Tiles.Vector.self, block: block, count: count, row: row, memory: memory)
          multiply(tiles, product, count: count, channels: channels, input: source, sink: sink)
        }
      }
      product.weights = product.weights + tapCount * channels * count * Block.lanes
      product.start = product.start + count * Block.lanes
      block += count
    }
  }

  @inline(__always)
  private func multiply<Tiles: TileFamily, S: Sink>(
    _ tiles: Tiles.Type, _ product: TapProduct, count: Int, channels: Int, input: FloatMemory,
    sink: S
  ) where S.Vector == Tiles.Vector {
    if count == Tiles.Panel.blocks {
      product.row(
        Tiles.Panel.self, tail: Tiles.PanelTail.self, channels: channels, pixelPitch: channels,
        input: input, width: output.width, sink: sink)
    } else {
      product.row(
        Tiles.Single.self, tail: Tiles.SingleTail.self, channels: channels, pixelPitch: channels,
        input: input, width: output.width, sink: sink)
    }
  }
}

/// Convolutions from blocks of 16 channels to blocks of 16: of one pixel (1×1), or of nine (3×3).
func convolutionKernel(_ task: ConvolutionTask, _ memory: KernelMemory, _ tile: Int) {
  if tile == 0 { task.output.clearBorders(Block.self, memory: memory) }
  let rows = task.rows(ofTile: tile)
  let input = memory.features.reading + (task.origin + rows.lowerBound * task.rowPitch)
  task.compute(
    FloatTiles.self, rows: rows, channels: Block.lanes, input: input, memory: memory)
}

/// The network's first convolution: 3×3 with stride 2 from a picture of three interleaved channels
/// to at most eight. Each row of the kernel is one tap of nine consecutive floats.
func stemKernel(_ task: ConvolutionTask, _ memory: KernelMemory, _ tile: Int) {
  if tile == 0 { task.output.clearBorders(HalfBlock.self, memory: memory) }
  let product = TapProduct(
    taps: memory.constants + task.taps, tapCount: task.tapCount,
    weights: memory.constants + task.weights, start: memory.constants + task.output.bias)
  for row in task.rows(ofTile: tile) {
    product.row(
      HalfBlockTile.self, tail: HalfBlockTail.self, channels: 9, pixelPitch: 6,
      input: memory.features.reading + (task.origin + row * task.rowPitch),
      width: task.output.width,
      sink: task.output.sink(HalfBlock.self, block: 0, count: 1, row: row, memory: memory))
  }
}
