import Imaging
import Inference
import Synchronization

/// A network ready to run, for one detector or for several that take turns: its threads, its plans and
/// its working memory exist once, however many detectors there are.
///
/// Plans are made when a picture size is first seen, and as many are kept as the detectors want together;
/// detectors that see pictures of one size share its plan. After that a run reuses all memory.
package final class SharedNetwork: Sendable {
  private let turns = DetectorTurns()
  /// Only the one whose turn it is gets here, so nobody waits for this lock.
  private let state: Mutex<State>

  /// - Parameter options: `kernels` and `threads` count; the rest is each detector's own.
  /// - Throws: `invalidOption`.
  package init(model: FaceModel, options: DetectorOptions) throws(DetectionError) {
    try options.validate()
    state = Mutex(
      State(network: model.network, kernels: options.kernels, threads: options.threads))
  }

  /// How many plans were made so far.
  package var planCount: Int { state.withLock { $0.planCount } }

  /// Makes room for the plans of one more detector, or less, for one that is gone.
  func changeRoom(byPlans count: Int) {
    state.withLock { $0.maximumPlans += count }
  }

  /// Runs the network when it is the caller's turn, and decodes the anchors that score above the threshold
  /// and hold finite numbers.
  ///
  /// - Parameter candidates: Replaced by them, in pixels of the picture, in the order of the anchors.
  /// - Throws: `unsupportedInputSize`, `outOfMemory`.
  func findCandidates(
    in picture: ScaledPicture, scoreThreshold: Float, into candidates: inout [Detection]
  ) throws(InferenceError) {
    try turns.withTurn { () throws(InferenceError) in
      try state.withLock { (state) throws(InferenceError) in
        try state.findCandidates(
          in: picture.pixels, width: picture.width, height: picture.height,
          scoreThreshold: scoreThreshold, into: &candidates)
      }
    }
  }

  /// What a run needs besides the picture; one run at a time.
  private struct State: ~Copyable {
    private let network: RetinaFaceNetwork
    private let kernels: KernelChoice
    private let threads: Int
    private var plans: [PlannedSize] = []
    private var workspace: Workspace?
    private(set) var planCount = 0
    var maximumPlans = 0

    init(network: RetinaFaceNetwork, kernels: KernelChoice, threads: Int) {
      self.network = network
      self.kernels = kernels
      self.threads = threads
    }

    mutating func findCandidates(
      in pixels: [UInt8], width: Int, height: Int, scoreThreshold: Float,
      into candidates: inout [Detection]
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
            level: level, anchors: planned.anchors, scoreThreshold: scoreThreshold)
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
        options: .init(kernels: kernels, threads: threads))
      planCount += 1
      plans.removeLast(max(0, plans.count - max(0, maximumPlans - 1)))
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
