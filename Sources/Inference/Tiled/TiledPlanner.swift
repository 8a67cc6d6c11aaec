import KernelInterface

/// Chooses a kernel for each operation, packs its weights and divides it into tiles.
struct TiledPlanner {
  private let kernels: KernelTable
  private let layouts: [FeatureLayout]
  private let regions: [Range<Int>]

  private(set) var constants = ConstantBuilder()
  private(set) var steps: [TiledProgram.Step] = []
  private(set) var tileCounts: [Int] = []
  private(set) var descriptions: [StepDescription] = []
  private(set) var scratchCount = 48

  /// Pixels of a band of rows: with 64 channels 40 KB, so that a band stays in the second-level cache
  /// between two layers and yet is long beside the time to start it. 640×640 pixels took 11.38 ms
  /// with 48, 11.13 ms with 160 and 11.16 ms with 320 on an EPYC of the Zen 4 generation.
  private static let pixelsPerTile = 160
  /// A layer is divided at least so often if it has the rows: enough for eight threads to end at about
  /// the same time. One thread took as long with 8.
  private static let tilesPerLayer = 16
  /// Tiles of 4×4 outputs the Winograd kernel works on at a time: as many as fit the registers. With
  /// 64 channels to 64, transformed inputs and products then take 111 KB each, which leaves 590 KB of
  /// weights in a second-level cache of 1 MB; with 48 at a time a 3×3 layer took 5 % longer.
  private static let winogradBatch = 12

  /// Rows of the second of two chained convolutions in a band: of 17 rows between them, one is
  /// computed twice.
  private static let chainRows = 8
  /// Floats of the rows between them, at most: 600 KB, for a second-level cache of 1 MB.
  private static let chainCount = 150_000

  init(kernels: KernelTable, layouts: [FeatureLayout], regions: [Range<Int>]) {
    self.kernels = kernels
    self.layouts = layouts
    self.regions = regions
  }

  mutating func add(_ operation: TiledOperation) {
    switch operation {
    case .convolution(let parts, let input): addConvolution(parts, input: input)
    case .lateral(let part, let input, let coarse):
      addDirect([part], input: input, coarse: coarse)
    case .separable(let depthwise, let part, let input):
      addSeparable(depthwise, part, input: input)
    case .chain(let before, let between, let depthwise, let part, let input):
      addChain(before, between, depthwise, part, input: input)
    case .upsampleAdd(let coarse, let fine, let output):
      let sum = GeneralUpsampleAdd(
        coarse: GeneralMap(layouts[coarse.index], regions[coarse.index]),
        fine: GeneralMap(layouts[fine.index], regions[fine.index]),
        output: GeneralMap(layouts[output.index], regions[output.index]))
      steps.append(.upsampleAdd(sum))
      tileCounts.append(layouts[output.index].shape.height)
      descriptions.append(StepDescription(convolutions: [], kernel: "sum"))
    }
  }

  private func map(_ feature: NetworkGraph.Feature) -> BlockedMap {
    layouts[feature.index].map(at: regions[feature.index].lowerBound)
  }

  /// Says what a step computes: layers that each read what the one before writes, or all the input.
  private mutating func describe(
    _ layers: [ConvolutionLayer], input: NetworkGraph.Feature, kernel: String,
    isChain: Bool = false
  ) {
    var source = layouts[input.index].shape
    var shapes: [ConvolutionShape] = []
    for layer in layers {
      let shape = layer.shape(inputHeight: source.height, inputWidth: source.width)
      shapes.append(shape)
      if isChain { source = shape.output }
    }
    descriptions.append(StepDescription(convolutions: shapes, kernel: kernel))
  }

  private mutating func addConvolution(
    _ parts: [TiledOperation.Part], input: NetworkGraph.Feature
  ) {
    let layer = parts[0].layer
    let lanes = layouts[input.index].lanes
    let isAligned = parts.allSatisfy { $0.isAligned(in: layouts[$0.output.index]) }
    if layer.isPlain3x3, lanes == blockLanes, isAligned, layer.inputChannels >= 16 {
      addWinograd(parts, input: input)
    } else if layer.isPlain3x3 || layer.isPointwise, lanes == blockLanes, isAligned {
      addDirect(parts, input: input, coarse: nil)
    } else if parts.count == 1, isStem(parts[0], lanes: lanes) {
      addStem(parts[0], input: input)
    } else {
      for part in parts { addGeneral(part, input: input) }
    }
  }

  private func isStem(_ part: TiledOperation.Part, lanes: Int) -> Bool {
    let layer = part.layer
    return layer.kernelSize == 3 && layer.stride == 2 && layer.padding == 1 && layer.groups == 1
      && lanes == 3 && layouts[part.output.index].lanes == 8 && part.firstChannel == 0
      && layer.outputChannels == layouts[part.output.index].shape.channels
  }

