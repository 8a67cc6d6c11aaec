import Foundation
import Inference
import Testing

@Suite("Convolution")
struct ConvolutionTests {
  @Test("every kernel agrees with the reference", arguments: ConvolutionCase.awkward)
  func agreesWithReference(convolution: ConvolutionCase) throws {
    let expected = convolution.run(.reference, threads: 1)
    #expect(expected.guardsAreIntact)
    for kernel in ConvolutionKernel.all where kernel.supports(convolution.shape) {
      let actual = convolution.run(kernel, threads: 2)
      #expect(actual.guardsAreIntact, "\(kernel.name) wrote outside its buffers")
      let tolerance = convolution.tolerance
      let errors = zip(actual.values, expected.values).map { abs($0 - $1) }
      // A NaN compares as false and so counts as a difference.
      let first = errors.firstIndex { !($0 <= tolerance) }
      let output = convolution.shape.output
      #expect(
        first == nil,
        """
        \(kernel.name) differs first at \
        \(first.map { [$0 / output.planeSize, $0 / output.width % output.height, $0 % output.width] } ?? []): \
        \(first.map { actual.values[$0] } ?? 0) instead of \
        \(first.map { expected.values[$0] } ?? 0), largest error \(errors.max() ?? 0)
        """)
    }
  }

  @Test("results are the same to the bit for any number of threads", arguments: awkwardAndAll)
  func threadCountDoesNotMatter(convolution: ConvolutionCase) {
    for kernel in ConvolutionKernel.all where kernel.supports(convolution.shape) {
      let expected = convolution.run(kernel, threads: 1).values.map(\.bitPattern)
      for threads in [2, 3, max(4, ProcessInfo.processInfo.activeProcessorCount)] {
        let actual = convolution.run(kernel, threads: threads).values.map(\.bitPattern)
        #expect(actual == expected, "\(kernel.name) with \(threads) threads")
      }
    }
  }

  private static let awkwardAndAll = ConvolutionCase.awkward.filter { $0.content == .random }

  @Test("a 3×3 kernel of hand-worked numbers slides over a 3×3 picture")
  func handWorked() {
    let shape = ConvolutionShape(
      input: TensorShape(channels: 1, height: 3, width: 3), outputChannels: 1, kernelSize: 3,
      padding: 1)
    let convolution = Convolution(
      shape: shape, weights: [0, 0, 0, 0, 2, 1, 0, 0, 0], bias: [-10],
      activation: .leakyReLU(slope: 0.5), kernel: .reference)
    var output = GuardedBuffer(count: 9)
    var scratch = GuardedBuffer(count: 0)
    let input: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    output.withSpan { output in
      scratch.withSpan { scratch in
        convolution.run(
          input: input.span, output: &output, scratch: &scratch, executor: TileExecutor(threads: 1))
      }
    }
    // 2 · pixel + right neighbour − 10, negative sums halved.
    #expect(output.values == [-3, -1.5, -2, 3, 6, 2, 12, 15, 8])
  }

  @Test("each layer of the network gets the kernel made for it")
  func choosesKernels() {
    let input = TensorShape(channels: 8, height: 9, width: 9)
    let pointwise = ConvolutionShape(input: input, outputChannels: 16, kernelSize: 1)
    let depthwise = ConvolutionShape(
      input: input, outputChannels: 8, kernelSize: 3, stride: 2, padding: 1, groups: 8)
    let full = ConvolutionShape(input: input, outputChannels: 4, kernelSize: 3, padding: 1)
    let grouped = ConvolutionShape(input: input, outputChannels: 4, kernelSize: 3, groups: 2)
    #expect(ConvolutionKernel.best(for: pointwise, choice: .openblas).name == "pointwise")
    #expect(ConvolutionKernel.best(for: depthwise, choice: .openblas).name == "depthwise")
    #expect(ConvolutionKernel.best(for: full, choice: .openblas).name == "im2col")
    #expect(ConvolutionKernel.best(for: grouped, choice: .openblas).name == "reference")
    #expect(ConvolutionKernel.best(for: pointwise, choice: .reference).name == "reference")
  }
}
