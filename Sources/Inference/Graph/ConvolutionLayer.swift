/// A convolution of a network before the size of its input is known: weights with batch
/// normalisation already folded in, and how the kernel moves.
package struct ConvolutionLayer: Sendable {
  package let inputChannels: Int
  package let outputChannels: Int
  package let kernelSize: Int
  package let stride: Int
  package let padding: Int
  package let groups: Int
  package let activation: Activation
  /// Shape `[outputChannels, inputChannels / groups, kernelSize, kernelSize]`.
  let weights: [Float]
  /// One value per output channel.
  let bias: [Float]

  /// - Parameters:
  ///   - weights: Shape `[outputChannels, inputChannels / groups, kernelSize, kernelSize]`.
  ///   - bias: One value per output channel.
  /// - Precondition: the counts are as said, and `groups` divides both numbers of channels.
  package init(
    weights: [Float], bias: [Float], inputChannels: Int, kernelSize: Int, stride: Int = 1,
    padding: Int = 0, groups: Int = 1, activation: Activation = .none
  ) {
    precondition(inputChannels % groups == 0 && bias.count % groups == 0)
    precondition(weights.count == bias.count * inputChannels / groups * kernelSize * kernelSize)
    self.weights = weights
    self.bias = bias
    self.inputChannels = inputChannels
    outputChannels = bias.count
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.activation = activation
  }

  /// The convolution's sizes on an input of this size.
  package func shape(inputHeight: Int, inputWidth: Int) -> ConvolutionShape {
    ConvolutionShape(
      input: TensorShape(channels: inputChannels, height: inputHeight, width: inputWidth),
      outputChannels: outputChannels, kernelSize: kernelSize, stride: stride, padding: padding,
      groups: groups)
  }
}
