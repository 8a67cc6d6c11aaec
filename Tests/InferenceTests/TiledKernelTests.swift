import Foundation
import Inference
import TestSupport
import Testing

/// A small graph that makes the plan use one of the tiled kernels, to be compared with the reference.
struct TiledCase: CustomTestStringConvertible, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    /// 3×3 with stride 2 from a picture.
    case stem
    /// Depthwise 3×3 and 1×1, with stride 1 and 2.
    case separable, separableStride2
    /// Two such, the second with stride 2, without the feature map between them.
    case chain
    case pointwise, direct, winograd
    /// Two 3×3 of the same input into one feature map and another.
    case merged
    /// 1×1 plus an enlarged coarser map.
    case lateral
    /// Shapes without a kernel of their own.
    case general
  }

  var kind: Kind
  var inputs: Int
  var outputs: Int
  var height: Int
  var width: Int
  var scale: Float = 1

  var testDescription: String {
    "\(kind) \(inputs)x\(height)x\(width) → \(outputs), scale \(scale)"
  }

  var graph: NetworkGraph {
    var generator = SeededGenerator(seed: UInt64(inputs * 1000 + outputs))
    func layer(
      _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
      _ activation: Activation = .leakyReLU(slope: 0.1)
    ) -> ConvolutionLayer {
      func values(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      }
      return ConvolutionLayer(
        weights: values(outputs * inputs / groups * kernel * kernel), bias: values(outputs),
        inputChannels: inputs, kernelSize: kernel, stride: stride, padding: kernel / 2,
        groups: groups, activation: activation)
    }
    var graph = NetworkGraph(inputChannels: inputs)
    func output(_ feature: NetworkGraph.Feature) { graph.markOutput(feature) }
    switch kind {
    case .stem:
      output(
        graph.addConvolution(
          layer(inputs, outputs, kernel: 3, stride: 2), from: graph.input, named: "out"))
    case .separable, .separableStride2:
      let stride = kind == .separable ? 1 : 2
      let filtered = graph.addConvolution(
        layer(inputs, inputs, kernel: 3, stride: stride, groups: inputs, .relu), from: graph.input,
        named: "filtered")
      output(graph.addConvolution(layer(inputs, outputs, kernel: 1), from: filtered, named: "out"))
    case .chain:
      var feature = graph.input
      for (name, inputs, outputs, stride) in [
        ("between", inputs, inputs + 9, 1), ("out", inputs + 9, outputs, 2),
      ] {
        let filtered = graph.addConvolution(
          layer(inputs, inputs, kernel: 3, stride: stride, groups: inputs), from: feature,
          named: name + ".filtered")
        feature = graph.addConvolution(
          layer(inputs, outputs, kernel: 1, .relu), from: filtered, named: name)
      }
      output(feature)
    case .pointwise:
      output(
        graph.addConvolution(
          layer(inputs, outputs, kernel: 1, .none), from: graph.input, named: "out"))
    case .direct, .winograd:
      output(
        graph.addConvolution(layer(inputs, outputs, kernel: 3), from: graph.input, named: "out"))
    case .merged:
      let joined = graph.addFeature(named: "out", channels: outputs + 16)
      graph.addConvolution(
        layer(inputs, 16, kernel: 3, .relu), from: graph.input, into: joined, firstChannel: 0)
      let other = graph.addConvolution(
        layer(inputs, 32, kernel: 3), from: graph.input, named: "other")
      graph.addConvolution(
        layer(32, outputs, kernel: 3, .none), from: other, into: joined, firstChannel: 16)
      output(joined)
      output(other)
    case .lateral:
      let coarse = graph.addConvolution(
        layer(inputs, outputs, kernel: 3, stride: 2), from: graph.input, named: "coarse")
      let fine = graph.addConvolution(
        layer(inputs, outputs, kernel: 1), from: graph.input, named: "fine")
      output(graph.addUpsampled(coarse, to: fine, named: "out"))
    case .general:
      let five = graph.addConvolution(
        layer(inputs, outputs, kernel: 5, .none), from: graph.input, named: "five")
      let grouped = graph.addConvolution(
        layer(outputs, outputs, kernel: 3, stride: 3, groups: outputs), from: five, named: "grouped"
      )
      output(graph.addConvolution(layer(outputs, 3, kernel: 1), from: grouped, named: "out"))
    }
    return graph
  }

  /// All outputs after some runs in the same workspace.
  func run(_ options: ExecutionPlan.Options, runs: Int = 1) throws -> [Float] {
    let graph = graph
    var options = options
    options.chainingFloor = 0
    let plan = try ExecutionPlan(graph: graph, height: height, width: width, options: options)
    var workspace = try Workspace(count: plan.workspaceCount)
    var generator = SeededGenerator(seed: 77)
    let input = (0..<plan.inputShape.count).map { _ in
      Float.random(in: -1...1, using: &generator) * scale
    }
    for _ in 0..<runs {
      plan.setInput(input.span, in: &workspace)
      plan.run(in: &workspace)
    }
    var values: [Float] = []
    for name in ["out", "other"] {
      guard let feature = graph.feature(named: name) else { continue }
      values += plan.values(of: feature, in: workspace)
    }
    return values
  }

  /// Sizes around those of the register tiles (12, 6, 4, 3 and 2 pixels), the 4×4 tiles and their
  /// batches, bands of rows, and blocks of 16 channels.
  static let awkward: [TiledCase] = {
    let sizes = [
      (1, 1), (1, 2), (2, 1), (3, 5), (4, 4), (5, 3), (7, 13), (12, 12), (11, 23), (17, 25),
      (1, 97), (33, 1), (19, 53),
    ]
    let channels: [(Kind, [(Int, Int)])] = [
      (.stem, [(3, 1), (3, 5), (3, 8)]),
      (.separable, [(8, 16), (5, 20), (16, 32), (20, 33), (64, 48)]),
      (.separableStride2, [(8, 16), (1, 17), (16, 32), (40, 64)]),
      (.chain, [(8, 16), (24, 17)]),
      (.pointwise, [(16, 16), (17, 33), (64, 80)]),
      (.direct, [(12, 16), (9, 32), (15, 41)]),
      (.winograd, [(32, 16), (64, 64), (40, 50)]),
      (.merged, [(16, 16), (64, 9), (12, 20)]),
      (.lateral, [(16, 16), (24, 40)]),
      (.general, [(3, 6), (20, 18)]),
    ]
    let all = channels.flatMap { kind, pairs in
      pairs.enumerated().flatMap { index, pair in
        // All sizes for the first pair of channels, some for the others.
        sizes.enumerated().filter { index == 0 || $0.offset % 3 == index % 3 }.map { _, size in
          TiledCase(
            kind: kind, inputs: pair.0, outputs: pair.1, height: size.0, width: size.1)
        }
      }
    }
    let extremes = Kind.allCases.flatMap { kind -> [TiledCase] in
      let pair = channels.first { $0.0 == kind }?.1[0] ?? (16, 16)
      return [Float(0), 1e12].map {
        TiledCase(
          kind: kind, inputs: pair.0, outputs: pair.1, height: 9, width: 14, scale: $0)
      }
    }
    return all + extremes
  }()
}

