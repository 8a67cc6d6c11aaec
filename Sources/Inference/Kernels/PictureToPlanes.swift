/// Turns a packed 8-bit picture into a planar network input: each sample minus the mean of its
/// channel, then zeros to the right and below up to the size of the output.
///
/// - Parameters:
///   - picture: Shape `[height, width, means.count]`.
///   - output: Of shape `shape`; every element is written.
/// - Precondition: the counts are as said, and the picture fits into the output.
package func subtractMeans(
  _ means: [Float], from picture: Span<UInt8>, width: Int, height: Int,
  output: inout MutableSpan<Float>, shape: TensorShape, executor: TileExecutor
) {
  let channels = shape.channels
  precondition(means.count == channels && picture.count == width * height * channels)
  precondition(output.count == shape.count && width <= shape.width && height <= shape.height)
  unsafe picture.withUnsafeBufferPointer { bytes in
    unsafe output.withUnsafeMutableBufferPointer { buffer in
      // Safe to share: a tile writes only its own row of each plane.
      nonisolated(unsafe) let read = unsafe bytes
      nonisolated(unsafe) let written = unsafe buffer
      executor.forEachTile(shape.height) { y, _ in
        for channel in 0..<channels {
          let row = (channel * shape.height + y) * shape.width
          let mean = means[channel]
          let filled = y < height ? width : 0
          for x in 0..<filled {
            unsafe written[row + x] = Float(read[(y * width + x) * channels + channel]) - mean
          }
          for x in filled..<shape.width { unsafe written[row + x] = 0 }
        }
      }
    }
  }
}
