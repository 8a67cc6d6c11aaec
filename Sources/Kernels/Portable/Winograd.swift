import KernelInterface

/// Products per pair of channels and tile: 6 · 6.
private let winogradPositions = 36

/// Six vectors along one side of a tile, and the one-dimensional transforms of F(4, 3).
///
/// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016), section
/// 4.3: matrices Bᵀ and Aᵀ for points 0, ±1, ±2 and infinity.
private struct TileLine {
  let v0, v1, v2, v3, v4, v5: Block

  /// Six vectors from `memory` on, `pitch` floats apart.
  @inline(__always)
  init(_ memory: FloatMemory, pitch: Int) {
    v0 = Block(memory, at: 0)
    v1 = Block(memory, at: pitch)
    v2 = Block(memory, at: 2 * pitch)
    v3 = Block(memory, at: 3 * pitch)
    v4 = Block(memory, at: 4 * pitch)
    v5 = Block(memory, at: 5 * pitch)
  }

  @inline(__always)
  private static func scaled(_ factor: Float, _ value: Block, plus sum: Block) -> Block {
    sum.plus(Block(repeating: factor), times: value)
  }

  /// Stores Bᵀ times the line.
  @inline(__always)
  func storeTransformedInput(_ memory: MutableFloatMemory, pitch: Int) {
    let even = Self.scaled(-4, v2, plus: v4)
    let odd = Self.scaled(-4, v1, plus: v3)
    let difference = v4 - v2
    let step = v3 - v1
    memory.set(Self.scaled(4, v0, plus: Self.scaled(-5, v2, plus: v4)), at: 0)
    memory.set(even + odd, at: pitch)
    memory.set(even - odd, at: 2 * pitch)
    memory.set(Self.scaled(2, step, plus: difference), at: 3 * pitch)
    memory.set(Self.scaled(-2, step, plus: difference), at: 4 * pitch)
    memory.set(Self.scaled(4, v1, plus: Self.scaled(-5, v3, plus: v5)), at: 5 * pitch)
  }

  /// Aᵀ times the line.
  @inline(__always)
  var transformedOutput: (Block, Block, Block, Block) {
    let (inner, innerDifference) = (v1 + v2, v1 - v2)
    let (outer, outerDifference) = (v3 + v4, v3 - v4)
    return (
      v0 + inner + outer,
      Self.scaled(2, outerDifference, plus: innerDifference),
      Self.scaled(4, outer, plus: inner),
      Self.scaled(8, outerDifference, plus: innerDifference) + v5
    )
  }
}

extension WinogradTask {
  /// Transforms the inputs of some tiles, each 6×6 pixels, to `[position][block][tile][lane]`.
  @inline(__always)
  fileprivate func transformInput(
    tiles: Range<Int>, memory: KernelMemory, into transformed: MutableFloatMemory,
    temporary: MutableFloatMemory
  ) {
    let lanes = Block.lanes
    for tile in tiles {
      let (row, column) = tile.quotientAndRemainder(dividingBy: columns)
      let place = input.start + 4 * row * input.rowPitch + 4 * column * lanes
      for block in 0..<input.blocks {
        let source = memory.features.reading + (place + block * input.blockPitch)
        for x in 0..<6 {
          TileLine(source + x * lanes, pitch: input.rowPitch)
            .storeTransformedInput(temporary + x * lanes, pitch: 6 * lanes)
        }
        let target = transformed + (block * batch + tile - tiles.lowerBound) * lanes
        for y in 0..<6 {
          TileLine(temporary.reading + y * 6 * lanes, pitch: lanes)
            .storeTransformedInput(target + y * 6 * inputPitch, pitch: inputPitch)
        }
      }
    }
  }

