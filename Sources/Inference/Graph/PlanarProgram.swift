/// A network as steps over planar feature maps, layer by layer, each with a kernel of its own threads.
struct PlanarProgram: Sendable {
  private enum Step: Sendable {
    case convolution(Convolution, input: Range<Int>, output: Range<Int>)
    case upsampleAdd(
      coarse: Range<Int>, coarseShape: TensorShape, fine: Range<Int>, fineShape: TensorShape,
      output: Range<Int>)
  }

  private let steps: [Step]
  /// By index of the feature.
  let regions: [Range<Int>]
  private let scratch: Range<Int>
  /// Floats a workspace must have.
  var workspaceCount: Int { scratch.upperBound }

  init(
    graph: NetworkGraph, shapes: [TensorShape], kernels: KernelChoice, threads: Int,
    keepsFeatures: Bool
  ) {
    let layout = WorkspaceLayout(
      Self.requests(graph: graph, shapes: shapes, keepsFeatures: keepsFeatures))
    let steps = graph.layers.map { layer in
      Self.step(for: layer, shapes: shapes, regions: layout.regions, kernels: kernels)
    }
    let scratchCount = steps.reduce(0) { largest, step in
      guard case .convolution(let convolution, _, _) = step else { return largest }
      return max(largest, convolution.scratchCount(threads: threads))
    }
    scratch = layout.count..<layout.count + scratchCount
    regions = layout.regions
    self.steps = steps
  }

  /// Computes all feature maps from the input, calling `body` with the number of each step that is
  /// done.
  func run(
    in workspace: inout Workspace, executor: TileExecutor, afterEach body: (Int) -> Void = { _ in }
  ) {
    for (number, step) in steps.enumerated() {
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
      body(number)
    }
  }

  /// What each step computes, for reports.
  var descriptions: [StepDescription] {
    steps.map { step in
      switch step {
      case .convolution(let convolution, _, _):
        StepDescription(convolutions: [convolution.shape], kernel: convolution.kernel.name)
      case .upsampleAdd: StepDescription(convolutions: [], kernel: "sum")
      }
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
