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

  init(
    input: [Float], width: Int, height: Int, kernels: KernelChoice, threads: Int = 2,
    level: ProcessorLevel = .preferred, chainingFloor: Int = 1 << 20
  ) throws {
    let network = try TestPictures.model.get().network
    let plan = try ExecutionPlan(
      graph: network.graph, height: height, width: width,
      options: .init(
        kernels: kernels, threads: threads, keepsFeatures: true, level: level,
        chainingFloor: chainingFloor))
    var workspace = try Workspace(count: plan.workspaceCount)
    plan.setInput(input.span, in: &workspace)
    plan.run(in: &workspace)
    for stage in Self.stages {
      let feature = try #require(network.graph.feature(named: stage))
      features[stage] = plan.values(of: feature, in: workspace)
    }
    var outputs: [[Float]] = []
    for head in network.heads { outputs.append(plan.values(of: head, in: workspace)) }
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
      let cells = level.rows * level.columns
      return (0..<cells).flatMap { cell in
        (0..<AnchorGrid.anchorsPerCell * perAnchor).map { channel in
          values[(first + channel) * cells + cell]
        }
      }
    }
  }
}