@Suite("Tiled kernels")
struct TiledKernelTests {
  @Test("agree with the reference at every processor level", arguments: TiledCase.awkward)
  func agreesWithReference(tiled: TiledCase) throws {
    let expected = try tiled.run(.init(kernels: .reference))
    let largest = expected.map(abs).max() ?? 0
    for level in ProcessorLevel.available {
      // Two threads, and a second run in used memory: what a step leaves out would show as NaN from
      // the first, or as remains of other feature maps.
      for runs in 1...2 {
        let actual = try tiled.run(
          .init(kernels: .tiled, threads: 2, level: level), runs: runs)
        try #require(actual.count == expected.count)
        // Up to 576 products in another order, or transformed with factors up to 8, in two layers; a
        // wrong element would be off by some tenths.
        let first = zip(actual, expected).enumerated().first {
          !(abs($0.element.0 - $0.element.1) <= 1e-5 * largest)
        }
        #expect(
          first == nil,
          """
          \(level), run \(runs): element \(first?.offset ?? 0) is \(first?.element.0 ?? 0) \
          instead of \(first?.element.1 ?? 0)
          """)
      }
    }
  }

  @Test(
    "products in bfloat16 agree with the reference to their precision",
    .enabled(if: KernelChoice.bfloat16.isAvailable, "this processor has no AVX-512 BF16"),
    arguments: TiledCase.awkward)
  func bfloat16AgreesWithReference(tiled: TiledCase) throws {
    let expected = try tiled.run(.init(kernels: .reference))
    let largest = expected.map(abs).max() ?? 0
    for runs in 1...2 {
      let actual = try tiled.run(.init(kernels: .bfloat16, threads: 2), runs: runs)
      try #require(actual.count == expected.count)
      // Each factor is off by up to 2⁻⁹ of itself, in up to two layers; sums may be smaller than their
      // terms. A wrong element would be off by some tenths.
      let isNear = zip(actual, expected).allSatisfy { abs($0 - $1) <= 0.02 * largest }
      #expect(isNear, "run \(runs)")
    }
  }

  @Test("give the same to the bit for any number of threads", arguments: TiledCase.awkward)
  func threadCountDoesNotMatter(tiled: TiledCase) throws {
    for level in ProcessorLevel.available {
      let expected = try tiled.run(.init(kernels: .tiled, level: level)).map(\.bitPattern)
      for threads in [2, 3, max(4, ProcessInfo.processInfo.activeProcessorCount)] {
        let actual = try tiled.run(.init(kernels: .tiled, threads: threads, level: level))
        #expect(actual.map(\.bitPattern) == expected, "\(level), \(threads) threads")
      }
    }
  }

  @Test("the plan picks the kernel made for each shape", arguments: TiledCase.Kind.allCases)
  func choosesKernels(kind: TiledCase.Kind) throws {
    let first = try #require(TiledCase.awkward.first { $0.kind == kind })
    let plan = try ExecutionPlan(
      graph: first.graph, height: 12, width: 16,
      options: .init(kernels: .tiled, chainingFloor: 0))
    let kernels = plan.steps.map(\.kernel)
    let expected: [String] =
      switch kind {
      case .stem: ["stem"]
      case .separable, .separableStride2: ["separable"]
      case .chain: ["chain"]
      case .pointwise, .direct: ["tiled"]
      case .winograd: ["winograd"]
      case .merged: ["winograd", "winograd"]
      case .lateral: ["general", "tiled + sum"]
      case .general: ["general", "general", "general"]
      }
    #expect(kernels == expected)
    #expect(
      plan.steps.reduce(0) { $0 + $1.multiplyAdds }
        == first.graph.multiplyAdds(height: 12, width: 16))
  }

  @Test(
    "a picture becomes the same input as with planar maps",
    arguments: [(1, 1), (16, 3), (17, 5), (33, 2)])
  func readsPictures(width: Int, height: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let picture = (0..<3 * width * height).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var graph = NetworkGraph(inputChannels: 3)
    graph.markOutput(
      graph.addConvolution(
        ConvolutionLayer(
          weights: (0..<54).map { _ in Float.random(in: -1...1, using: &generator) }, bias: [1, 2],
          inputChannels: 3, kernelSize: 3, stride: 2, padding: 1), from: graph.input, named: "out"))
    func values(_ kernels: KernelChoice, _ level: ProcessorLevel, _ name: String) throws -> [Float]
    {
      let plan = try ExecutionPlan(
        graph: graph, height: height + 3, width: width + 4,
        options: .init(kernels: kernels, threads: 2, keepsFeatures: true, level: level))
      var workspace = try Workspace(count: plan.workspaceCount)
      plan.setInput(
        picture: picture.span, width: width, height: height, means: SIMD3(104, 117, 123),
        in: &workspace)
      if name == "out" { plan.run(in: &workspace) }
      return plan.values(of: try #require(graph.feature(named: name)), in: workspace)
    }
    let expectedInput = try values(.reference, .portable, "input")
    let expected = try values(.reference, .portable, "out")
    for level in ProcessorLevel.available {
      #expect(try values(.tiled, level, "input") == expectedInput)
      let actual = try values(.tiled, level, "out")
      // 27 products of up to 255.
      #expect(zip(actual, expected).allSatisfy { abs($0 - $1) < 1e-2 })
    }
  }
}
