import Detection
package import Inference

/// Times the network alone, on a picture of noise held in memory.
package struct NetworkBenchmark: Sendable, Encodable {
  /// One step of the plan: a layer, or several fused.
  package struct Step: Sendable, Encodable {
    package var name: String
    package var kernel: String
    package var multiplyAdds: Int
    /// Median.
    package var milliseconds: Double
    /// Of all steps together.
    package var share: Double
    /// Median of the same convolutions with the kernels compared against, without the sums that may be
    /// part of the step here; `nil` without such.
    package var otherMilliseconds: Double?

    package var gigaflopsPerSecond: Double { 2 * Double(multiplyAdds) / (milliseconds * 1e6) }
  }

  package var width: Int
  package var height: Int
  package var threads: Int
  package var kernels: String
  package var processorLevel: String
  package var multiplyAdds: Int
  /// Every run of the network, without the conversion of the picture.
  package var milliseconds: [Double]
  package var network: DurationSummary
  /// From the picture's bytes to the network's input.
  package var input: DurationSummary
  /// Decoding, sorting and non-maximum suppression at the default thresholds.
  package var postProcessing: DurationSummary
  package var steps: [Step]

  private static let warmUpRuns = 5

  /// - Parameters:
  ///   - width: Of the network's input.
  ///   - height: Likewise.
  ///   - other: Kernels whose steps are timed too, for comparison.
  /// - Throws: `detection`.
  package init(
    model path: String?, width: Int, height: Int, threads: Int, kernels: KernelChoice,
    against other: KernelChoice? = nil, runs: Int
  ) throws(PipelineError) {
    do throws(DetectionError) {
      let model = try FaceModel(path: path)
      self = try Self.measure(
        model, width: width, height: height, threads: threads, kernels: kernels,
        against: other, runs: runs)
    } catch {
      throw .detection(error)
    }
  }

  private init(plan: ExecutionPlan, kernels: KernelChoice, model: FaceModel, times: Times) {
    width = plan.inputShape.width
    height = plan.inputShape.height
    threads = plan.executor.threads
    self.kernels = kernels.rawValue
    processorLevel = kernels == .tiled ? ProcessorLevel.preferred.rawValue : ""
    multiplyAdds = model.multiplyAdds(width: width, height: height)
    milliseconds = times.network
    network = DurationSummary(times.network)
    input = DurationSummary(times.input)
    postProcessing = DurationSummary(times.postProcessing)
    let total = times.steps.reduce(0) { $0 + $1.median }
    var others = times.otherSteps
    steps = times.steps.map { step in
      Step(
        name: Self.name(of: step.description), kernel: step.description.kernel,
        multiplyAdds: step.description.multiplyAdds, milliseconds: step.median,
        share: step.median / total,
        otherMilliseconds: Self.take(step.description.convolutions, from: &others))
    }
  }

  /// The time of some convolutions among steps of other kernels, which are removed there; layers of one
  /// shape follow each other in the same order. `nil` where the others fuse other layers.
  private static func take(
    _ convolutions: [ConvolutionShape], from steps: inout [TimedStep]
  ) -> Double? {
    if convolutions.isEmpty { return nil }
    var sum = 0.0
    for shape in convolutions {
      guard let index = steps.firstIndex(where: { $0.description.convolutions == [shape] }) else {
        return nil
      }
      sum += steps.remove(at: index).median
    }
    return sum
  }

  /// A step and the median of its times in milliseconds.
  private struct TimedStep {
    var description: StepDescription
    var median: Double
  }

  /// Such as `64x80x80 -> 48, 3x3`: channels, height and width read, channels written, kernels.
  private static func name(of step: StepDescription) -> String {
    guard let first = step.convolutions.first, let last = step.convolutions.last else {
      return "sum"
    }
    let input = first.input
    // Depthwise convolutions begin a chain; all others of a step read one input side by side.
    let isChain = first.groups > 1
    let outputs =
      isChain ? last.outputChannels : step.convolutions.reduce(0) { $0 + $1.outputChannels }
    let kernels = (isChain ? step.convolutions : [first]).map { shape in
      "\(shape.kernelSize)x\(shape.kernelSize)" + (shape.stride > 1 ? "/\(shape.stride)" : "")
    }
    return "\(input.channels)x\(input.height)x\(input.width) -> \(outputs), "
      + kernels.joined(separator: " ")
  }

  private struct Times {
    var network: [Double] = []
    var input: [Double] = []
    var postProcessing: [Double] = []
    var steps: [TimedStep] = []
    var otherSteps: [TimedStep] = []
  }

  private static func measure(
    _ model: FaceModel, width: Int, height: Int, threads: Int, kernels: KernelChoice,
    against other: KernelChoice?, runs: Int
  ) throws(DetectionError) -> NetworkBenchmark {
    let plan: ExecutionPlan
    let otherPlan: ExecutionPlan?
    var workspace: Workspace
    do throws(InferenceError) {
      func makePlan(_ kernels: KernelChoice) throws(InferenceError) -> ExecutionPlan {
        try ExecutionPlan(
          graph: model.network.graph, height: height, width: width,
          options: .init(kernels: kernels, threads: threads))
      }
      plan = try makePlan(kernels)
      otherPlan = if let other { try makePlan(other) } else { nil }
      workspace = try Workspace(count: max(plan.workspaceCount, otherPlan?.workspaceCount ?? 0))
    } catch {
      throw .network(error)
    }
    // Noise from a fixed seed: no value repeats, and every run sees the same.
    var state: UInt32 = 1
    let picture = (0..<width * height * 3).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let means = RetinaFaceNetwork.means
    let decoding = HeadDecoding(model: model, plan: plan)
    var times = Times()
    for run in -warmUpRuns..<runs {
      let input = elapsedMilliseconds {
        plan.setInput(
          picture: picture.span, width: width, height: height,
          means: SIMD3(means[0], means[1], means[2]), in: &workspace)
      }
      let network = elapsedMilliseconds { plan.run(in: &workspace) }
      let postProcessing = elapsedMilliseconds { decoding.run(on: workspace) }
      guard run >= 0 else { continue }
      times.input.append(input)
      times.network.append(network)
      times.postProcessing.append(postProcessing)
    }
    times.steps = measureSteps(of: plan, in: &workspace, runs: runs)
    if let otherPlan {
      times.otherSteps = measureSteps(of: otherPlan, in: &workspace, runs: runs)
    }
    return NetworkBenchmark(plan: plan, kernels: kernels, model: model, times: times)
  }

  private static func measureSteps(
    of plan: ExecutionPlan, in workspace: inout Workspace, runs: Int
  ) -> [TimedStep] {
    var steps = Array(repeating: [Double](), count: plan.steps.count)
    for _ in 0..<runs {
      var last = ContinuousClock.now
      plan.run(in: &workspace) { step in
        let now = ContinuousClock.now
        steps[step].append((now - last) / .milliseconds(1))
        last = now
      }
    }
    return zip(plan.steps, steps).map { description, times in
      TimedStep(description: description, median: DurationSummary(times).median)
    }
  }
}

/// The way from the network's outputs to faces, as the detector goes it.
private final class HeadDecoding {
  private let plan: ExecutionPlan
  private let heads: [NetworkGraph.Feature]
  private let anchors: AnchorGrid
  private let options = DetectorOptions()
  private var suppression: NonMaximumSuppression
  private var candidates: [Detection] = []
  private var detections: [Detection] = []

  init(model: FaceModel, plan: ExecutionPlan) {
    self.plan = plan
    heads = model.network.heads
    anchors = AnchorGrid(inputWidth: plan.inputShape.width, inputHeight: plan.inputShape.height)
    suppression = NonMaximumSuppression(
      threshold: options.nmsThreshold, maximumCandidates: options.maximumCandidates)
  }

  func run(on workspace: borrowing Workspace) {
    candidates.removeAll(keepingCapacity: true)
    for (level, feature) in zip(anchors.levels, heads) {
      plan.withFeature(feature, in: workspace) { outputs, layout in
        HeadDecoder(level: level, anchors: anchors, scoreThreshold: options.scoreThreshold)
          .decode(outputs, layout: layout) { candidates.append($0) }
      }
    }
    suppression.suppress(candidates, into: &detections)
  }
}
