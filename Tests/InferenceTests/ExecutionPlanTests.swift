import Inference
import TestSupport
import Testing

@Suite("Execution plan")
struct ExecutionPlanTests {
  /// A pyramid in small: two levels, a concatenation of two convolutions, and an upsampled sum.
  private static func graph(seed: UInt64) -> NetworkGraph {
    var generator = SeededGenerator(seed: seed)
    func layer(
      _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
      _ activation: Activation = .leakyReLU(slope: 0.1)
    ) -> ConvolutionLayer {
      func values(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float.random(in: -0.5...0.5, using: &generator) }
      }
      return ConvolutionLayer(
        weights: values(outputs * inputs / groups * kernel * kernel), bias: values(outputs),
        inputChannels: inputs, kernelSize: kernel, stride: stride, padding: kernel / 2,
        groups: groups, activation: activation)
    }
    var graph = NetworkGraph(inputChannels: 3)
    let fine = graph.addConvolution(
      layer(3, 6, kernel: 3, stride: 2), from: graph.input, named: "fine")
    let mixed = graph.addConvolution(layer(6, 6, kernel: 3, groups: 6), from: fine, named: "mixed")
    let coarse = graph.addConvolution(
      layer(6, 6, kernel: 3, stride: 2), from: mixed, named: "coarse")
    let sum = graph.addUpsampled(coarse, to: mixed, named: "sum")
    let joined = graph.addFeature(named: "joined", channels: 7)
    graph.addConvolution(layer(6, 4, kernel: 1, .relu), from: sum, into: joined, firstChannel: 0)
    graph.addConvolution(layer(6, 3, kernel: 3, .none), from: sum, into: joined, firstChannel: 4)
    graph.markOutput(joined)
    return graph
  }

  private static func run(
    height: Int, width: Int, options: ExecutionPlan.Options, runs: Int = 1
  ) throws -> [Float] {
    let graph = graph(seed: 5)
    let plan = try ExecutionPlan(graph: graph, height: height, width: width, options: options)
    var workspace = try Workspace(count: plan.workspaceCount)
    for _ in 0..<runs {
      var generator = SeededGenerator(seed: 9)
      let input = (0..<plan.inputShape.count).map { _ in
        Float.random(in: -1...1, using: &generator)
      }
      plan.setInput(input.span, in: &workspace)
      plan.run(in: &workspace)
    }
    let joined = try #require(graph.feature(named: "joined"))
    return plan.values(of: joined, in: workspace)
  }

  @Test("reused memory and fast kernels change nothing but rounding", arguments: [1, 7, 16, 33])
  func agreesWithReference(size: Int) throws {
    let expected = try Self.run(
      height: size, width: size + 4, options: .init(kernels: .reference, keepsFeatures: true))
    for kernels in KernelChoice.exact {
      for runs in 1...2 {
        let actual = try Self.run(
          height: size, width: size + 4, options: .init(kernels: kernels), runs: runs)
        #expect(actual.count == expected.count)
        // Three layers of at most 54 terms each, values near 1.
        #expect(zip(actual, expected).allSatisfy { abs($0 - $1) <= 1e-5 })
      }
    }
  }

  @Test(
    "results are the same to the bit for any number of threads",
    arguments: KernelChoice.allCases.filter(\.isAvailable))
  func threadCountDoesNotMatter(kernels: KernelChoice) throws {
    let expected = try Self.run(height: 70, width: 90, options: .init(kernels: kernels))
    for threads in [2, 3, 8] {
      let options = ExecutionPlan.Options(kernels: kernels, threads: threads)
      let actual = try Self.run(height: 70, width: 90, options: options)
      #expect(actual.map(\.bitPattern) == expected.map(\.bitPattern))
    }
  }

  @Test("memory is reused unless every feature map is kept")
  func reusesMemory() throws {
    let graph = Self.graph(seed: 5)
    let lean = try ExecutionPlan(graph: graph, height: 64, width: 64, options: .init())
    let full = try ExecutionPlan(
      graph: graph, height: 64, width: 64, options: .init(keepsFeatures: true))
    #expect(lean.workspaceCount < full.workspaceCount)
  }

  @Test("multiply-adds are counted layer by layer")
  func countsMultiplyAdds() {
    // On 8×8: 4·4·6·27, 4·4·6·9, 2·2·6·54, then 4·4·4·6 and 4·4·3·54.
    #expect(
      Self.graph(seed: 1).multiplyAdds(height: 8, width: 8) == 2592 + 864 + 1296 + 384 + 2592)
  }

  @Test("sizes without pixels or beyond all cameras are refused")
  func refusesSizes() {
    for (width, height) in [(0, 5), (5, -1), (40000, 5)] {
      #expect(
        throws: InferenceError.unsupportedInputSize(
          width: width, height: height, reason: "sides must be within 1...32768")
      ) {
        try ExecutionPlan(
          graph: Self.graph(seed: 1), height: height, width: width, options: .init())
      }
    }
  }
}