  /// At each position, products of inputs and weights summed over the channels: 36 small matrix
  /// products, to `[position][block][tile][lane]`.
  @inline(__always)
  fileprivate func multiply(
    count: Int, memory: KernelMemory, transformed: FloatMemory, into products: MutableFloatMemory
  ) {
    let channels = input.blocks * Block.lanes
    // What the last pixels of a tail read is left from other runs, and so is what they give.
    let width = (count + PanelTail.pixels - 1) / PanelTail.pixels * PanelTail.pixels
    var product = TapProduct(
      taps: memory.constants + taps, tapCount: input.blocks, weights: memory.constants + weights,
      start: memory.constants + zeros)
    for position in 0..<winogradPositions {
      let source = transformed + position * inputPitch
      var block = 0
      while block < output.blocks {
        let sink = RawSink(
          output: products + (position * productPitch + block * batch * Block.lanes),
          blockPitch: batch * Block.lanes)
        let count = min(PanelTile.blocks, output.blocks - block)
        if count == PanelTile.blocks {
          product.row(
            PanelTile.self, tail: PanelTail.self, channels: Block.lanes, pixelPitch: Block.lanes,
            input: source, width: width, sink: sink)
        } else {
          product.row(
            BlockTile.self, tail: BlockTail.self, channels: Block.lanes, pixelPitch: Block.lanes,
            input: source, width: width, sink: sink)
        }
        product.weights = product.weights + channels * count * Block.lanes
        block += count
      }
    }
  }

  /// Turns products into 4×4 outputs each, adds the bias, applies the activation and stores.
  @inline(__always)
  fileprivate func transformOutput(
    tiles: Range<Int>, memory: KernelMemory, products: FloatMemory, temporary: MutableFloatMemory
  ) {
    let lanes = Block.lanes
    for block in 0..<output.blocks {
      let bias = Block(memory.constants, at: output.bias + block * lanes)
      let slopes = Block(memory.constants, at: output.slopes + block * lanes)
      let origin = memory.constants.integer(at: output.origins + block)
      for tile in tiles {
        let (row, column) = tile.quotientAndRemainder(dividingBy: columns)
        let source = products + (block * batch + tile - tiles.lowerBound) * lanes
        for x in 0..<6 {
          let sums = TileLine(source + x * productPitch, pitch: 6 * productPitch).transformedOutput
          temporary.set(sums.0, at: x * lanes)
          temporary.set(sums.1, at: (6 + x) * lanes)
          temporary.set(sums.2, at: (12 + x) * lanes)
          temporary.set(sums.3, at: (18 + x) * lanes)
        }
        let height = min(4, output.height - 4 * row)
        let width = min(4, output.width - 4 * column)
        let place = origin + 4 * row * output.rowPitch + 4 * column * lanes
        for y in 0..<height {
          let sums = TileLine(temporary.reading + y * 6 * lanes, pitch: lanes).transformedOutput
          let target = memory.features + (place + y * output.rowPitch)
          target.set((sums.0 + bias).activated(slope: slopes), at: 0)
          if width > 1 { target.set((sums.1 + bias).activated(slope: slopes), at: lanes) }
          if width > 2 { target.set((sums.2 + bias).activated(slope: slopes), at: 2 * lanes) }
          if width > 3 { target.set((sums.3 + bias).activated(slope: slopes), at: 3 * lanes) }
        }
      }
    }
  }
}

/// 3×3 convolutions of stride 1 with a quarter of the multiplications: F(4×4, 3×3) of Lavin and Gray,
/// section 4.
func winogradKernel(_ task: WinogradTask, _ memory: KernelMemory, _ tile: Int) {
  if tile == 0 { task.output.clearBorders(Block.self, memory: memory) }
  let tiles = tile * task.batch..<min((tile + 1) * task.batch, task.rows * task.columns)
  let transformed = memory.scratch
  let products = transformed + winogradPositions * task.inputPitch
  // Each of the two stands idle while the other is worked on, but for the last vectors read.
  let temporary = products + winogradPositions * task.productPitch
  task.transformInput(tiles: tiles, memory: memory, into: transformed, temporary: temporary)
  task.multiply(
    count: tiles.count, memory: memory, transformed: transformed.reading, into: products)
  task.transformOutput(
    tiles: tiles, memory: memory, products: products.reading, temporary: temporary)
}
