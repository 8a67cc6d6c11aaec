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
    let lanes = V.lanes
    let step = stride * lanes
    var x = 0
    while x + 4 <= width {
      let source = input + x * step
      let a = pixel(source, rowPitch: rowPitch)
      let b = pixel(source + step, rowPitch: rowPitch)
      let c = pixel(source + 2 * step, rowPitch: rowPitch)
      let d = pixel(source + 3 * step, rowPitch: rowPitch)
      a.store(output, at: x * lanes)
      b.store(output, at: (x + 1) * lanes)
      c.store(output, at: (x + 2) * lanes)
      d.store(output, at: (x + 3) * lanes)
      x += 4
    }
    while x < width {
      pixel(input + x * step, rowPitch: rowPitch).store(output, at: x * lanes)
      x += 1
    }
  }
}

extension SeparableTask {
  /// Filters a band of rows into the scratch memory, `[block][row][pixel][lane]`.
  @inline(__always)
  fileprivate func filter<V: LaneVector>(
    _ type: V.Type, rows: Range<Int>, memory: KernelMemory
  ) {
    let width = pointwise.output.width
    let blockPitch = pointwise.rowsPerTile * width * V.lanes
    for block in 0..<input.blocks {
      let filter = DepthwiseFilter<V>(
        memory.constants + (depthwise + block * DepthwiseFilter<V>.count))
      for row in rows {
        let source = input.start + block * input.blockPitch + row * stride * input.rowPitch
        let place = block * blockPitch + (row - rows.lowerBound) * width * V.lanes
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
  if task.input.lanes == Block.lanes {
    task.filter(Block.self, rows: rows, memory: memory)
    task.pointwise.compute(
      rows: rows, channels: Block.lanes, input: memory.scratch.reading, memory: memory)
  } else {
    task.filter(HalfBlock.self, rows: rows, memory: memory)
    task.pointwise.compute(rows: rows, channels: 8, input: memory.scratch.reading, memory: memory)
  }
}
