import Inference
import TestSupport
import Testing

/// A convolution to compare kernels on, with data that can be made again from its seed.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  enum Content: String, CaseIterable, Sendable {
    case random, large, alternating, zero
  }

  var shape: ConvolutionShape
  var activation = Activation.none
  var content = Content.random
  var seed: UInt64 = 1

  var testDescription: String {
    "\(shape.input.channels)x\(shape.input.height)x\(shape.input.width) → \(shape.outputChannels), "
      + "kernel \(shape.kernelSize), stride \(shape.stride), padding \(shape.padding), "
      + "groups \(shape.groups), \(activation), \(content), seed \(seed)"
  }

  var input: [Float] { values(count: shape.input.count, seed: seed) }
  var weights: [Float] { values(count: shape.weightCount, seed: seed + 1) }
  var bias: [Float] { values(count: shape.outputChannels, seed: seed + 2) }

  /// Each product rounds by at most 2⁻²⁴ of itself, and the sums run in another order; a wrong index
  /// would be off by about the largest product, a million times as much per term.
  var tolerance: Float {
    let largest = (input.map(abs).max() ?? 0) * (weights.map(abs).max() ?? 0)
    return 1e-6 * Float(shape.termsPerOutput + 1) * max(largest, bias.map(abs).max() ?? 0)
  }

  private func values(count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      switch content {
      case .random: Float.random(in: -1...1, using: &generator)
      case .large: Float.random(in: -1e12...1e12, using: &generator)
      case .alternating: index.isMultiple(of: 2) ? 1 : -1
      case .zero: 0
      }
    }
  }

  /// Runs a kernel with output and scratch full of NaN between guard values.
  func run(_ kernel: ConvolutionKernel, threads: Int) -> GuardedResult {
    let convolution = Convolution(
      shape: shape, weights: weights, bias: bias, activation: activation, kernel: kernel)
    var output = GuardedBuffer(count: shape.output.count)
    var scratch = GuardedBuffer(count: convolution.scratchCount(threads: threads))
    let input = input
    output.withSpan { output in
      scratch.withSpan { scratch in
        convolution.run(
          input: input.span, output: &output, scratch: &scratch,
          executor: TileExecutor(threads: threads))
      }
    }
    return GuardedResult(
      values: output.values, guardsAreIntact: output.guardsAreIntact && scratch.guardsAreIntact)
  }
}

struct GuardedResult {
  var values: [Float]
  var guardsAreIntact: Bool
}

/// Floats that begin as NaN, between guard values that nobody should touch.
struct GuardedBuffer {
  private var storage: [Float]
  private let count: Int
  private static let margin = 64
  private static let guardValue: Float = -12345.678

  init(count: Int) {
    self.count = count
    let margin = [Float](repeating: Self.guardValue, count: Self.margin)
    storage = margin + [Float](repeating: .nan, count: count) + margin
  }

  mutating func withSpan(_ body: (inout MutableSpan<Float>) -> Void) {
    let range = Self.margin..<Self.margin + count
    unsafe storage.withUnsafeMutableBufferPointer { buffer in
      let inner = unsafe UnsafeMutableBufferPointer(rebasing: buffer[range])
      var span = unsafe inner.mutableSpan
      body(&span)
    }
  }

  var values: [Float] { Array(storage[Self.margin..<Self.margin + count]) }

  var guardsAreIntact: Bool {
    storage.prefix(Self.margin).allSatisfy { $0 == Self.guardValue }
      && storage.suffix(Self.margin).allSatisfy { $0 == Self.guardValue }
  }
}

extension ConvolutionCase {
  /// Sizes that hurt: 1, primes, around the tile sizes, odd with stride 2, padding wider than the
  /// image, one channel.
  static let awkward: [ConvolutionCase] = {
    func shape(
      _ channels: Int, _ height: Int, _ width: Int, to outputChannels: Int, kernel: Int,
      stride: Int = 1, padding: Int? = nil, groups: Int = 1
    ) -> ConvolutionShape {
      ConvolutionShape(
        input: TensorShape(channels: channels, height: height, width: width),
        outputChannels: outputChannels, kernelSize: kernel, stride: stride,
        padding: padding ?? kernel / 2, groups: groups)
    }

    let full = [
      shape(1, 1, 1, to: 1, kernel: 3), shape(3, 1, 7, to: 5, kernel: 3),
      shape(2, 7, 1, to: 3, kernel: 3), shape(5, 13, 17, to: 7, kernel: 3),
      shape(3, 15, 17, to: 8, kernel: 3, stride: 2), shape(3, 16, 18, to: 8, kernel: 3, stride: 2),
      shape(4, 3, 85, to: 4, kernel: 3), shape(4, 8, 32, to: 4, kernel: 3),
      shape(4, 1, 257, to: 4, kernel: 3), shape(64, 16, 16, to: 32, kernel: 3),
      shape(1, 300, 3, to: 1, kernel: 3), shape(2, 2, 2, to: 2, kernel: 3, padding: 5),
      shape(2, 3, 1, to: 2, kernel: 3, stride: 2, padding: 4),
      shape(3, 9, 11, to: 2, kernel: 5, stride: 3, padding: 1),
      shape(2, 5, 5, to: 3, kernel: 2, stride: 2, padding: 0), shape(256, 5, 7, to: 3, kernel: 3),
    ]
    let pointwise = [
      shape(1, 1, 1, to: 1, kernel: 1), shape(7, 1, 63, to: 3, kernel: 1),
      shape(8, 8, 8, to: 16, kernel: 1), shape(8, 5, 13, to: 16, kernel: 1),
      shape(64, 16, 16, to: 32, kernel: 1), shape(13, 15, 17, to: 11, kernel: 1),
      shape(3, 257, 1, to: 2, kernel: 1), shape(256, 23, 29, to: 64, kernel: 1),
    ]
    let depthwise = [(1, 1, 1), (1, 1, 2), (2, 2, 1), (3, 3, 3), (1, 63, 5), (2, 64, 2)].flatMap {
      [($0.0, $0.1, $0.2, 1), ($0.0, $0.1, $0.2, 2)]
    }
    let depthwiseLarge = [
      (2, 65, 31, 1), (8, 129, 33, 2), (5, 130, 34, 2), (3, 17, 3, 2), (3, 4, 4, 2),
      (31, 13, 19, 1),
    ]
    let shapes =
      full + pointwise
      + (depthwise + depthwiseLarge).map { channels, height, width, stride in
        shape(channels, height, width, to: channels, kernel: 3, stride: stride, groups: channels)
      }
    let activations: [Activation] = [.none, .relu, .leakyReLU(slope: 0.1)]
    let random = shapes.enumerated().map { index, shape in
      ConvolutionCase(shape: shape, activation: activations[index % 3], seed: UInt64(100 + index))
    }
    let worst = [shapes[3], shapes[4], pointwise[5], shapes[shapes.count - 1]].flatMap { shape in
      ConvolutionCase.Content.allCases.map {
        ConvolutionCase(shape: shape, activation: .leakyReLU(slope: 0.1), content: $0)
      }
    }
    return random + worst
  }()
}
