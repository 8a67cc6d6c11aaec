/// A network made ready for one input size: shapes fixed, a kernel chosen per layer, every feature
/// map and the scratch memory placed in one workspace. Running a plan allocates nothing; what OpenBLAS
/// and, with several threads, Dispatch take for themselves within a layer they give back.
///
/// A plan is read only: several threads may run it at once, each with a workspace of its own.
package struct ExecutionPlan: Sendable {
  /// What a plan is made for besides the size.
  package struct Options: Equatable, Sendable {
    /// Which kernels may be used; the results differ only by rounding.
    package var kernels: KernelChoice
    /// Threads of one run; the results are the same for any number.
    package var threads: Int
    /// Keeps every feature map that is computed to the end of the run instead of reusing its memory,
    /// for tests. Those between fused layers are never computed as a whole.
    package var keepsFeatures: Bool
    /// Instructions the tiled kernels use.
    package var level: ProcessorLevel
    /// Elements from which on a feature map between two separable convolutions is not computed as a
    /// whole but in bands that stay in the cache; the default is what pays, others are for tests.
    package var chainingFloor: Int

    package init(
      kernels: KernelChoice = .tiled, threads: Int = 1, keepsFeatures: Bool = false,
      level: ProcessorLevel = .preferred, chainingFloor: Int = 1 << 20
    ) {
      self.kernels = kernels
      self.threads = threads
      self.keepsFeatures = keepsFeatures
      self.level = level
      self.chainingFloor = chainingFloor
    }
  }

  /// The steps, by family of kernels: each has a memory layout of its own.
  private enum Program: Sendable {
    case planar(PlanarProgram)
    case tiled(TiledProgram)
  }

  package let executor: TileExecutor
  /// Floats a workspace must have.
  package let workspaceCount: Int
  package let inputShape: TensorShape

  private let program: Program
  private let input: Int
  /// By index of the feature.
  private let regions: [Range<Int>]
  private let layouts: [FeatureLayout]
  private let isKept: [Bool]

  /// More pixels than any camera delivers; keeps every size far from overflow.
  private static let maximumSide = 32768

  /// - Throws: `unsupportedInputSize` when a side is not in 1...32768; `outOfMemory`.
  /// - Precondition: `options.threads` is positive, and the processor has `options.level`.
  package init(
    graph: NetworkGraph, height: Int, width: Int, options: Options
  ) throws(InferenceError) {
    guard (1...Self.maximumSide).contains(height), (1...Self.maximumSide).contains(width) else {
      throw .unsupportedInputSize(
        width: width, height: height, reason: "sides must be within 1...\(Self.maximumSide)")
    }
    let shapes = graph.featureShapes(height: height, width: width)
    executor = TileExecutor(threads: options.threads)
    inputShape = shapes[graph.input.index]
    input = graph.input.index
    var isKept = graph.features.map { $0.isOutput || options.keepsFeatures }
    switch options.kernels {
    case .reference, .openblas:
      let planar = PlanarProgram(
        graph: graph, shapes: shapes, kernels: options.kernels, threads: options.threads,
        keepsFeatures: options.keepsFeatures)
      regions = planar.regions
      layouts = shapes.map { .planar($0) }
      workspaceCount = planar.workspaceCount
      program = .planar(planar)
    case .tiled, .bfloat16:
      precondition(ProcessorLevel.available.contains(options.level))
      precondition(options.kernels.isAvailable, "this processor has no \(options.kernels)")
      let isFloat32 = options.kernels == .tiled
      let tiled = try TiledProgram(
        graph: graph, shapes: shapes,
        kernels: isFloat32 ? options.level.kernels : ProcessorLevel.bfloat16Kernels,
        keepsFeatures: options.keepsFeatures,
        chainingFloor: options.chainingFloor)
      regions = tiled.regions
      layouts = tiled.layouts
      workspaceCount = tiled.featureCount + options.threads * tiled.scratchPerWorker
      for index in isKept.indices where !tiled.isComputed[index] { isKept[index] = false }
      program = .tiled(tiled)
    }
    self.isKept = isKept
  }

  /// Fills the input from planar values, `[channels, height, width]`.
  ///
  /// - Precondition: the workspace has at least `workspaceCount` floats, and the count is that of
  ///   `inputShape`.
  package func setInput(_ values: Span<Float>, in workspace: inout Workspace) {
    precondition(values.count == inputShape.count)
    let layout = layouts[input]
    workspace.withMutableRegion(regions[input]) { region in
      for index in 0..<layout.count { region[index] = 0 }
      var index = 0
      for channel in 0..<inputShape.channels {
        for y in 0..<inputShape.height {
          for x in 0..<inputShape.width {
            region[layout.offset(channel: channel, y: y, x: x)] = values[index]
            index += 1
          }
        }
      }
    }
  }

  /// Fills the input from a packed 8-bit picture: each sample minus the mean of its channel, zeros to
  /// the right and below up to the size of the input.
  ///
  /// - Parameter picture: Shape `[height, width, 3]`.
  /// - Precondition: the workspace has at least `workspaceCount` floats, the input has three channels,
  ///   the count is as said, and the picture fits into the input.
  package func setInput(
    picture: Span<UInt8>, width: Int, height: Int, means: SIMD3<Float>,
    in workspace: inout Workspace
  ) {
    precondition(workspace.count >= workspaceCount, "the workspace is too small for this plan")
    precondition(inputShape.channels == 3 && picture.count == width * height * 3)
    precondition(width <= inputShape.width && height <= inputShape.height)
    switch program {
    case .planar:
      workspace.withMutableRegion(regions[input]) { region in
        subtractMeans(
          [means.x, means.y, means.z], from: picture, width: width, height: height,
          output: &region, shape: inputShape, executor: executor)
      }
    case .tiled(let program):
      program.setPicture(
        picture, width: width, height: height, means: means, in: &workspace, executor: executor,
        input: input)
    }
  }

  /// Computes all feature maps from the input, which it destroys.
  ///
  /// - Precondition: the workspace has at least `workspaceCount` floats.
  package func run(in workspace: inout Workspace) {
    precondition(workspace.count >= workspaceCount, "the workspace is too small for this plan")
    switch program {
    case .planar(let program): program.run(in: &workspace, executor: executor)
    case .tiled(let program): program.run(in: &workspace, executor: executor)
    }
  }

  /// The same, step by step, calling `body` with the number of each step that is done, for
  /// measurements. Steps are numbered as in `steps`.
  package func run(in workspace: inout Workspace, afterEach body: (Int) -> Void) {
    precondition(workspace.count >= workspaceCount, "the workspace is too small for this plan")
    switch program {
    case .planar(let program): program.run(in: &workspace, executor: executor, afterEach: body)
    case .tiled(let program): program.run(in: &workspace, executor: executor, afterEach: body)
    }
  }

  /// The steps in the order they run. The families without fusion have one per layer.
  package var steps: [StepDescription] {
    switch program {
    case .planar(let program): program.descriptions
    case .tiled(let program): program.descriptions
    }
  }

  /// Lends a feature map after a run, in the layout the kernels keep it in.
  ///
  /// - Precondition: it is an output of the graph, or the plan keeps all feature maps and it is not
  ///   one between fused layers.
  package func withFeature<Result>(
    _ feature: NetworkGraph.Feature, in workspace: borrowing Workspace,
    _ body: (Span<Float>, FeatureLayout) -> Result
  ) -> Result {
    precondition(isKept[feature.index], "this feature map's memory was used again")
    let layout = layouts[feature.index]
    let region = regions[feature.index]
    return workspace.withRegion(region.lowerBound..<region.lowerBound + layout.count) { span in
      body(span, layout)
    }
  }

  /// A copy of a feature map after a run, `[channels, height, width]`, for tests.
  ///
  /// - Precondition: that of `withFeature`.
  package func values(
    of feature: NetworkGraph.Feature, in workspace: borrowing Workspace
  ) -> [Float] {
    withFeature(feature, in: workspace) { span, layout in
      var values: [Float] = []
      values.reserveCapacity(layout.shape.count)
      for channel in 0..<layout.shape.channels {
        for y in 0..<layout.shape.height {
          for x in 0..<layout.shape.width {
            values.append(span[layout.offset(channel: channel, y: y, x: x)])
          }
        }
      }
      return values
    }
  }
}
