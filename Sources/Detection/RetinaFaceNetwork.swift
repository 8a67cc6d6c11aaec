package import Inference

/// The layers of RetinaFace with MobileNetV1-0.25, from a checkpoint's tensors.
///
/// Pictures may have any size: where a stride does not divide it, feature maps round up, as PyTorch's do.
///
/// Source: Deng et al., CVPR 2020, sections 3.2 and 4.1; context modules: Najibi et al. (SSH), ICCV
/// 2017, section 3.3; feature pyramid: Lin et al., CVPR 2017; backbone: Howard et al. (MobileNets),
/// 2017, table 1. Widths, names and the leaky ReLU's slope are those of the public PyTorch
/// implementation.
package struct RetinaFaceNetwork: Sendable {
  package let graph: NetworkGraph
  /// The outputs, one per level of `AnchorGrid`, in its order: `HeadChannels` over the cells.
  package let heads: [NetworkGraph.Feature]
  /// Numbers that training adjusted: all but the running means and variances.
  package let parameterCount: Int

  /// Subtracted from B, G and R: ImageNet's means as the Caffe models rounded them.
  package static let means: [Float] = [104, 117, 123]
  private static let pyramidChannels = 64
  private static let leaky = Activation.leakyReLU(slope: 0.1)

  /// Where in a level's output channels the numbers of an anchor lie: for each kind first those of
  /// anchor 0 of the cell, then those of anchor 1.
  package enum HeadChannels {
    /// Logits: background, face.
    package static let classes = 0
    package static let classesPerAnchor = 2
    /// Regressions: dx, dy, dw, dh.
    package static let box = 4
    package static let boxPerAnchor = 4
    /// Regressions: dx, dy of each landmark.
    package static let landmarks = 12
    package static let landmarksPerAnchor = 10
    /// All of them.
    package static let count = 32
  }

  /// - Throws: `missingTensor`, `unexpectedTensor`, `wrongShape` and `unusableTensor`, by name.
  package init(_ file: SafetensorsFile) throws(InferenceError) {
    var builder = Builder(weights: try RetinaFaceWeights(file))
    let stages = try builder.addBody()
    let pyramid = try builder.addPyramid(stages)
    var heads: [NetworkGraph.Feature] = []
    for (index, level) in pyramid.enumerated() {
      let context = try builder.addContext(level, number: index + 1)
      heads.append(try builder.addHeads(context, number: index + 1))
    }
    try builder.weights.finish()
    graph = builder.graph
    self.heads = heads
    parameterCount = builder.weights.parameterCount
  }

  /// Adds the parts of the network to a graph, in the order they run.
  private struct Builder {
    var weights: RetinaFaceWeights
    var graph = NetworkGraph(inputChannels: RetinaFaceNetwork.means.count)

    /// The backbone. Returns its three stages, at strides 8, 16 and 32.
    mutating func addBody() throws(InferenceError) -> [NetworkGraph.Feature] {
      let stem = try weights.normalizedConvolution(
        "body.stage1.0.0", normalization: "body.stage1.0.1", from: 3, to: 8, kernelSize: 3,
        stride: 2, activation: leaky)
      var feature = graph.addConvolution(stem, from: graph.input, named: "body.stage1.0")
      var stages: [NetworkGraph.Feature] = []
      // Output channels and stride of each block; the stem is block 0 of stage 1.
      let blocks: [[(outputs: Int, stride: Int)]] = [
        [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1)],
        [(128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1)],
        [(256, 2), (256, 1)],
      ]
      var inputs = 8
      for (index, stage) in blocks.enumerated() {
        let stageName = "body.stage\(index + 1)"
        for (position, block) in stage.enumerated() {
          let number = index == 0 ? position + 1 : position
          let isLast = position == stage.count - 1
          feature = try addBlock(
            "\(stageName).\(number)", named: isLast ? stageName : "\(stageName).\(number)",
            from: feature, inputs: inputs, outputs: block.outputs, stride: block.stride)
          inputs = block.outputs
        }
        stages.append(feature)
      }
      return stages
    }

    /// A depthwise 3×3 convolution, then a pointwise one.
    private mutating func addBlock(
      _ prefix: String, named name: String, from input: NetworkGraph.Feature, inputs: Int,
      outputs: Int, stride: Int
    ) throws(InferenceError) -> NetworkGraph.Feature {
      let depthwise = try weights.normalizedConvolution(
        prefix + ".0", normalization: prefix + ".1", from: inputs, to: inputs, kernelSize: 3,
        stride: stride, groups: inputs, activation: leaky)
      let pointwise = try weights.normalizedConvolution(
        prefix + ".3", normalization: prefix + ".4", from: inputs, to: outputs, kernelSize: 1,
        activation: leaky)
      let filtered = graph.addConvolution(depthwise, from: input, named: prefix + ".depthwise")
      return graph.addConvolution(pointwise, from: filtered, named: name)
    }

    /// The feature pyramid: lateral 1×1 convolutions, then from coarse to fine sum and merge.
    mutating func addPyramid(
      _ stages: [NetworkGraph.Feature]
    ) throws(InferenceError) -> [NetworkGraph.Feature] {
      let width = pyramidChannels
      var laterals: [NetworkGraph.Feature] = []
      for (index, channels) in [64, 128, 256].enumerated() {
        let prefix = "fpn.output\(index + 1)"
        let layer = try weights.normalizedConvolution(
          prefix + ".0", normalization: prefix + ".1", from: channels, to: width, kernelSize: 1,
          activation: leaky)
        laterals.append(
          graph.addConvolution(
            layer, from: stages[index], named: index == 2 ? "fpn.level3" : prefix))
      }
      var levels = [laterals[2]]
      for number in [2, 1] {
        let prefix = "fpn.merge\(number)"
        let layer = try weights.normalizedConvolution(
          prefix + ".0", normalization: prefix + ".1", from: width, to: width, kernelSize: 3,
          activation: leaky)
        let sum = graph.addUpsampled(
          levels[0], to: laterals[number - 1], named: "fpn.sum\(number)")
        levels.insert(graph.addConvolution(layer, from: sum, named: "fpn.level\(number)"), at: 0)
      }
      return levels
    }

    /// A context module: three branches that see 3×3, 5×5 and 7×7 pixels fill one feature map. The
    /// ReLU that follows the concatenation happens in the convolutions that write it.
    mutating func addContext(
      _ input: NetworkGraph.Feature, number: Int
    ) throws(InferenceError) -> NetworkGraph.Feature {
      let width = pyramidChannels
      let name = "ssh\(number)"
      let output = graph.addFeature(named: name, channels: width)
      var weights = weights

      func layer(
        _ part: String, from inputs: Int, to outputs: Int, _ activation: Activation
      ) throws(InferenceError) -> ConvolutionLayer {
        try weights.normalizedConvolution(
          "\(name).\(part).0", normalization: "\(name).\(part).1", from: inputs, to: outputs,
          kernelSize: 3, activation: activation)
      }

      let near = try layer("conv3X3", from: width, to: width / 2, .relu)
      let shared = try layer("conv5X5_1", from: width, to: width / 4, leaky)
      let middle = try layer("conv5X5_2", from: width / 4, to: width / 4, .relu)
      let inner = try layer("conv7X7_2", from: width / 4, to: width / 4, leaky)
      let far = try layer("conv7x7_3", from: width / 4, to: width / 4, .relu)
      self.weights = weights

      graph.addConvolution(near, from: input, into: output, firstChannel: 0)
      let sharedFeature = graph.addConvolution(shared, from: input, named: "\(name).conv5X5_1")
      graph.addConvolution(middle, from: sharedFeature, into: output, firstChannel: width / 2)
      let innerFeature = graph.addConvolution(
        inner, from: sharedFeature, named: "\(name).conv7X7_2")
      graph.addConvolution(far, from: innerFeature, into: output, firstChannel: width * 3 / 4)
      return output
    }

    /// Class, box and landmark heads of a level, computed as one convolution.
    mutating func addHeads(
      _ input: NetworkGraph.Feature, number: Int
    ) throws(InferenceError) -> NetworkGraph.Feature {
      let index = number - 1
      let anchors = AnchorGrid.anchorsPerCell
      let layer = try weights.heads(
        [
          ("ClassHead.\(index).conv1x1", anchors * HeadChannels.classesPerAnchor),
          ("BboxHead.\(index).conv1x1", anchors * HeadChannels.boxPerAnchor),
          ("LandmarkHead.\(index).conv1x1", anchors * HeadChannels.landmarksPerAnchor),
        ], from: pyramidChannels)
      let output = graph.addConvolution(layer, from: input, named: "heads\(number)")
      graph.markOutput(output)
      return output
    }
  }
}
