/// The sizes of one convolution: its input, its square kernel, and how that moves.
package struct ConvolutionShape: Equatable, Hashable, Sendable {
  package var input: TensorShape
  package var outputChannels: Int
  /// Width and height of the kernel.
  package var kernelSize: Int
  /// Input pixels between neighbouring outputs, the same in both directions.
  package var stride: Int
  /// Zeros around the input, the same on all sides.
  package var padding: Int
  /// 1 for an ordinary convolution, the number of channels for a depthwise one.
  package var groups: Int

  /// - Precondition: all sizes are positive, the padding is not negative, the groups divide both
  ///   numbers of channels, and the kernel fits into the padded input.
  package init(
    input: TensorShape, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1
  ) {
    precondition(input.channels > 0 && input.height > 0 && input.width > 0)
    precondition(outputChannels > 0 && kernelSize > 0 && stride > 0 && padding >= 0 && groups > 0)
    precondition(input.channels % groups == 0 && outputChannels % groups == 0)
    precondition(min(input.height, input.width) + 2 * padding >= kernelSize)
    self.input = input
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  package var output: TensorShape {
    TensorShape(
      channels: outputChannels,
      height: (input.height + 2 * padding - kernelSize) / stride + 1,
      width: (input.width + 2 * padding - kernelSize) / stride + 1)
  }

  /// Weights that make up one output: the inner size of the matrix product.
  package var termsPerOutput: Int { input.channels / groups * kernelSize * kernelSize }

  /// Elements of the weights, shape `[outputChannels, input.channels / groups, kernelSize,
  /// kernelSize]`.
  package var weightCount: Int { outputChannels * termsPerOutput }

  /// Multiplications with following addition, zeros of the padding included.
  package var multiplyAdds: Int { output.count * termsPerOutput }
}
