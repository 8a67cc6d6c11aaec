extension ConvolutionKernel {
  /// Ordinary convolution of any size: the inputs of a tile of pixels are packed into the columns of
  /// a matrix (im2col; Chellapilla, Puri and Simard, IWFHR 2006), which the weights then multiply.
  package static let im2col = ConvolutionKernel(
    name: "im2col", supports: { $0.groups == 1 },
    scratchPerWorker: { shape in
      Workspace.aligned(
        shape.termsPerOutput * min(PixelTiles.largestTile, max(shape.output.planeSize, 1)))
    },
    body: { convolution, input, output, scratch, executor in
      convolution.runIm2col(input: input, output: &output, scratch: &scratch, executor: executor)
    })
}

extension Convolution {
  func runIm2col(
    input: Span<Float>, output: inout MutableSpan<Float>, scratch: inout MutableSpan<Float>,
    executor: TileExecutor
  ) {
    let planeSize = shape.output.planeSize
    let tiles = PixelTiles(planeSize: planeSize)
    let scratchPerWorker = kernel.scratchPerWorker(shape)
    unsafe input.withUnsafeBufferPointer { inputBuffer in
      unsafe output.withUnsafeMutableBufferPointer { outputBuffer in
        unsafe scratch.withUnsafeMutableBufferPointer { scratchBuffer in
          // Safe to share: a tile writes only its own pixels of each plane, a worker only its own
          // scratch, and the counts were checked on entry.
          nonisolated(unsafe) let source = unsafe inputBuffer
          nonisolated(unsafe) let target = unsafe outputBuffer
          nonisolated(unsafe) let spare = unsafe scratchBuffer
          executor.forEachTile(tiles.count) { tile, worker in
            let pixels = tiles[tile]
            guard let read = unsafe source.baseAddress, let written = unsafe target.baseAddress,
              let columns = unsafe spare.baseAddress.map({ unsafe $0 + worker * scratchPerWorker })
            else { return }
            unsafe packColumns(from: read, pixels: pixels, into: columns)
            unsafe MatrixProduct.multiply(
              rows: shape.outputChannels, columns: pixels.count, inner: shape.termsPerOutput,
              a: weights, b: columns, bStride: pixels.count,
              c: written + pixels.lowerBound, cStride: planeSize)
            unsafe finish(written, pixels: pixels)
          }
        }
      }
    }
  }

  /// Writes the matrix of shape `[termsPerOutput, pixels.count]` whose column for a pixel holds the
  /// inputs under the kernel there, zero outside the picture.
  private func packColumns(
    from input: UnsafePointer<Float>, pixels: Range<Int>, into columns: UnsafeMutablePointer<Float>
  ) {
    let (source, size) = (shape.input, shape.kernelSize)
    var row = unsafe columns
    for channel in 0..<source.channels {
      let plane = unsafe input + channel * source.planeSize
      for ky in 0..<size {
        for kx in 0..<size {
          unsafe packRow(from: plane, kernelY: ky, kernelX: kx, pixels: pixels, into: row)
          unsafe row += pixels.count
        }
      }
    }
  }

  /// Writes one row of that matrix: for each pixel, the input under one position of the kernel.
  private func packRow(
    from plane: UnsafePointer<Float>, kernelY: Int, kernelX: Int, pixels: Range<Int>,
    into row: UnsafeMutablePointer<Float>
  ) {
    let (source, outputWidth, stride) = (shape.input, shape.output.width, shape.stride)
    // Output columns whose input lies in the picture: 0 ≤ x · stride + shift < width.
    let shift = kernelX - shape.padding
    let firstValid = shift >= 0 ? 0 : (-shift + stride - 1) / stride
    let endValid = source.width > shift ? (source.width - shift + stride - 1) / stride : 0
    var pixel = pixels.lowerBound
    while pixel < pixels.upperBound {
      // The part of one output row that belongs to the tile: [x, endX).
      let (y, x) = pixel.quotientAndRemainder(dividingBy: outputWidth)
      let endX = min(outputWidth, x + pixels.upperBound - pixel)
      let target = unsafe row + (pixel - pixels.lowerBound - x)
      let inputY = y * stride + kernelY - shape.padding
      let isInside = inputY >= 0 && inputY < source.height
      let first = isInside ? min(max(firstValid, x), endX) : endX
      let end = max(first, min(endValid, endX))
      for column in x..<first { unsafe target[column] = 0 }
      if first < end {
        let line = unsafe plane + (inputY * source.width + shift)
        if stride == 1 {
          unsafe (target + first).update(from: line + first, count: end - first)
        } else {
          for column in first..<end { unsafe target[column] = line[column * stride] }
        }
      }
      for column in end..<endX { unsafe target[column] = 0 }
      pixel += endX - x
    }
  }
}
