import KernelInterface

/// Weights of one or several convolutions of the same input and shape, as one whose outputs follow
/// each other, to be put in the order a kernel reads them.
struct WeightPacking {
  private let layers: [ConvolutionLayer]
  /// Layer, and channel of the layer, by output channel.
  private let channels: [(layer: Int, channel: Int)]
  private let blocksPerPanel: Int
  let outputBlocks: Int

  /// - Precondition: all but the last have a multiple of 16 outputs, and no slope is outside 0...1.
  init(_ layers: [ConvolutionLayer], blocksPerPanel: Int) {
    precondition(layers.allSatisfy { (0...1).contains($0.activation.negativeSlope) })
    precondition(layers.dropLast().allSatisfy { $0.outputChannels % blockLanes == 0 })
    self.layers = layers
    self.blocksPerPanel = blocksPerPanel
    channels = layers.indices.flatMap { layer in
      (0..<layers[layer].outputChannels).map { (layer, $0) }
    }
    outputBlocks = (channels.count + blockLanes - 1) / blockLanes
  }

  /// One value per output channel, zeros up to whole blocks.
  func bias(lanes: Int = blockLanes) -> [Float] {
    padded(channels.map { layers[$0.layer].bias[$0.channel] }, lanes: lanes)
  }

  func slopes(lanes: Int = blockLanes) -> [Float] {
    padded(channels.map { layers[$0.layer].activation.negativeSlope }, lanes: lanes)
  }

  private func padded(_ values: [Float], lanes: Int) -> [Float] {
    values + [Float](repeating: 0, count: (lanes - values.count % lanes) % lanes)
  }

  /// A 3×3 or 1×1 kernel, zeros where there is no such channel.
  func kernel(output: Int, input: Int) -> ArraySlice<Float> {
    let size = layers[0].kernelSize * layers[0].kernelSize
    guard output < channels.count, input < layers[0].inputChannels else {
      return ArraySlice(repeating: 0, count: size)
    }
    let (layer, channel) = channels[output]
    let start = (channel * layers[layer].inputChannels + input) * size
    return layers[layer].weights[start..<start + size]
  }

  /// Calls `body` with the output channels of each panel.
  private func forEachPanel(_ body: (Range<Int>) -> Void) {
    var block = 0
    while block < outputBlocks {
      let end = min(block + blocksPerPanel, outputBlocks)
      body(block * blockLanes..<end * blockLanes)
      block = end
    }
  }

  /// Per panel `[input block][ky][kx][input channel of the block][output channel of the panel]`.
  func direct(inputBlocks: Int, inputLanes: Int) -> [Float] {
    var packed: [Float] = []
    let size = layers[0].kernelSize * layers[0].kernelSize
    forEachPanel { outputs in
      for block in 0..<inputBlocks {
        for tap in 0..<size {
          for lane in 0..<inputLanes {
            for output in outputs {
              let kernel = kernel(output: output, input: block * inputLanes + lane)
              packed.append(kernel[kernel.startIndex + tap])
            }
          }
        }
      }
    }
    return packed
  }

  /// Of a 1×1 convolution, per panel `[input block][pair of input channels][output channel of the
  /// panel]`: two bfloat16 in the bits of a float, the first channel in the lower half.
  func paired(inputBlocks: Int) -> [Float] {
    var packed: [Float] = []
    forEachPanel { outputs in
      for pair in 0..<inputBlocks * blockLanes / 2 {
        for output in outputs {
          let (low, high) = (
            kernel(output: output, input: 2 * pair), kernel(output: output, input: 2 * pair + 1)
          )
          let bits = low[low.startIndex].bfloat16Bits | high[high.startIndex].bfloat16Bits << 16
          packed.append(Float(bitPattern: bits))
        }
      }
    }
    return packed
  }

  /// `[ky][kx][input][output]` for up to eight outputs and interleaved inputs.
  func stem(inputs: Int, outputLanes: Int) -> [Float] {
    (0..<9).flatMap { tap in
      (0..<inputs).flatMap { input in
        (0..<outputLanes).map { output in
          let kernel = kernel(output: output, input: input)
          return kernel[kernel.startIndex + tap]
        }
      }
    }
  }

  /// For each of the 36 positions, per panel `[input][output channel of the panel]`.
  func winograd(inputBlocks: Int) -> [Float] {
    let inputs = inputBlocks * blockLanes
    let outputs = outputBlocks * blockLanes
    var transformed: [InlineArray<36, Float>] = []
    transformed.reserveCapacity(inputs * outputs)
    for input in 0..<inputs {
      for output in 0..<outputs {
        transformed.append(Self.transformed(kernel(output: output, input: input)))
      }
    }
    var packed: [Float] = []
    packed.reserveCapacity(WinogradTask.positions * inputs * outputs)
    for position in 0..<WinogradTask.positions {
      forEachPanel { panel in
        for input in 0..<inputs {
          for output in panel { packed.append(transformed[input * outputs + output][position]) }
        }
      }
    }
    return packed
  }

  /// G·g·Gᵀ of Lavin and Gray, section 4.3, in double precision and rounded once.
  private static func transformed(_ kernel: ArraySlice<Float>) -> InlineArray<36, Float> {
    let g: InlineArray<6, SIMD3<Double>> = [
      SIMD3(1 / 4.0, 0, 0), SIMD3(-1 / 6.0, -1 / 6.0, -1 / 6.0),
      SIMD3(-1 / 6.0, 1 / 6.0, -1 / 6.0), SIMD3(1 / 24.0, 1 / 12.0, 1 / 6.0),
      SIMD3(1 / 24.0, -1 / 12.0, 1 / 6.0), SIMD3(0, 0, 1),
    ]
    let first = kernel.startIndex
    func row(_ y: Int) -> SIMD3<Double> {
      let x = first + 3 * y
      return SIMD3(Double(kernel[x]), Double(kernel[x + 1]), Double(kernel[x + 2]))
    }
    let rows: InlineArray<3, SIMD3<Double>> = [row(0), row(1), row(2)]
    var result = InlineArray<36, Float>(repeating: 0)
    for y in g.indices {
      let line = g[y].x * rows[0] + g[y].y * rows[1] + g[y].z * rows[2]
      for x in g.indices {
        result[6 * y + x] = Float(line.x * g[x].x + line.y * g[x].y + line.z * g[x].z)
      }
    }
    return result
  }
}

extension Float {
  /// The nearest bfloat16, ties to even, in the lower half of a word. Not for NaN.
  var bfloat16Bits: UInt32 {
    let bits = bitPattern
    return (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
  }
}
