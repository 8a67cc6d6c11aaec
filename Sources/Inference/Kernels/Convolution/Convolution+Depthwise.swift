extension ConvolutionKernel {
  /// 3×3 convolution of each channel by itself: nine products per output, too few for a matrix
  /// product, so rows are summed directly.
  package static let depthwise = ConvolutionKernel(
    name: "depthwise",
    supports: { shape in
      shape.kernelSize == 3 && shape.padding == 1 && (shape.stride == 1 || shape.stride == 2)
        && shape.groups == shape.input.channels && shape.groups == shape.outputChannels
    },
    scratchPerWorker: { _ in 0 },
    body: { convolution, input, output, _, executor in
      convolution.runDepthwise(input: input, output: &output, executor: executor)
    })

  /// Rows of one channel in a tile: enough of them that starting a tile costs nothing beside it, few
  /// enough that the first layers, which have 8 channels, keep more than 8 threads busy.
  static let depthwiseTileRows = 64
}

extension Convolution {
  func runDepthwise(
    input: Span<Float>, output: inout MutableSpan<Float>, executor: TileExecutor
  ) {
    let (source, target) = (shape.input, shape.output)
    let tileRows = ConvolutionKernel.depthwiseTileRows
    let tilesPerChannel = (target.height + tileRows - 1) / tileRows
    unsafe input.withUnsafeBufferPointer { inputBuffer in
      unsafe output.withUnsafeMutableBufferPointer { outputBuffer in
        // Safe to share: a tile writes only its own rows of its own channel, and the counts were
        // checked on entry.
        nonisolated(unsafe) let read = unsafe inputBuffer
        nonisolated(unsafe) let written = unsafe outputBuffer
        executor.forEachTile(target.channels * tilesPerChannel) { tile, _ in
          let (channel, part) = tile.quotientAndRemainder(dividingBy: tilesPerChannel)
          guard let read = unsafe read.baseAddress, let written = unsafe written.baseAddress
          else { return }
          let plane = unsafe read + channel * source.planeSize
          let outputPlane = unsafe written + channel * target.planeSize
          for y in part * tileRows..<min((part + 1) * tileRows, target.height) {
            unsafe computeDepthwiseRow(
              y, channel: channel, from: plane, into: outputPlane + y * target.width)
          }
        }
      }
    }
  }

  /// Computes one row of one channel.
  ///
  /// A row of the kernel outside the picture gets zero weights and is read from the middle row,
  /// which is always inside (`y · stride < height`): the sums are the same, without a case.
  private func computeDepthwiseRow(
    _ y: Int, channel: Int, from plane: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let (width, stride) = (shape.input.width, shape.stride)
    let middleY = y * stride
    let above: Float = middleY > 0 ? 1 : 0
    let below: Float = middleY + 1 < shape.input.height ? 1 : 0
    let middle = unsafe plane + middleY * width
    let top = unsafe above > 0 ? middle - width : middle
    let bottom = unsafe below > 0 ? middle + width : middle
    let k = channel * 9
    let (k0, k1, k2) = (weights[k] * above, weights[k + 1] * above, weights[k + 2] * above)
    let (k3, k4, k5) = (weights[k + 3], weights[k + 4], weights[k + 5])
    let (k6, k7, k8) = (weights[k + 6] * below, weights[k + 7] * below, weights[k + 8] * below)
    let (bias, slope) = (bias[channel], activation.negativeSlope)

    /// One output whose kernel reaches over the left or right edge.
    func edge(_ x: Int) {
      let c = x * stride
      let left: Float = c > 0 ? 1 : 0
      let right: Float = c + 1 < width ? 1 : 0
      let l = c > 0 ? c - 1 : c
      let r = c + 1 < width ? c + 1 : c
      var sum = unsafe bias + k1 * top[c] + k4 * middle[c] + k7 * bottom[c]
      unsafe sum += left * (k0 * top[l] + k3 * middle[l] + k6 * bottom[l])
      unsafe sum += right * (k2 * top[r] + k5 * middle[r] + k8 * bottom[r])
      unsafe output[x] = sum < 0 ? sum * slope : sum
    }

    // Columns whose three inputs all lie in the picture: x · stride + 1 < width.
    let endInner = max(1, width / stride - (stride == 1 ? 1 : 0))
    let end = shape.output.width
    edge(0)
    if stride == 1 {
      for x in 1..<max(1, min(endInner, end)) {
        let upper = unsafe k0 * top[x - 1] + k1 * top[x] + k2 * top[x + 1]
        let central = unsafe k3 * middle[x - 1] + k4 * middle[x] + k5 * middle[x + 1]
        let lower = unsafe k6 * bottom[x - 1] + k7 * bottom[x] + k8 * bottom[x + 1]
        let sum = bias + upper + central + lower
        unsafe output[x] = sum < 0 ? sum * slope : sum
      }
    } else {
      for x in 1..<max(1, min(endInner, end)) {
        let c = 2 * x
        let upper = unsafe k0 * top[c - 1] + k1 * top[c] + k2 * top[c + 1]
        let central = unsafe k3 * middle[c - 1] + k4 * middle[c] + k5 * middle[c + 1]
        let lower = unsafe k6 * bottom[c - 1] + k7 * bottom[c] + k8 * bottom[c + 1]
        let sum = bias + upper + central + lower
        unsafe output[x] = sum < 0 ? sum * slope : sum
      }
    }
    for x in max(1, min(endInner, end))..<max(1, end) { edge(x) }
  }
}
