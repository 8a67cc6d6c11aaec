/// A network made ready for one input size: shapes fixed, a kernel chosen per layer, every feature
/// map and the scratch memory placed in one workspace. Running a plan allocates nothing; what OpenBLAS
/// and, with several threads, Dispatch take for themselves within a layer they give back.
///
/// A plan is read only: several threads may run it at once, each with a workspace of its own.
package struct ExecutionPlan: Sendable {
  package struct Options: Equatable, Sendable {
    /// Which kernels may be used; the results differ only by rounding.
    package var kernels: KernelChoice
    /// Threads of one run; the results are the same for any number.
    package var threads: Int
    /// Keeps every feature map to the end of the run instead of reusing its memory, for tests.
    package var keepsFeatures: Bool

    package init(kernels: KernelChoice = .openblas, threads: Int = 1, keepsFeatures: Bool = false) {
      self.kernels = kernels
      self.threads = threads
      self.keepsFeatures = keepsFeatures
    }
  }

  private enum Step: Sendable {
    case convolution(Convolution, input: Range<Int>, output: Range<Int>)
    case upsampleAdd(
      coarse: Range<Int>, coarseShape: TensorShape, fine: Range<Int>, fineShape: TensorShape,
      output: Range<Int>)
  }

  package let executor: TileExecutor
  /// Floats a workspace must have.
  package let workspaceCount: Int
  package let inputShape: TensorShape

  private let steps: [Step]
  private let inputRegion: Range<Int>
  private let scratch: Range<Int>
  /// By index of the feature.
  private let regions: [Range<Int>]
  private let shapes: [TensorShape]
  private let isKept: [Bool]

  /// More pixels than any camera delivers; keeps every size far from overflow.
  private static let maximumSide = 32768

  /// - Throws: `unsupportedInputSize` when a side is not in 1...32768.
  /// - Precondition: `options.threads` is positive.
  package init(
    graph: NetworkGraph, height: Int, width: Int, options: Options
  ) throws(InferenceError) {
    guard (1...Self.maximumSide).contains(height), (1...Self.maximumSide).contains(width) else {
      throw .unsupportedInputSize(
        width: width, height: height, reason: "sides must be within 1...\(Self.maximumSide)")
    }
    let shapes = graph.featureShapes(height: height, width: width)
    let layout = WorkspaceLayout(
      Self.requests(graph: graph, shapes: shapes, keepsFeatures: options.keepsFeatures))
    let steps = graph.layers.map { layer in
      Self.step(for: layer, shapes: shapes, regions: layout.regions, kernels: options.kernels)
    }
    let scratchCount = steps.reduce(0) { largest, step in
      guard case .convolution(let convolution, _, _) = step else { return largest }
      return max(largest, convolution.scratchCount(threads: options.threads))
    }
    executor = TileExecutor(threads: options.threads)
    inputShape = shapes[graph.input.index]
    inputRegion = layout.regions[graph.input.index]
    scratch = layout.count..<layout.count + scratchCount
    workspaceCount = scratch.upperBound
    regions = layout.regions
    isKept = graph.features.map { $0.isOutput || options.keepsFeatures }
    self.shapes = shapes
    self.steps = steps
  }

  /// Lends the place of the input, to be filled before a run. A run destroys what it holds.
  ///
  /// - Precondition: the workspace has at least `workspaceCount` floats.
  package func withInput(
    in workspace: inout Workspace, _ body: (inout MutableSpan<Float>) -> Void
  ) {
    workspace.withMutableRegion(inputRegion, body)
  }

  /// Computes all feature maps from the input.
  ///
  /// - Precondition: the workspace has at least `workspaceCount` floats.
  package func run(in workspace: inout Workspace) {
    precondition(workspace.count >= workspaceCount, "the workspace is too small for this plan")
    for step in steps {
      switch step {
      case .convolution(let convolution, let input, let output):
        workspace.withRegions(
          reading: input, and: 0..<0, writing: output, scratch: scratch
        ) { input, _, output, scratch in
          convolution.run(input: input, output: &output, scratch: &scratch, executor: executor)
        }
      case .upsampleAdd(let coarse, let coarseShape, let fine, let fineShape, let output):
        workspace.withRegions(
          reading: coarse, and: fine, writing: output, scratch: scratch
        ) { coarse, fine, output, _ in
          addUpsampled(
            coarse, shape: coarseShape, to: fine, shape: fineShape, output: &output,
            executor: executor)
        }
      }
    }
  }

  /// Lends a feature map after a run.
  ///
  /// - Precondition: it is an output of the graph, or the plan keeps all feature maps.
  package func withFeature<Result>(
    _ feature: NetworkGraph.Feature, in workspace: borrowing Workspace,
    _ body: (Span<Float>) -> Result
  ) -> Result {
    precondition(isKept[feature.index], "this feature map's memory was used again")
    return workspace.withRegion(regions[feature.index], body)
  }

  package func shape(of feature: NetworkGraph.Feature) -> TensorShape { shapes[feature.index] }

  /// The convolutions in the order they run, with the kernel chosen for each.
  package var convolutions: [(shape: ConvolutionShape, kernel: String)] {
    steps.compactMap { step in
      guard case .convolution(let convolution, _, _) = step else { return nil }
      return (convolution.shape, convolution.kernel.name)
    }
  }

  private static func step(
    for layer: NetworkGraph.Layer, shapes: [TensorShape], regions: [Range<Int>],
    kernels: KernelChoice
  ) -> Step {
    switch layer {
    case .convolution(let layer, let input, let output, let firstChannel):
      let source = shapes[input.index]
      let shape = layer.shape(inputHeight: source.height, inputWidth: source.width)
      let convolution = Convolution(
        shape: shape, weights: layer.weights, bias: layer.bias, activation: layer.activation,
        kernel: .best(for: shape, choice: kernels))
      let start = regions[output.index].lowerBound + firstChannel * shape.output.planeSize
      return .convolution(
        convolution, input: regions[input.index], output: start..<start + shape.output.count)
    case .upsampleAdd(let coarse, let fine, let output):
      return .upsampleAdd(
        coarse: regions[coarse.index], coarseShape: shapes[coarse.index],
        fine: regions[fine.index], fineShape: shapes[fine.index], output: regions[output.index])
    }
  }

  /// When each feature map is first written and last needed. The input is written before the first
  /// step, numbered 0; outputs are needed after the last.
  private static func requests(
    graph: NetworkGraph, shapes: [TensorShape], keepsFeatures: Bool
  ) -> [WorkspaceLayout.Request] {
    let end = graph.layers.count + 1
    var requests = zip(graph.features, shapes).map { feature, shape in
      WorkspaceLayout.Request(
        count: shape.count, firstStep: end, lastStep: feature.isOutput || keepsFeatures ? end : 0)
    }
    requests[graph.input.index].firstStep = 0
    for (index, layer) in graph.layers.enumerated() {
      let (read, written) =
        switch layer {
        case .convolution(_, let input, let output, _): ([input], output)
        case .upsampleAdd(let coarse, let fine, let output): ([coarse, fine], output)
        }
      let step = index + 1
      requests[written.index].firstStep = min(requests[written.index].firstStep, step)
      for feature in read + [written] {
        requests[feature.index].lastStep = max(requests[feature.index].lastStep, step)
      }
    }
    return requests
  }
}
