import Detection
import Foundation
import Media
import Synchronization

/// Runs one pipeline: input, analysis and output on a thread each, joined by ring buffers.
package final class PipelineRunner: Sendable {
  private let configuration: Configuration
  private let interruption = Interruption()
  /// Raised a while after the run was cancelled: what hangs is not waited for any longer.
  private let leaving = Interruption()
  private let wasCancelled = Atomic<Bool>(false)
  /// What finds faces instead of the network, in tests.
  private let detector: (any FaceDetector)?
  private let monitor: CameraMonitor?

  /// What remains of the two seconds in which a cancelled run ends is for trailers, threads, and for clients
  /// of the page.
  private static let leavingSeconds = 1.0

  /// How often progress is reported while the stages work.
  private static let progressInterval = 0.2

  /// - Parameter monitor: Is shown what the run does, from its beginning to its end.
  package init(configuration: Configuration, monitor: CameraMonitor? = nil) {
    self.configuration = configuration
    self.monitor = monitor
    detector = nil
  }

  /// Makes a runner for tests that finds faces with another detector than the network.
  init(
    configuration: Configuration, detector: any FaceDetector, monitor: CameraMonitor? = nil
  ) {
    self.configuration = configuration
    self.detector = detector
    self.monitor = monitor
  }

  /// Stops reading the input; what was read is finished and written. Callable from any thread.
  package func cancel() {
    wasCancelled.store(true, ordering: .relaxed)
    interruption.raise()
    DispatchQueue.global().asyncAfter(deadline: .now() + Self.leavingSeconds) { [leaving] in
      leaving.raise()
    }
  }

  /// Runs until the input ends, something fails, or `cancel()` is called.
  ///
  /// - Parameters:
  ///   - warn: Receives one sentence a warning, on any thread.
  ///   - progress: Called on the caller's thread several times a second.
  /// - Throws: What kept the run from starting. Later failures end up in the summary.
  package func run(
    warn: @escaping @Sendable (String) -> Void, progress: (RunProgress) -> Void
  ) throws(PipelineError) -> RunSummary {
    let threads = configuration.threads ?? availableProcessors()
    if let input = configuration.input, PictureFolder.isFolder(input) {
      return try FolderRun(
        configuration, threads: threads,
        leaving: leaving, isCancelled: { self.wasCancelled.load(ordering: .relaxed) }, warn: warn
      ).run(progress: progress)
    }
    do throws(ConfigurationError) {
      try Preflight.check(configuration)
    } catch {
      throw .configuration(error)
    }
    let faces = try openFaces(threads: threads)
    return try process(faces: faces, warn: warn, progress: progress)
  }

  /// Runs a configuration that was checked, one input from its beginning to its end.
  ///
  /// - Parameter records: Takes the records; `nil` writes the track files of the configuration.
  /// - Throws: What kept the run from starting.
  func process(
    faces: FaceSource, records: (any RecordSink)? = nil,
    warn: @escaping @Sendable (String) -> Void, progress: (RunProgress) -> Void
  ) throws(PipelineError) -> RunSummary {
    let threads = configuration.threads ?? availableProcessors()
    let state = RunState(warn: warn)
    defer { monitor?.end() }
    let connector = InputConnector(
      configuration, threads: threads, interruption: interruption, state: state)
    let sinks = LiveSinks(configuration, isWatched: monitor != nil, state: state)
    let source: Source
    do throws(MediaError) {
      source = try open(connector, sinks: sinks, state: state)
    } catch {
      throw .media(error)
    }
    let pace = LinePace(
      patienceSeconds: source.configuration.readsLive ? configuration.live.timeout : nil,
      leaving: leaving, warn: warn)
    var files: TrackFiles?
    if records == nil, !configuration.tracks.isEmpty {
      files = TrackFiles(source.configuration, pace: pace, sinks: sinks) { statistics in
        state.update { $0.trackFiles = statistics }
      }
    }
    return supervise(
      source, connector: connector, faces: faces, threads: threads, records: records ?? files,
      sinks: sinks, pace: pace, state: state, progress: progress)
  }

  /// What a run reads from and writes to.
  private struct Source {
    /// With what is known of the input since it is open.
    let configuration: Configuration
    let input: InputConnector.Connection
    let outputs: OutputGroup?
  }

  /// Where the faces of a run come from.
  enum FaceSource {
    case search(LoadedModel)
    case records(RecordReader)
  }

  private func openFaces(threads: Int) throws(PipelineError) -> FaceSource {
    if let path = configuration.tracksFrom { return .records(try RecordReader(path: path)) }
    if let detector { return .search(LoadedModel(detector: detector, digest: "")) }
    return .search(try LoadedModel(configuration.detectForTracking, threads: threads))
  }

  private func open(
    _ connector: InputConnector, sinks: LiveSinks, state: RunState
  ) throws(MediaError) -> Source {
    let input = try connector.connectFirst()
    let demuxer = input.demuxer
    var configuration = configuration
    configuration.live.isInput = demuxer.isLive
    // Without outputs, frames are drawn for those who watch.
    guard !configuration.outputs.isEmpty || monitor != nil else {
      return Source(configuration: configuration, input: input, outputs: nil)
    }
    // Outputs are not interrupted with the input: their trailers are still to be written.
    let outputs = try OutputGroup(
      configuration.outputOptions(isStillPicture: demuxer.isStillPicture), leaving: leaving
    ) { [interruption] event in
      switch event {
      case .warning(let sentence): state.addWarning(sentence)
      case .failed(let error):
        if !sinks.goOn(without: .media(error)) { interruption.raise() }
      case .incomplete(let error): state.fail(.media(error))
      }
    }
    let warnings = try outputs.addCopies(from: demuxer, withPictures: !configuration.hidesFaces)
    for warning in warnings { state.addWarning(warning) }
    if let start = demuxer.arbitraryStartSeconds, !outputs.isEmpty {
      outputs.shiftTimestamps(bySeconds: start)
      state.addWarning(
        "the input's clock starts at \(Int(start)) s; the output starts at 0, the tracks keep the "
          + "input's timestamps")
    }
    return Source(configuration: configuration, input: input, outputs: outputs)
  }

  private func supervise(
    _ source: Source, connector: InputConnector, faces: FaceSource, threads: Int,
    records: (any RecordSink)?, sinks: LiveSinks, pace: LinePace, state: RunState,
    progress: (RunProgress) -> Void
  ) -> RunSummary {
    let isLive = source.input.demuxer.isLive
    if isLive { state.recordLatency() }
    let drops: Bool =
      switch configuration.buffer.whenFull {
      case .auto: isLive
      case .dropOldest: true
      case .wait: false
      }
    let frames = RingBuffer<DecodedFrame>(
      capacity: configuration.buffer.capacity, whenFull: drops ? .dropOldest : .wait)
    let link = source.outputs.map { _ in OutputLink(isLive: isLive) }
    monitor?.begin(
      update: { $0.update(state.snapshot, drops: frames.statistics.drops) },
      latency: state.latency)
    let input = InputStage(
      source.input, connector: connector, live: configuration.live, outputs: source.outputs,
      frames: frames, interruption: interruption, state: state)

    let started = ContinuousClock.now
    let stages = StageThreads()
    stages.start("input") { input.run() }
    let (configuration, interruption) = (source.configuration, interruption)
    let monitor = monitor
    stages.start("analysis") {
      switch faces {
      case .search(let model):
        AnalysisStage(
          configuration: configuration, detector: model.detector, modelDigest: model.digest,
          records: records, input: frames, output: link, state: state, monitor: monitor, pace: pace,
          sinks: sinks
        ).run()
      case .records(let reader):
        guard let link else { preconditionFailure("tracks are drawn into a video") }
        ReplayStage(
          configuration: configuration, reader: reader, input: frames, output: link,
          interruption: interruption, state: state, monitor: monitor
        ).run()
      }
      // Nobody analyses any more: the input need not go on.
      interruption.raise()
    }
    if let outputs = source.outputs, let link {
      stages.start("output") {
        OutputStage(
          configuration: configuration, demuxer: source.input.demuxer, outputs: outputs, link: link,
          interruption: interruption, state: state, monitor: monitor
        ).run()
      }
    }

    func report() -> RunProgress {
      let values = state.snapshot
      let elapsed = ContinuousClock.now - started
      return RunProgress(
        frames: values.analyzedFrames, faces: values.detections, drops: frames.statistics.drops,
        elapsedSeconds: elapsed / .seconds(1),
        positionSeconds: values.position - (values.firstPosition ?? values.position),
        connection: values.connection,
        totalSeconds: isLive ? nil : source.input.demuxer.durationSeconds,
        searchedShare: values.searchedShare, latencySeconds: state.latency?.recentMedianSeconds)
    }
    while !stages.wait(seconds: Self.progressInterval) {
      // Frames that nobody has looked at yet are not waited for either.
      if leaving.isRaised { frames.cancel() }
      if let outputs = source.outputs { state.update { $0.outputs = outputs.statistics } }
      monitor?.sample()
      progress(report())
    }
    return summary(
      state.snapshot, progress: report(), threads: threads, buffer: frames.statistics,
      latency: state.latency?.snapshot)
  }

  private func summary(
    _ values: RunState.Values, progress: RunProgress, threads: Int,
    buffer: RingBufferStatistics, latency: LatencySnapshot?
  ) -> RunSummary {
    let ending: RunSummary.Ending
    if let failure = values.failure {
      ending = .failed(failure)
    } else if wasCancelled.load(ordering: .relaxed) {
      ending = .interrupted
    } else if values.analyzedFrames == 0 {
      ending = .failed(.noFrames(path: configuration.input ?? "-"))
    } else {
      ending = values.damageCount > 0 ? .damaged : .complete
    }
    return RunSummary(
      ending: ending, progress: progress, threads: threads, writtenFrames: values.writtenFrames,
      predictedFrames: values.predictedFrames,
      damagedFrames: values.damagedFrames, repairedTimestamps: values.repairedTimestamps,
      clockJumps: values.clockJumps, reconnects: values.reconnects,
      rejectedPackets: values.rejectedPackets, outputs: values.outputs,
      identities: values.identities,
      missingPoses: values.missingPoses, reviews: values.reviews,
      damageCount: values.damageCount, damageExamples: values.damageExamples,
      buffer: buffer, latency: latency)
  }
}
