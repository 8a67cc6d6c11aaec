/// Adds a coarse feature map, enlarged to the size of a fine one, to the fine one: the step from one
/// level of a feature pyramid to the next (Lin et al., CVPR 2017, section 3).
///
/// Nearest neighbour: output row y reads coarse row ⌊y · coarse height / fine height⌋, columns
/// likewise, as PyTorch's `interpolate(mode: nearest)`.
///
/// - Parameters:
///   - coarse: Of shape `coarseShape`.
///   - fine: Of shape `fineShape`, with as many channels.
///   - output: Of shape `fineShape`; every element is written.
/// - Precondition: the counts are as said.
package func addUpsampled(
  _ coarse: Span<Float>, shape coarseShape: TensorShape,
  to fine: Span<Float>, shape fineShape: TensorShape,
  output: inout MutableSpan<Float>, executor: TileExecutor
) {
  precondition(coarse.count == coarseShape.count && fine.count == fineShape.count)
  precondition(output.count == fine.count && coarseShape.channels == fineShape.channels)
  unsafe output.withUnsafeMutableBufferPointer { buffer in
    unsafe coarse.withUnsafeBufferPointer { coarseBuffer in
      unsafe fine.withUnsafeBufferPointer { fineBuffer in
        // Safe to share: a tile writes only its own channel; rows and columns of the coarse plane
        // stay below its height and width because y and x stay below those of the fine one.
        nonisolated(unsafe) let out = unsafe buffer
        nonisolated(unsafe) let low = unsafe coarseBuffer
        nonisolated(unsafe) let high = unsafe fineBuffer
        executor.forEachTile(fineShape.channels) { channel, _ in
          for y in 0..<fineShape.height {
            let coarseY = y * coarseShape.height / fineShape.height
            let from = (channel * coarseShape.height + coarseY) * coarseShape.width
            let to = (channel * fineShape.height + y) * fineShape.width
            if fineShape.width == 2 * coarseShape.width {
              for x in 0..<coarseShape.width {
                let value = unsafe low[from + x]
                unsafe out[to + 2 * x] = high[to + 2 * x] + value
                unsafe out[to + 2 * x + 1] = high[to + 2 * x + 1] + value
              }
            } else {
              for x in 0..<fineShape.width {
                let coarseX = x * coarseShape.width / fineShape.width
                unsafe out[to + x] = high[to + x] + low[from + coarseX]
              }
            }
          }
        }
      }
    }
  }
}
