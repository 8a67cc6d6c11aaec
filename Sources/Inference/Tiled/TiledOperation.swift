import KernelInterface

/// What the tiled kernels compute in one step: a layer, or several fused into one.
enum TiledOperation: Sendable {
  typealias Feature = NetworkGraph.Feature

  /// A convolution and where its outputs go.
  struct Part: Sendable {
    var layer: ConvolutionLayer
    var output: Feature
    var firstChannel: Int
  }

  /// Convolutions of the same input, kernel size and stride.
  case convolution([Part], input: Feature)
  /// A 1×1 convolution whose outputs a coarser map is added to.
  case lateral(Part, input: Feature, coarse: Feature)
  /// A depthwise 3×3 convolution, then a 1×1 one.
  case separable(ConvolutionLayer, Part, input: Feature)
  /// Two of them; the first's output is read by the second alone.
  case chain(ConvolutionLayer, Part, ConvolutionLayer, Part, input: Feature)
  case upsampleAdd(coarse: Feature, fine: Feature, output: Feature)

  var read: [Feature] {
    switch self {
    case .convolution(_, let input), .separable(_, _, let input), .chain(_, _, _, _, let input):
      [input]
    case .lateral(_, let input, let coarse): [input, coarse]
    case .upsampleAdd(let coarse, let fine, _): [coarse, fine]
    }
  }

  var written: [Feature] {
    switch self {
    case .convolution(let parts, _): parts.map(\.output)
    case .lateral(let part, _, _), .separable(_, let part, _), .chain(_, _, _, let part, _):
      [part.output]
    case .upsampleAdd(_, _, let output): [output]
    }
  }
}

/// Turns the layers of a graph into operations.
struct TiledFusion {
  private let graph: NetworkGraph
  private let layouts: [FeatureLayout]
  private var operations: [TiledOperation] = []
  /// Layers that wait for the one that reads their output.
  private var waiting:
    [NetworkGraph.Feature: (layer: ConvolutionLayer, input: NetworkGraph.Feature)] =
      [:]

  /// - Parameter chainingFloor: Feature maps between two separable convolutions, the second of stride
  ///   2, are not computed as a whole if they have at least so many elements.
  static func operations(
    _ graph: NetworkGraph, layouts: [FeatureLayout], chainingFloor: Int
  ) -> [TiledOperation] {
    var fusion = TiledFusion(graph: graph, layouts: layouts)
    for (index, layer) in graph.layers.enumerated() { fusion.add(layer, at: index) }
    fusion.chain(floor: chainingFloor)
    return fusion.operations
  }

  private mutating func chain(floor: Int) {
    var chained: [TiledOperation] = []
    for operation in operations {
      if case .separable(let depthwise, let part, let input) = operation, depthwise.stride == 2,
        case .separable(let before, let between, let source)? = chained.last,
        between.output == input, isReadOnce(input), between.firstChannel == 0,
        layouts[input.index].count >= floor
      {
        chained[chained.count - 1] = .chain(before, between, depthwise, part, input: source)
      } else {
        chained.append(operation)
      }
    }
    operations = chained
  }

  private func isReadOnce(_ feature: NetworkGraph.Feature) -> Bool {
    let writers = operations.filter { $0.written.contains(feature) }
    return onlyReader(of: feature, after: -1) != nil && writers.count == 1
  }

  private init(graph: NetworkGraph, layouts: [FeatureLayout]) {
    self.graph = graph
    self.layouts = layouts
  }

