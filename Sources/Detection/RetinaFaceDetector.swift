package import Imaging
import Inference
import Synchronization

/// Finds faces with RetinaFace.
///
/// Plans are made when a picture size is first seen, and a few are kept; after that a detection
/// reuses all its memory. Calls from several threads wait for each other: for speed give each thread
/// a detector of its own, which shares the weights of the model.
package final class RetinaFaceDetector: FaceDetector {
  private let options: DetectorOptions
  private let state: Mutex<State>

  /// - Throws: `invalidOption`.
  package init(model: FaceModel, options: DetectorOptions) throws(DetectionError) {
    try options.validate()
    self.options = options
    state = Mutex(State(network: model.network, options: options))
  }

  package func detect(
    in picture: ScaledPicture, into detections: inout [Detection]
  ) throws(DetectionError) {
    try state.withLock { (state) throws(DetectionError) in
      do throws(InferenceError) {
        try state.findCandidates(in: picture.pixels, width: picture.width, height: picture.height)
      } catch {
        throw .network(error)
      }
      if options.nmsCountsLastPixels {
        state.suppression.sideExtension = Point(x: 1 / picture.scaleX, y: 1 / picture.scaleY)
      }
      state.suppression.suppress(state.candidates, into: &detections)
    }
    for index in detections.indices {
      detections[index] = detections[index].scaled(byX: picture.scaleX, y: picture.scaleY)
        .moved(byX: Float(picture.sourceX), y: Float(picture.sourceY))
    }
    // Only now: a small face's box would otherwise be replaced by a worse, larger one.
    detections.removeAll { $0.box.height < options.minimumFaceSize }
    if let maximumFaces = options.maximumFaces {
      detections.removeLast(max(0, detections.count - maximumFaces))
    }
  }

  /// What a detection needs besides the picture; one detection at a time.
  private struct State: ~Copyable {
    private let options: DetectorOptions
    private let network: RetinaFaceNetwork
    private var plans: [PlannedSize] = []
    private var workspace: Workspace?
    /// In pixels of the picture, in the order of the anchors.
    private(set) var candidates: [Detection] = []
    var suppression: NonMaximumSuppression

    /// Memory for so many is there from the start; more make it grow once.
    private static let expectedCandidates = 1024

    init(network: RetinaFaceNetwork, options: DetectorOptions) {
      self.network = network
      self.options = options
      suppression = NonMaximumSuppression(
        threshold: options.nmsThreshold, maximumCandidates: options.maximumCandidates)
      candidates.reserveCapacity(Self.expectedCandidates)
    }

    /// Runs the network, and decodes the anchors that score above the threshold and hold finite
    /// numbers.
    mutating func findCandidates(
      in pixels: [UInt8], width: Int, height: Int
    ) throws(InferenceError) {
      let planned = try plan(width: width, height: height)
      var workspace = try takeWorkspace(count: planned.plan.workspaceCount)
      let means = RetinaFaceNetwork.means
      planned.plan.setInput(
        picture: pixels.span, width: width, height: height,
        means: SIMD3(means[0], means[1], means[2]), in: &workspace)
      planned.plan.run(in: &workspace)
      candidates.removeAll(keepingCapacity: true)
      for (level, feature) in zip(planned.anchors.levels, network.heads) {
        planned.plan.withFeature(feature, in: workspace) { outputs, layout in
          let decoder = HeadDecoder(
            level: level, anchors: planned.anchors, scoreThreshold: options.scoreThreshold)
          decoder.decode(outputs, layout: layout) { candidates.append($0) }
        }
      }
      self.workspace = consume workspace
    }

    /// The plan for a picture's size, the most recently used first.
    private mutating func plan(
      width: Int, height: Int
    ) throws(InferenceError) -> PlannedSize {
      if let index = plans.firstIndex(where: {
        $0.plan.inputShape.width == width && $0.plan.inputShape.height == height
      }) {
        if index > 0 { plans.insert(plans.remove(at: index), at: 0) }
        return plans[0]
      }
      let plan = try ExecutionPlan(
        graph: network.graph, height: height, width: width,
        options: .init(kernels: options.kernels, threads: options.threads))
      if plans.count >= options.maximumPlans { plans.removeLast() }
      plans.insert(
        PlannedSize(plan: plan, anchors: AnchorGrid(inputWidth: width, inputHeight: height)), at: 0)
      return plans[0]
    }

    /// The workspace, replaced by a larger one if need be, out of the state while it is written.
    private mutating func takeWorkspace(count: Int) throws(InferenceError) -> Workspace {
      if let workspace = workspace.take(), workspace.count >= count { return workspace }
      return try Workspace(count: count)
    }
  }

  private struct PlannedSize {
    let plan: ExecutionPlan
    let anchors: AnchorGrid
  }
}
