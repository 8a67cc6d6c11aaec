import KernelInterface

/// Subtracts the means from a row of a picture. The border of the output, and what lies behind the
/// picture, is zero after the subtraction, as the network was trained.
func pictureKernel(_ task: PictureTask, _ memory: KernelMemory, _ tile: Int) {
  let output = task.output
  let row = memory.features + (output.origin + tile * output.rowPitch)
  // Rows of the border belong to the tiles beside them.
  if tile == 0 {
    for index in 0..<output.rowPitch { (memory.features + output.start).set(0, at: index) }
  }
  if tile == output.height - 1 {
    for y in output.height + 1..<output.paddedHeight {
      let border = memory.features + (output.start + y * output.rowPitch)
      for index in 0..<output.rowPitch { border.set(0, at: index) }
    }
  }
  for channel in 1...3 { row.set(0, at: -channel) }
  let count = tile < task.height ? 3 * task.width : 0
  if count > 0 {
    unsafe subtract(task, from: task.pixels + tile * count, count: count, row: row, memory: memory)
  }
  for index in count..<output.rowPitch - 3 { row.set(0, at: index) }
}

@inline(__always)
private func subtract(
  _ task: PictureTask, from bytes: UnsafeRawPointer, count: Int, row: MutableFloatMemory,
  memory: KernelMemory
) {
  let period = 48
  let means = memory.scratch
  for index in 0..<period { means.set(task.means[index % 3], at: index) }
  var index = 0
  while index + period <= count {
    // Inside the picture: so many samples of the row have been counted. A loop of fixed length, which
    // the compiler turns into vectors.
    for sample in 0..<period {
      let value = unsafe bytes.load(fromByteOffset: index + sample, as: UInt8.self)
      row.set(Float(value) - means.reading[sample], at: index + sample)
    }
    index += period
  }
  while index < count {
    let value = unsafe bytes.load(fromByteOffset: index, as: UInt8.self)
    row.set(Float(value) - task.means[index % 3], at: index)
    index += 1
  }
}
