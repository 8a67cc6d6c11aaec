import CProcessor

/// Which family of kernels a plan may use.
package enum KernelChoice: String, CaseIterable, Sendable {
  /// Plain loops: slow, obviously right, what the others are compared with.
  case reference
  /// Matrix products through OpenBLAS, and direct loops where there is no product to speak of.
  case openblas
  /// Our own kernels for whole groups of layers, on feature maps in blocks of channels.
  case tiled
  /// The same, with the 1×1 convolutions of the separable blocks in bfloat16, sums in float32: faster,
  /// and slightly less exact. Only where `isAvailable`.
  case bfloat16

  /// Those that compute in float32 throughout: their results differ only by rounding.
  package static let exact: [KernelChoice] = [.reference, .openblas, .tiled]

  /// Whether this processor has the instructions.
  package var isAvailable: Bool {
    self != .bfloat16 || facestream_processor_has_bfloat16() != 0
  }
}

/// A two-dimensional convolution (cross-correlation) with bias and activation, ready to run:
///
///     output[o, y, x] = activation(bias[o] + Σ weights[o, i, ky, kx]
///                                  · input[i', y · stride + ky − padding, x · stride + kx − padding])
///
/// over the channels i of o's group (i' counts them in the whole input) and the kernel's positions;
/// input outside the picture is zero. Feature maps are planar, `[channels, height, width]`.
package struct Convolution: Sendable {
  package let shape: ConvolutionShape
  package let activation: Activation
  /// Shape `[outputChannels, input.channels / groups, kernelSize, kernelSize]`.
  let weights: [Float]
  /// One value per output channel.
  let bias: [Float]
  package let kernel: ConvolutionKernel

  /// - Parameter kernel: One that supports `shape`; by default the one `choice` leads to.
  /// - Precondition: `weights` and `bias` have the counts that `shape` asks for.
  package init(
    shape: ConvolutionShape, weights: [Float], bias: [Float], activation: Activation,
    kernel: ConvolutionKernel
  ) {
    precondition(weights.count == shape.weightCount, "weights do not fit the convolution's shape")
    precondition(bias.count == shape.outputChannels, "one bias per output channel is needed")
    precondition(kernel.supports(shape), "kernel '\(kernel.name)' does not support this shape")
    MatrixProduct.prepare
    self.shape = shape
    self.weights = weights
    self.bias = bias
    self.activation = activation
    self.kernel = kernel
  }

  /// How many floats of scratch memory `run` needs with that many threads.
  package func scratchCount(threads: Int) -> Int {
    kernel.scratchPerWorker(shape) * threads
  }

  /// Computes the output from the input.
  ///
  /// - Parameters:
  ///   - input: Of shape `shape.input`.
  ///   - output: Of shape `shape.output`; every element is written, none is read.
  ///   - scratch: At least `scratchCount(threads:)` floats of any content.
  /// - Precondition: the counts are as said.
  package func run(
    input: Span<Float>, output: inout MutableSpan<Float>, scratch: inout MutableSpan<Float>,
    executor: TileExecutor
  ) {
    precondition(input.count == shape.input.count && output.count == shape.output.count)
    precondition(scratch.count >= scratchCount(threads: executor.threads))
    kernel.body(self, input, &output, &scratch, executor)
  }
}

/// One way to compute a convolution, an entry of the table a plan chooses from.
package struct ConvolutionKernel: Sendable {
  typealias Body =
    @Sendable (
      Convolution, Span<Float>, inout MutableSpan<Float>, inout MutableSpan<Float>, TileExecutor
    ) -> Void

  package let name: String
  /// Whether the kernel can compute a shape.
  package let supports: @Sendable (ConvolutionShape) -> Bool
  /// Floats of scratch memory each worker needs.
  let scratchPerWorker: @Sendable (ConvolutionShape) -> Int
  /// The kernel; sizes have been checked by `Convolution.run`.
  let body: Body

  /// All kernels. The first supports every shape.
  package static let all: [ConvolutionKernel] = [reference, im2col, pointwise, depthwise]

  /// The table of a choice: later entries take precedence where they support the shape.
  package static func table(for choice: KernelChoice) -> [ConvolutionKernel] {
    switch choice {
    case .reference: [reference]
    case .openblas, .tiled, .bfloat16: [reference, im2col, pointwise, depthwise]
    }
  }

  /// The best kernel of a choice for a shape, asked once, when a plan is made.
  package static func best(for shape: ConvolutionShape, choice: KernelChoice) -> ConvolutionKernel {
    table(for: choice).last { $0.supports(shape) } ?? reference
  }
}
