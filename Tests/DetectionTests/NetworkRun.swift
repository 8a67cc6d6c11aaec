import Detection
import Inference
import Testing

/// All feature maps of one run of the network, by PyTorch's names.
struct NetworkRun {
  private(set) var features: [String: [Float]] = [:]
  let anchors: AnchorGrid

  /// The feature maps that are compared, besides the three kinds of heads.
  static let stages = [
    "body.stage1", "body.stage2", "body.stage3", "fpn.level1", "fpn.level2", "fpn.level3", "ssh1",
    "ssh2", "ssh3",
  ]
  static let heads = ["class_logits", "box_regressions", "landmark_regressions"]

  init(input: [Float], width: Int, height: Int, kernels: KernelChoice, threads: Int = 2) throws {
    let network = try TestPictures.model.get().network
    let plan = try ExecutionPlan(
      graph: network.graph, height: height, width: width,
      options: .init(kernels: kernels, threads: threads, keepsFeatures: true))
    var workspace = try Workspace(count: plan.workspaceCount)
    plan.withInput(in: &workspace) { place in
      for index in place.indices { place[index] = input[index] }
    }
    plan.run(in: &workspace)
    for stage in Self.stages {
      let feature = try #require(network.graph.feature(named: stage))
      features[stage] = plan.withFeature(feature, in: workspace) { span in
        span.indices.map { span[$0] }
      }
    }
    let outputs = network.heads.map { head in
      plan.withFeature(head, in: workspace) { span in span.indices.map { span[$0] } }
    }
    anchors = AnchorGrid(inputWidth: width, inputHeight: height)
    typealias Channels = RetinaFaceNetwork.HeadChannels
    features["class_logits"] = flattened(outputs, Channels.classes, Channels.classesPerAnchor)
    features["box_regressions"] = flattened(outputs, Channels.box, Channels.boxPerAnchor)
    features["landmark_regressions"] = flattened(
      outputs, Channels.landmarks, Channels.landmarksPerAnchor)
  }

  /// One kind of output with the anchors outermost, as in training.
  private func flattened(_ outputs: [[Float]], _ first: Int, _ perAnchor: Int) -> [Float] {
    zip(outputs, anchors.levels).flatMap { values, level in
      (0..<level.cellCount).flatMap { cell in
        (0..<AnchorGrid.anchorsPerCell * perAnchor).map { channel in
          values[(first + channel) * level.cellCount + cell]
        }
      }
    }
  }
}