  /// What several layers of the same input write.
  private mutating func outputs(
    _ parts: [TiledOperation.Part], packing: WeightPacking, lanes: Int = blockLanes
  ) -> OutputBlocks {
    var output = OutputBlocks()
    var origins: [Int] = []
    for part in parts {
      let map = map(part.output)
      let first = part.firstChannel / lanes
      for block in 0..<(part.layer.outputChannels + lanes - 1) / lanes {
        origins.append(map.origin + (first + block) * map.blockPitch)
      }
      output.width = map.width
      output.height = map.height
      output.rowPitch = map.rowPitch
      output.borderWidth = map.paddedWidth
      output.borderHeight = map.paddedHeight
    }
    output.blocks = origins.count
    output.origins = constants.append(origins)
    output.bias = constants.append(packing.bias(lanes: lanes))
    output.slopes = constants.append(packing.slopes(lanes: lanes))
    return output
  }

  private func rowsPerTile(_ output: OutputBlocks) -> Int {
    let forSize = max(1, Self.pixelsPerTile / output.width)
    return min(forSize, max(1, output.height / Self.tilesPerLayer))
  }

  private mutating func append(_ step: TiledProgram.Step, rows: Int, perTile: Int) {
    steps.append(step)
    tileCounts.append((rows + perTile - 1) / perTile)
  }

  private mutating func addDirect(
    _ parts: [TiledOperation.Part], input: NetworkGraph.Feature, coarse: NetworkGraph.Feature?
  ) {
    let layer = parts[0].layer
    let source = map(input)
    let packing = WeightPacking(parts.map(\.layer), blocksPerPanel: kernels.blocksPerPanel)
    var task = ConvolutionTask()
    let reach = layer.kernelSize / 2
    var taps: [Int] = []
    for block in 0..<source.blocks {
      for y in -reach...reach {
        for x in -reach...reach {
          taps.append(block * source.blockPitch + y * source.rowPitch + x * source.lanes)
        }
      }
    }
    task.origin = source.origin
    task.rowPitch = source.rowPitch
    task.taps = constants.append(taps)
    task.tapCount = taps.count
    task.weights = constants.append(
      packing.direct(inputBlocks: source.blocks, inputLanes: source.lanes))
    task.output = outputs(parts, packing: packing)
    if let coarse {
      task.output.coarse = map(coarse)
      task.output.addsCoarse = true
    }
    task.rowsPerTile = rowsPerTile(task.output)
    append(.convolution(task), rows: task.output.height, perTile: task.rowsPerTile)
    describe(
      parts.map(\.layer), input: input,
      kernel: coarse == nil ? "tiled" : "tiled + sum")
  }

  private mutating func addStem(_ part: TiledOperation.Part, input: NetworkGraph.Feature) {
    let source = map(input)
    let packing = WeightPacking([part.layer], blocksPerPanel: 1)
    var task = ConvolutionTask()
    // Three rows of three pixels, from the upper left neighbour on.
    task.origin = source.start
    task.rowPitch = 2 * source.rowPitch
    task.taps = constants.append([0, source.rowPitch, 2 * source.rowPitch])
    task.tapCount = 3
    task.weights = constants.append(packing.stem(inputs: 3, outputLanes: 8))
    task.output = outputs([part], packing: packing, lanes: 8)
    task.rowsPerTile = rowsPerTile(task.output)
    append(.stem(task), rows: task.output.height, perTile: task.rowsPerTile)
    describe([part.layer], input: input, kernel: "stem")
  }

  private mutating func addSeparable(
    _ depthwise: ConvolutionLayer, _ part: TiledOperation.Part, input: NetworkGraph.Feature
  ) {
    let packing = WeightPacking([part.layer], blocksPerPanel: kernels.blocksPerPanel)
    let output = outputs([part], packing: packing)
    let task = separable(
      depthwise, input: map(input), packing: packing, output: output, rows: rowsPerTile(output))
    scratchCount = max(scratchCount, task.scratchCount)
    append(.separable(task), rows: output.height, perTile: task.pointwise.rowsPerTile)
    describe([depthwise, part.layer], input: input, kernel: "separable", isChain: true)
  }

  private mutating func separable(
    _ depthwise: ConvolutionLayer, input: BlockedMap, packing: WeightPacking,
    output: OutputBlocks, rows: Int
  ) -> SeparableTask {
    var task = SeparableTask()
    task.input = input
    task.stride = depthwise.stride
    task.depthwise = constants.append(depthwise.packedFilters(lanes: input.lanes))
    task.pointwise.output = output
    task.pointwise.rowsPerTile = rows
    let isPaired = input.lanes == blockLanes && kernels.separableProductLanes < blockLanes
    let lanes = isPaired ? kernels.separableProductLanes : input.lanes
    task.pointwise.rowPitch = output.width * lanes
    task.pointwise.taps = constants.append(
      (0..<input.blocks).map { $0 * rows * output.width * lanes })
    task.pointwise.tapCount = input.blocks
    task.pointwise.weights = constants.append(
      isPaired
        ? packing.paired(inputBlocks: input.blocks)
        : packing.direct(inputBlocks: input.blocks, inputLanes: input.lanes))
    return task
  }

