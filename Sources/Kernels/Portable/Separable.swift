import KernelInterface

/// A 3×3 kernel of one block of channels, with what follows it.
private struct DepthwiseFilter<V: LaneVector> {
  let bias: V
  let slopes: V
  let weights: (V, V, V, V, V, V, V, V, V)

  static var count: Int { @inline(__always) get { 11 * V.lanes } }

  @inline(__always)
  init(_ memory: FloatMemory) {
    let lanes = V.lanes
    bias = V(memory, at: 0)
    slopes = V(memory, at: lanes)
    weights = (
      V(memory, at: 2 * lanes), V(memory, at: 3 * lanes),
      V(memory, at: 4 * lanes), V(memory, at: 5 * lanes),
      V(memory, at: 6 * lanes), V(memory, at: 7 * lanes),
      V(memory, at: 8 * lanes), V(memory, at: 9 * lanes),
      V(memory, at: 10 * lanes)
    )
  }

  /// One pixel; `input` is its upper left neighbour.
  @inline(__always)
  func pixel(_ input: FloatMemory, rowPitch: Int) -> V {
    let lanes = V.lanes
    let (middle, lower) = (input + rowPitch, input + 2 * rowPitch)
    var sum = bias.plus(V(input, at: 0), times: weights.0)
    sum = sum.plus(V(input, at: lanes), times: weights.1)
    sum = sum.plus(V(input, at: 2 * lanes), times: weights.2)
    sum = sum.plus(V(middle, at: 0), times: weights.3)
    sum = sum.plus(V(middle, at: lanes), times: weights.4)
    sum = sum.plus(V(middle, at: 2 * lanes), times: weights.5)
    sum = sum.plus(V(lower, at: 0), times: weights.6)
    sum = sum.plus(V(lower, at: lanes), times: weights.7)
    sum = sum.plus(V(lower, at: 2 * lanes), times: weights.8)
    return sum.activated(slope: slopes)
  }

  /// A row of pixels, four at a time: the compiler then loads what neighbours share only once.
  @inline(__always)
  func row(
    _ input: FloatMemory, rowPitch: Int, stride: Int, width: Int, output: MutableFloatMemory
  ) {
    let written = V.productLanes
    let step = stride * V.lanes
    var x = 0
    while x + 4 <= width {
      let source = input + x * step
      let a = pixel(source, rowPitch: rowPitch)
      let b = pixel(source + step, rowPitch: rowPitch)
      let c = pixel(source + 2 * step, rowPitch: rowPitch)
      let d = pixel(source + 3 * step, rowPitch: rowPitch)
      a.storeForProducts(output, at: x * written)
      b.storeForProducts(output, at: (x + 1) * written)
      c.storeForProducts(output, at: (x + 2) * written)
      d.storeForProducts(output, at: (x + 3) * written)
      x += 4
    }
    while x < width {
      pixel(input + x * step, rowPitch: rowPitch).storeForProducts(output, at: x * written)
      x += 1
    }
  }
}

extension SeparableTask {
  /// Filters a band of rows into the scratch memory, `[block][row][pixel][lane]`, as products read it.
  @inline(__always)
  fileprivate func filter<V: LaneVector>(
    _ type: V.Type, rows: Range<Int>, memory: KernelMemory
  ) {
    let width = pointwise.output.width
    let blockPitch = pointwise.rowsPerTile * width * V.productLanes
    for block in 0..<input.blocks {
      let filter = DepthwiseFilter<V>(
        memory.constants + (depthwise + block * DepthwiseFilter<V>.count))
      for row in rows {
        let source = input.start + block * input.blockPitch + row * stride * input.rowPitch
        let place = block * blockPitch + (row - rows.lowerBound) * width * V.productLanes
        if stride == 1 {
          filter.row(
            memory.features.reading + source, rowPitch: input.rowPitch, stride: 1, width: width,
            output: memory.scratch + place)
        } else {
          filter.row(
            memory.features.reading + source, rowPitch: input.rowPitch, stride: 2, width: width,
            output: memory.scratch + place)
        }
      }
    }
  }
}

/// A depthwise 3×3 convolution followed by a 1×1 one: a block of MobileNet (Howard et al., 2017).
func separableKernel(_ task: SeparableTask, _ memory: KernelMemory, _ tile: Int) {
  if tile == 0 { task.pointwise.output.clearBorders(Block.self, memory: memory) }
  let rows = task.pointwise.rows(ofTile: tile)
  task.compute(inputRows: rows, outputRows: rows, memory: memory, output: memory)
}

extension SeparableTask {
  /// Computes a band of rows.
  ///
  /// - Parameters:
  ///   - inputRows: The band, as its input's rows are counted.
  ///   - outputRows: The band, as its output's rows are counted.
  ///   - memory: Where the input and the scratch memory lie.
  ///   - output: Where the output lies.
  @inline(__always)
  fileprivate func compute(
    inputRows: Range<Int>, outputRows: Range<Int>, memory: KernelMemory, output: KernelMemory
  ) {
    let filtered = memory.scratch.reading
    if input.lanes == Block.lanes {
      filter(Block.self, rows: inputRows, memory: memory)
      pointwise.compute(
        ProductTiles.self, rows: outputRows, channels: Block.productLanes, input: filtered,
        memory: output)
    } else {
      filter(HalfBlock.self, rows: inputRows, memory: memory)
      pointwise.compute(
        FloatTiles.self, rows: outputRows, channels: 8, input: filtered, memory: output)
    }
  }
}

/// Two blocks of MobileNet whose feature map between them never exists as a whole: only the rows one
/// band of the second needs, in the second-level cache.
func chainKernel(_ task: ChainTask, _ memory: KernelMemory, _ tile: Int) {
  let (first, second) = (task.first, task.second)
  if tile == 0 { second.pointwise.output.clearBorders(Block.self, memory: memory) }
  let between = memory.scratch
  let firstScratch = between + task.betweenCount
  let secondScratch = firstScratch + first.scratchCount
  let rows = second.pointwise.rows(ofTile: tile)
  let stride = second.stride
  // Rows between, as the whole map would count them; the scratch memory begins with the first.
  let start = rows.lowerBound * stride - 1
  let needed = start..<(rows.upperBound - 1) * stride + 2
  let inside = max(needed.lowerBound, 0)..<min(needed.upperBound, first.pointwise.output.height)
  for row in needed {
    task.clearSurroundings(row: row - start, isInside: inside.contains(row), between: between)
  }
  let firstMemory = memory.with(features: memory.features, scratch: firstScratch)
  let betweenMemory = memory.with(features: between, scratch: secondScratch)
  var row = inside.lowerBound
  while row < inside.upperBound {
    let end = min(row + first.pointwise.rowsPerTile, inside.upperBound)
    first.compute(
      inputRows: row..<end, outputRows: row - start..<end - start, memory: firstMemory,
      output: betweenMemory)
    row = end
  }
  second.compute(
    inputRows: 0..<rows.count, outputRows: rows, memory: betweenMemory, output: memory)
}

extension ChainTask {
  /// Clears what lies outside the map in a row between, or the whole row.
  @inline(__always)
  fileprivate func clearSurroundings(row: Int, isInside: Bool, between: MutableFloatMemory) {
    let map = second.input
    for block in 0..<map.blocks {
      let place = between + (block * map.blockPitch + row * map.rowPitch)
      Block().store(place, at: 0)
      for x in (isInside ? map.width + 1 : 1)..<map.paddedWidth {
        Block().store(place, at: x * Block.lanes)
      }
    }
  }
}