  private mutating func add(_ layer: NetworkGraph.Layer, at index: Int) {
    switch layer {
    case .convolution(let layer, let input, let output, let firstChannel):
      let part = TiledOperation.Part(layer: layer, output: output, firstChannel: firstChannel)
      if let depthwise = waiting.removeValue(forKey: input) {
        operations.append(.separable(depthwise.layer, part, input: depthwise.input))
      } else if let reader = onlyReader(of: output, after: index),
        canFuse(layer, from: input, to: output, into: reader)
      {
        waiting[output] = (layer, input)
      } else if let place = operations.firstIndex(where: { canJoin(part, input: input, to: $0) }),
        case .convolution(let parts, _) = operations[place]
      {
        operations[place] = .convolution(parts + [part], input: input)
      } else {
        operations.append(.convolution([part], input: input))
      }
    case .upsampleAdd(let coarse, let fine, let output):
      if let lateral = waiting.removeValue(forKey: fine) {
        let part = TiledOperation.Part(layer: lateral.layer, output: output, firstChannel: 0)
        operations.append(.lateral(part, input: lateral.input, coarse: coarse))
      } else {
        operations.append(.upsampleAdd(coarse: coarse, fine: fine, output: output))
      }
    }
  }

  /// The layer that reads a feature map, if there is only one and nobody else sees the map.
  private func onlyReader(
    of feature: NetworkGraph.Feature, after index: Int
  ) -> NetworkGraph.Layer? {
    guard !graph.features[feature.index].isOutput else { return nil }
    let readers = graph.layers.dropFirst(index + 1).filter { layer in
      switch layer {
      case .convolution(_, let input, _, _): input == feature
      case .upsampleAdd(let coarse, let fine, _): coarse == feature || fine == feature
      }
    }
    return readers.count == 1 ? readers[0] : nil
  }

  private func canFuse(
    _ layer: ConvolutionLayer, from input: NetworkGraph.Feature, to output: NetworkGraph.Feature,
    into reader: NetworkGraph.Layer
  ) -> Bool {
    guard layouts[output.index].shape.channels == layer.outputChannels else { return false }
    switch reader {
    case .convolution(let pointwise, _, let target, let firstChannel):
      let part = TiledOperation.Part(layer: pointwise, output: target, firstChannel: firstChannel)
      return layer.isDepthwise3x3 && pointwise.isPointwise && isAligned(part)
        && layouts[input.index].lanes >= 8
    case .upsampleAdd(let coarse, let fine, let target):
      let part = TiledOperation.Part(layer: layer, output: target, firstChannel: 0)
      let (low, high) = (layouts[coarse.index].shape, layouts[fine.index].shape)
      return layer.isPointwise && fine == output && coarse != output && isAligned(part)
        && layouts[input.index].lanes == blockLanes
        && low.height == (high.height + 1) / 2 && low.width == (high.width + 1) / 2
    }
  }

  private func canJoin(
    _ part: TiledOperation.Part, input: NetworkGraph.Feature, to operation: TiledOperation
  ) -> Bool {
    guard case .convolution(let parts, let otherInput) = operation, input == otherInput,
      layouts[input.index].lanes == blockLanes
    else { return false }
    return part.layer.isPlain3x3 && isAligned(part)
      && parts.allSatisfy {
        $0.layer.isPlain3x3 && isAligned($0) && $0.layer.outputChannels % blockLanes == 0
      }
  }

  private func isAligned(_ part: TiledOperation.Part) -> Bool {
    part.isAligned(in: layouts[part.output.index])
  }
}

extension TiledOperation.Part {
  /// Whether the outputs are whole blocks of 16 channels.
  func isAligned(in layout: FeatureLayout) -> Bool {
    let end = firstChannel + layer.outputChannels
    return layout.lanes == blockLanes && firstChannel % blockLanes == 0
      && (end % blockLanes == 0 || end == layout.shape.channels)
  }
}

extension ConvolutionLayer {
  /// 1×1, all channels.
  var isPointwise: Bool { kernelSize == 1 && stride == 1 && padding == 0 && groups == 1 }

  /// 3×3 that keeps the size, all channels.
  var isPlain3x3: Bool { kernelSize == 3 && stride == 1 && padding == 1 && groups == 1 }

  /// 3×3, each channel by itself.
  var isDepthwise3x3: Bool {
    kernelSize == 3 && stride <= 2 && padding == 1 && groups == inputChannels
      && groups == outputChannels
  }
}
