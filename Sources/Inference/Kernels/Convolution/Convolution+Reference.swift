extension ConvolutionKernel {
  /// Seven plain loops over whatever shape, one tile per output channel.
  package static let reference = ConvolutionKernel(
    name: "reference", supports: { _ in true }, scratchPerWorker: { _ in 0 },
    body: { convolution, input, output, _, executor in
      convolution.runReference(input: input, output: &output, executor: executor)
    })
}

extension Convolution {
  func runReference(
    input: Span<Float>, output: inout MutableSpan<Float>, executor: TileExecutor
  ) {
    let (source, target) = (shape.input, shape.output)
    let (size, stride, padding) = (shape.kernelSize, shape.stride, shape.padding)
    let inputsPerGroup = source.channels / shape.groups
    let outputsPerGroup = target.channels / shape.groups
    let slope = activation.negativeSlope
    unsafe output.withUnsafeMutableBufferPointer { buffer in
      // Safe to share: channel o writes only its own plane, [o·planeSize, (o + 1)·planeSize).
      nonisolated(unsafe) let out = unsafe buffer
      executor.forEachTile(target.channels) { o, _ in
        let firstInput = o / outputsPerGroup * inputsPerGroup
        for y in 0..<target.height {
          for x in 0..<target.width {
            var sum: Float = 0
            for i in 0..<inputsPerGroup {
              for ky in 0..<size {
                let inputY = y * stride + ky - padding
                guard inputY >= 0 && inputY < source.height else { continue }
                for kx in 0..<size {
                  let inputX = x * stride + kx - padding
                  guard inputX >= 0 && inputX < source.width else { continue }
                  let weight = weights[((o * inputsPerGroup + i) * size + ky) * size + kx]
                  let channel = firstInput + i
                  sum += weight * input[(channel * source.height + inputY) * source.width + inputX]
                }
              }
            }
            let value = sum + bias[o]
            unsafe out[(o * target.height + y) * target.width + x] =
              value < 0 ? value * slope : value
          }
        }
      }
    }
  }
}
