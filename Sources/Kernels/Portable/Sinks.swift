import KernelInterface

/// Stores sums as they are.
struct RawSink: Sink {
  var output: MutableFloatMemory
  /// Floats from one block to the next.
  var blockPitch: Int

  @inline(__always)
  func store(_ sum: Block, pixel: Int, block: Int) {
    output.set(sum, at: block * blockPitch + pixel * Block.lanes)
  }
}

/// Applies the activation and stores.
struct ActivationSink<Vector: LaneVector>: Sink {
  /// Of the row, for the first and the second block.
  var first: MutableFloatMemory
  var second: MutableFloatMemory
  var slopes: FloatMemory

  @inline(__always)
  func store(_ sum: Vector, pixel: Int, block: Int) {
    let lanes = Vector.lanes
    let value = sum.activated(slope: Vector(slopes, at: block * lanes))
    value.store(block == 0 ? first : second, at: pixel * lanes)
  }
}

/// Also adds the pixel of a map of half the size.
struct UpsamplingSink<Vector: LaneVector>: Sink {
  var wrapped: ActivationSink<Vector>
  /// The row of the map of half the size, for the first block.
  var coarse: FloatMemory
  var coarseBlockPitch: Int

  @inline(__always)
  func store(_ sum: Vector, pixel: Int, block: Int) {
    let lanes = Vector.lanes
    let value = sum.activated(slope: Vector(wrapped.slopes, at: block * lanes))
    let added = Vector(coarse, at: block * coarseBlockPitch + pixel / 2 * lanes)
    value.plus(added).store(block == 0 ? wrapped.first : wrapped.second, at: pixel * lanes)
  }
}
