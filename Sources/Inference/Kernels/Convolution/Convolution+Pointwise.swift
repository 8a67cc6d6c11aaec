extension ConvolutionKernel {
  /// 1×1 convolution: weights times pixels is a matrix product as it stands.
  package static let pointwise = ConvolutionKernel(
    name: "pointwise",
    supports: { $0.kernelSize == 1 && $0.stride == 1 && $0.padding == 0 && $0.groups == 1 },
    scratchPerWorker: { _ in 0 },
    body: { convolution, input, output, _, executor in
      convolution.runPointwise(input: input, output: &output, executor: executor)
    })
}

extension Convolution {
  func runPointwise(
    input: Span<Float>, output: inout MutableSpan<Float>, executor: TileExecutor
  ) {
    let planeSize = shape.output.planeSize
    let tiles = PixelTiles(planeSize: planeSize)
    unsafe input.withUnsafeBufferPointer { inputBuffer in
      unsafe output.withUnsafeMutableBufferPointer { outputBuffer in
        // Safe to share: a tile writes only its own pixels of each plane, and the counts were
        // checked on entry, so channel · planeSize + pixel stays inside both buffers.
        nonisolated(unsafe) let source = unsafe inputBuffer
        nonisolated(unsafe) let target = unsafe outputBuffer
        executor.forEachTile(tiles.count) { tile, _ in
          let pixels = tiles[tile]
          guard let read = unsafe source.baseAddress, let written = unsafe target.baseAddress
          else { return }
          unsafe MatrixProduct.multiply(
            rows: shape.outputChannels, columns: pixels.count, inner: shape.termsPerOutput,
            a: weights, b: read + pixels.lowerBound, bStride: planeSize,
            c: written + pixels.lowerBound, cStride: planeSize)
          unsafe finish(written, pixels: pixels)
        }
      }
    }
  }

  /// Adds the bias and applies the activation to the sums of one tile, while they are in the cache.
  func finish(_ output: UnsafeMutablePointer<Float>, pixels: Range<Int>) {
    let planeSize = shape.output.planeSize
    let slope = activation.negativeSlope
    for channel in 0..<shape.outputChannels {
      let plane = unsafe output + channel * planeSize
      let value = bias[channel]
      for pixel in pixels {
        let sum = unsafe plane[pixel] + value
        unsafe plane[pixel] = sum < 0 ? sum * slope : sum
      }
    }
  }
}
