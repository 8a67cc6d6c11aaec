/// A network as layers between feature maps, in the order they run; sizes other than channel counts
/// are left to the plan.
package struct NetworkGraph: Sendable {
  /// A feature map of one graph.
  package struct Feature: Hashable, Sendable {
    let index: Int
  }

  enum Layer: Sendable {
    /// Writes `output`'s channels from `firstChannel` on, so that several convolutions can fill one
    /// feature map and nothing has to be concatenated.
    case convolution(ConvolutionLayer, input: Feature, output: Feature, firstChannel: Int)
    /// Writes `fine` plus `coarse` enlarged to its size.
    case upsampleAdd(coarse: Feature, fine: Feature, output: Feature)
  }

  struct FeatureDescription: Sendable {
    var name: String
    var channels: Int
    var isOutput = false
  }

  /// What the network reads.
  package let input: Feature
  private(set) var layers: [Layer] = []
  private(set) var features: [FeatureDescription]

  package init(inputChannels: Int) {
    precondition(inputChannels > 0)
    input = Feature(index: 0)
    features = [FeatureDescription(name: "input", channels: inputChannels)]
  }

  /// Declares a feature map that one or several convolutions will fill.
  ///
  /// - Precondition: the name is new.
  package mutating func addFeature(named name: String, channels: Int) -> Feature {
    precondition(feature(named: name) == nil, "two feature maps are named '\(name)'")
    features.append(FeatureDescription(name: name, channels: channels))
    return Feature(index: features.count - 1)
  }

  /// Adds a convolution that fills part of a declared feature map.
  ///
  /// - Precondition: the channels agree.
  package mutating func addConvolution(
    _ layer: ConvolutionLayer, from input: Feature, into output: Feature, firstChannel: Int
  ) {
    precondition(features[input.index].channels == layer.inputChannels)
    precondition(firstChannel + layer.outputChannels <= features[output.index].channels)
    layers.append(.convolution(layer, input: input, output: output, firstChannel: firstChannel))
  }

  /// Adds a convolution with a feature map of its own.
  package mutating func addConvolution(
    _ layer: ConvolutionLayer, from input: Feature, named name: String
  ) -> Feature {
    let output = addFeature(named: name, channels: layer.outputChannels)
    addConvolution(layer, from: input, into: output, firstChannel: 0)
    return output
  }

  /// Adds the sum of a feature map and a coarser one enlarged to its size.
  ///
  /// - Precondition: both have the same number of channels.
  package mutating func addUpsampled(
    _ coarse: Feature, to fine: Feature, named name: String
  ) -> Feature {
    let channels = features[fine.index].channels
    precondition(features[coarse.index].channels == channels)
    let output = addFeature(named: name, channels: channels)
    layers.append(.upsampleAdd(coarse: coarse, fine: fine, output: output))
    return output
  }

  /// Keeps a feature map to the end of a run, for the caller to read.
  package mutating func markOutput(_ feature: Feature) {
    features[feature.index].isOutput = true
  }

  /// The feature map of this name, `nil` when there is none.
  package func feature(named name: String) -> Feature? {
    features.firstIndex { $0.name == name }.map(Feature.init)
  }

  /// Multiply-adds of all convolutions on an input of this size.
  ///
  /// - Precondition: both are positive.
  package func multiplyAdds(height: Int, width: Int) -> Int {
    let shapes = featureShapes(height: height, width: width)
    return layers.reduce(0) { sum, layer in
      guard case .convolution(let convolution, let input, _, _) = layer else { return sum }
      let source = shapes[input.index]
      let shape = convolution.shape(inputHeight: source.height, inputWidth: source.width)
      return sum + shape.multiplyAdds
    }
  }

  /// The shapes of all feature maps on an input of this size, in the order of `features`.
  ///
  /// - Precondition: the graph is complete: each feature map is written before it is read, and those
  ///   that write parts of one agree on its size.
  func featureShapes(height: Int, width: Int) -> [TensorShape] {
    precondition(height > 0 && width > 0)
    var shapes: [TensorShape?] = Array(repeating: nil, count: features.count)
    shapes[input.index] = TensorShape(
      channels: features[input.index].channels, height: height, width: width)

    func known(_ feature: Feature) -> TensorShape {
      guard let shape = shapes[feature.index] else {
        preconditionFailure("'\(features[feature.index].name)' is read before it is written")
      }
      return shape
    }

    for layer in layers {
      switch layer {
      case .convolution(let convolution, let input, let output, _):
        let source = known(input)
        var shape = convolution.shape(inputHeight: source.height, inputWidth: source.width).output
        shape.channels = features[output.index].channels
        precondition(shapes[output.index] == nil || shapes[output.index] == shape)
        shapes[output.index] = shape
      case .upsampleAdd(_, let fine, let output):
        shapes[output.index] = known(fine)
      }
    }
    return features.indices.map { known(Feature(index: $0)) }
  }
}
