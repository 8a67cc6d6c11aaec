import KernelInterface

/// A network as steps of the tiled kernels: feature maps in blocks of channels, layers fused, weights
/// packed. Tiles of a step may run at once, steps follow each other.
struct TiledProgram: Sendable {
  /// One step and the tiles it is divided into; the division does not depend on the threads.
  enum Step: Sendable {
    case stem(ConvolutionTask)
    case convolution(ConvolutionTask)
    case separable(SeparableTask)
    case chain(ChainTask)
    case winograd(WinogradTask)
    case general(GeneralConvolution)
    case upsampleAdd(GeneralUpsampleAdd)
  }

  /// By index of the feature; those fused away have a region of no elements.
  let layouts: [FeatureLayout]
  let regions: [Range<Int>]
  let isComputed: [Bool]
  /// Floats of all regions.
  let featureCount: Int
  /// Floats of scratch memory each worker needs.
  let scratchPerWorker: Int
  let steps: [Step]
  /// What each step computes, for reports.
  let descriptions: [StepDescription]
  /// Number of tiles up to and with each step.
  let tileEnds: [Int]
  let constants: ConstantMemory
  let kernels: KernelTable

  /// - Throws: `outOfMemory`.
  init(
    graph: NetworkGraph, shapes: [TensorShape], kernels: KernelTable, keepsFeatures: Bool,
    chainingFloor: Int
  ) throws(InferenceError) {
    let layouts = shapes.enumerated().map { index, shape in
      let lanes =
        if index == graph.input.index && shape.channels == 3 { 3 } else if shape.channels <= 8 {
          8
        } else {
          blockLanes
        }
      return FeatureLayout.blocked(shape, lanes: lanes)
    }
    let operations = TiledFusion.operations(
      graph, layouts: layouts, chainingFloor: chainingFloor)
    let placement = WorkspaceLayout(
      Self.requests(graph, operations, layouts: layouts, keepsFeatures: keepsFeatures))
    self.kernels = kernels
    var planner = TiledPlanner(kernels: kernels, layouts: layouts, regions: placement.regions)
    for operation in operations { planner.add(operation) }
    isComputed = graph.features.indices.map { index in
      index == graph.input.index
        || operations.contains { $0.written.contains { $0.index == index } }
    }
    constants = try ConstantMemory(planner.constants.values)
    steps = planner.steps
    descriptions = planner.descriptions
    var end = 0
    tileEnds = planner.tileCounts.map { count in
      end += count
      return end
    }
    scratchPerWorker = Workspace.aligned(planner.scratchCount)
    featureCount = placement.count
    regions = placement.regions
    self.layouts = layouts
  }

  /// When each feature map is first written and last needed; as for planar maps, but counted in
  /// operations.
  private static func requests(
    _ graph: NetworkGraph, _ operations: [TiledOperation], layouts: [FeatureLayout],
    keepsFeatures: Bool
  ) -> [WorkspaceLayout.Request] {
    let end = operations.count + 1
    var requests = zip(graph.features, layouts).map { feature, layout in
      WorkspaceLayout.Request(
        count: layout.count + readableSlack, firstStep: end,
        lastStep: feature.isOutput || keepsFeatures ? end : 0)
    }
    requests[graph.input.index].firstStep = 0
    for (index, operation) in operations.enumerated() {
      let step = index + 1
      for feature in operation.written {
        requests[feature.index].firstStep = min(requests[feature.index].firstStep, step)
      }
      for feature in operation.read + operation.written {
        requests[feature.index].lastStep = max(requests[feature.index].lastStep, step)
      }
    }
    for index in requests.indices where requests[index].firstStep == end {
      // Fused away: nobody writes it.
      requests[index].count = 0
    }
    return requests
  }

  /// Computes all steps.
  func run(in workspace: inout Workspace, executor: TileExecutor) {
    unsafe workspace.withBase { base in
      // Safe to share: see `KernelMemory`.
      nonisolated(unsafe) let base = unsafe base
      executor.forEachTile(ofStepsEnding: tileEnds) { step, tile, worker in
        unsafe compute(step, tile: tile, worker: worker, base: base)
      }
    }
  }

  /// The same, step by step, calling `body` with the number of each that is done.
  func run(
    in workspace: inout Workspace, executor: TileExecutor, afterEach body: (Int) -> Void
  ) {
    unsafe workspace.withBase { base in
      nonisolated(unsafe) let base = unsafe base
      for step in steps.indices {
        executor.forEachTile(tileEnds[step] - (step > 0 ? tileEnds[step - 1] : 0)) { tile, worker in
          unsafe compute(step, tile: tile, worker: worker, base: base)
        }
        body(step)
      }
    }
  }

  private func compute(
    _ step: Int, tile: Int, worker: Int, base: UnsafeMutablePointer<Float>
  ) {
    let scratch = featureCount + worker * scratchPerWorker
    let memory = unsafe KernelMemory(
      features: base, constants: constants.base, scratch: base + scratch)
    switch steps[step] {
    case .stem(let task): kernels.stem(task, memory, tile)
    case .convolution(let task): kernels.convolution(task, memory, tile)
    case .separable(let task): kernels.separable(task, memory, tile)
    case .chain(let task): kernels.chain(task, memory, tile)
    case .winograd(let task): kernels.winograd(task, memory, tile)
    case .general(let convolution): convolution.run(tile: tile, memory: memory)
    case .upsampleAdd(let sum): sum.run(tile: tile, memory: memory)
    }
  }

  /// Fills the input from a packed picture.
  func setPicture(
    _ picture: Span<UInt8>, width: Int, height: Int, means: SIMD3<Float>,
    in workspace: inout Workspace, executor: TileExecutor, input: Int
  ) {
    let output = layouts[input].map(at: regions[input].lowerBound)
    unsafe workspace.withBase { base in
      unsafe picture.withUnsafeBytes { bytes in
        guard let address = bytes.baseAddress else { return }
        let task = unsafe PictureTask(
          output: output, pixels: address, width: width, height: height, means: means)
        nonisolated(unsafe) let base = unsafe base
        executor.forEachTile(output.height) { tile, worker in
          let memory = unsafe KernelMemory(
            features: base, constants: constants.base,
            scratch: base + featureCount + worker * scratchPerWorker)
          kernels.picture(task, memory, tile)
        }
      }
    }
  }
}