  private mutating func addChain(
    _ before: ConvolutionLayer, _ between: TiledOperation.Part, _ depthwise: ConvolutionLayer,
    _ part: TiledOperation.Part, input: NetworkGraph.Feature
  ) {
    let packing = WeightPacking([part.layer], blocksPerPanel: kernels.blocksPerPanel)
    let output = outputs([part], packing: packing)
    let layout = layouts[between.output.index]
    let rowCount = layout.blocks * layout.paddedWidth * layout.lanes
    let rows = max(1, min(Self.chainRows, (Self.chainCount / rowCount - 1) / 2))
    let heldRows = (rows - 1) * depthwise.stride + 3
    let held = BlockedMap(
      start: 0, height: layout.shape.height, width: layout.shape.width, lanes: layout.lanes,
      blocks: layout.blocks, paddedHeight: heldRows, paddedWidth: layout.paddedWidth)

    // The first's outputs: rows counted from the first that is held, behind one pixel of border.
    let firstPacking = WeightPacking([between.layer], blocksPerPanel: kernels.blocksPerPanel)
    var heldOutput = OutputBlocks()
    heldOutput.blocks = held.blocks
    heldOutput.width = held.width
    heldOutput.height = held.height
    heldOutput.rowPitch = held.rowPitch
    heldOutput.origins = constants.append(
      (0..<held.blocks).map { $0 * held.blockPitch + held.lanes })
    heldOutput.bias = constants.append(firstPacking.bias())
    heldOutput.slopes = constants.append(firstPacking.slopes())

    var task = ChainTask()
    task.first = separable(
      before, input: map(input), packing: firstPacking, output: heldOutput,
      rows: max(1, Self.pixelsPerTile / held.width))
    task.second = separable(
      depthwise, input: held, packing: packing, output: output, rows: rows)
    scratchCount = max(scratchCount, task.scratchCount)
    append(.chain(task), rows: output.height, perTile: rows)
    describe(
      [before, between.layer, depthwise, part.layer], input: input, kernel: "chain",
      isChain: true)
  }

  private mutating func addWinograd(_ parts: [TiledOperation.Part], input: NetworkGraph.Feature) {
    let source = map(input)
    let packing = WeightPacking(parts.map(\.layer), blocksPerPanel: kernels.blocksPerPanel)
    let output = outputs(parts, packing: packing)
    let (rows, columns) = ((output.height + 3) / 4, (output.width + 3) / 4)
    var task = WinogradTask(
      input: source, output: output, rows: rows, columns: columns, batch: batch(rows * columns))
    task.taps = constants.append((0..<source.blocks).map { $0 * task.batch * blockLanes })
    task.zeros = constants.append(
      [Float](repeating: 0, count: kernels.blocksPerPanel * blockLanes))
    task.weights = constants.append(packing.winograd(inputBlocks: source.blocks))
    scratchCount = max(scratchCount, task.scratchCount)
    steps.append(.winograd(task))
    tileCounts.append(task.tileCount)
    describe(parts.map(\.layer), input: input, kernel: "winograd")
  }

  /// How many tiles of 4×4 outputs make a tile of work: as evenly divided as the kernel's granularity
  /// allows.
  private func batch(_ tiles: Int) -> Int {
    let parts = (tiles + Self.winogradBatch - 1) / Self.winogradBatch
    let even = (tiles + parts - 1) / parts
    return (even + kernels.winogradGranularity - 1) / kernels.winogradGranularity
      * kernels.winogradGranularity
  }

  private mutating func addGeneral(_ part: TiledOperation.Part, input: NetworkGraph.Feature) {
    let convolution = GeneralConvolution(
      part: part, input: GeneralMap(layouts[input.index], regions[input.index]),
      output: GeneralMap(layouts[part.output.index], regions[part.output.index]))
    steps.append(.general(convolution))
    tileCounts.append(layouts[part.output.index].shape.height)
    describe([part.layer], input: input, kernel: "general")
  }
}

extension ConvolutionLayer {
  /// A depthwise layer's constants: per block bias, slopes, then weights `[ky][kx]`, a vector each.
  func packedFilters(lanes: Int) -> [Float] {
    (0..<(outputChannels + lanes - 1) / lanes).flatMap { block in
      let channels = block * lanes..<(block + 1) * lanes
      func vector(_ value: (Int) -> Float) -> [Float] {
        channels.map { $0 < outputChannels ? value($0) : 0 }
      }
      return vector { bias[$0] } + vector { _ in activation.negativeSlope }
        + (0..<9).flatMap { tap in vector { weights[$0 * 9 + tap] } }
    }
  }
}
