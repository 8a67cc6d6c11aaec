import KernelInterface

extension OutputBlocks {
  /// Where one or two blocks from `block` on store a row.
  @inline(__always)
  func sink<V: LaneVector>(
    _ type: V.Type, block: Int, count: Int, row: Int, memory: KernelMemory
  ) -> ActivationSink<V> {
    let first = memory.constants.integer(at: origins + block) + row * rowPitch
    let second =
      count == 1 ? first : memory.constants.integer(at: origins + block + 1) + row * rowPitch
    return ActivationSink(
      first: memory.features + first, second: memory.features + second,
      slopes: memory.constants + (slopes + block * V.lanes))
  }

  /// The same with the map of half the size added.
  @inline(__always)
  func upsamplingSink<V: LaneVector>(
    _ type: V.Type, block: Int, count: Int, row: Int, memory: KernelMemory
  ) -> UpsamplingSink<V> {
    let place = coarse.origin + block * coarse.blockPitch + row / 2 * coarse.rowPitch
    return UpsamplingSink(
      wrapped: sink(type, block: block, count: count, row: row, memory: memory),
      coarse: memory.features.reading + place, coarseBlockPitch: coarse.blockPitch)
  }

  /// Sets the border of all blocks to zero. The memory may have served another map before.
  @inline(__always)
  func clearBorders<V: LaneVector>(_ type: V.Type, memory: KernelMemory) {
    let lanes = V.lanes
    for block in 0..<blocks {
      let origin = memory.constants.integer(at: origins + block)
      let start = memory.features + (origin - rowPitch - lanes)
      for x in 0..<borderWidth { V().store(start, at: x * lanes) }
      for y in 1...height {
        let row = start + y * rowPitch
        V().store(row, at: 0)
        for x in width + 1..<borderWidth { V().store(row, at: x * lanes) }
      }
      for y in height + 1..<borderHeight {
        let row = start + y * rowPitch
        for x in 0..<borderWidth { V().store(row, at: x * lanes) }
      }
    }
  }
}
