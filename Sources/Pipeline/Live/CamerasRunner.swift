import Detection
import Foundation
import Media
import Synchronization

/// Runs several inputs side by side: a pipeline each, and one network at which they take turns.
///
/// Each input is opened on a thread of its own, which then watches over its stages; so one that does not
/// open, stalls or ends leaves the others alone. Each waits for the network with at most one frame, and
/// turns go by arrival: no input can keep another from its turn, and one without frames costs nothing.
///
/// `threads` is what all have together: the network runs on so many, and each decoder, and the encoder of a
/// live input unless it is told otherwise, gets its share, at least one. Files keep the encoder's usual
/// number, because it is part of the result.
package final class CamerasRunner: Sendable {
  private let cameras: [Configuration]
  private let runners: [PipelineRunner]
  /// One for each input, or none.
  private let monitors: [CameraMonitor]
  /// Of all inputs together.
  private let threads: Int
  /// What finds faces instead of the network, in tests.
  private let detector: (any FaceDetector)?
  private let wasCancelled = Atomic<Bool>(false)
  private let reports: Mutex<Reports>

  private struct Reports {
    var progress: [CameraProgress]
    var summaries: [CameraSummary?]
  }

  /// How often progress is reported.
  private static let progressInterval = 0.2
  /// How long after being cancelled the run waits for an input that is still being opened: the system
  /// may hold it without end, as a named pipe nobody writes to.
  private static let openingGrace = Duration.seconds(1)

  /// - Parameter monitors: Shown what the runs do: one for each input, or none.
  /// - Precondition: the names differ.
  package convenience init(_ cameras: [Configuration], monitors: [CameraMonitor] = []) {
    self.init(cameras, detector: nil, monitors: monitors)
  }

  /// Makes a runner for tests that finds faces with another detector than the network.
  init(
    _ cameras: [Configuration], detector: (any FaceDetector)?, monitors: [CameraMonitor] = []
  ) {
    precondition(Set(cameras.map(\.name)).count == cameras.count, "names of inputs must differ")
    self.detector = detector
    self.monitors = monitors
    threads = cameras.first?.threads ?? availableProcessors()
    self.cameras = Self.sharing(threads: threads, among: cameras)
    runners = self.cameras.enumerated().map { index, camera in
      PipelineRunner(
        configuration: camera, monitor: monitors.isEmpty ? nil : monitors[index])
    }
    reports = Mutex(
      Reports(
        progress: cameras.map {
          CameraProgress(name: $0.name, connection: .connecting, run: .none)
        },
        summaries: cameras.map { _ in nil }))
  }

  /// Each input with its share of the threads.
  static func sharing(threads: Int, among cameras: [Configuration]) -> [Configuration] {
    let share = share(of: threads, among: cameras)
    return cameras.map { camera in
      var camera = camera
      camera.threads = share
      return camera
    }
  }

  private static func share(of threads: Int, among cameras: [Configuration]) -> Int {
    max(1, threads / max(1, cameras.count))
  }

  /// Stops reading all inputs; what was read is finished and written. Callable from any thread.
  package func cancel() {
    wasCancelled.store(true, ordering: .relaxed)
    for runner in runners { runner.cancel() }
  }

  /// Runs until every input has ended or failed, or `cancel()` is called.
  ///
  /// - Parameters:
  ///   - warn: Receives an input's name and one sentence a warning, on any thread.
  ///   - ended: Receives what an input came to as soon as it has, on any thread.
  ///   - progress: Called on the caller's thread several times a second.
  /// - Throws: What kept all of them from starting. What happens to one ends up in its summary.
  package func run(
    warn: @escaping @Sendable (_ camera: String, _ sentence: String) -> Void,
    ended: @escaping @Sendable (CameraSummary) -> Void,
    progress: ([CameraProgress]) -> Void
  ) throws(PipelineError) -> CamerasSummary {
    do throws(ConfigurationError) {
      try Preflight.check(cameras: cameras)
    } catch {
      throw .configuration(error)
    }
    let models = try loadModels()
    let started = ContinuousClock.now
    let workers = StageThreads()
    for (index, model) in models.enumerated() {
      workers.start(cameras[index].name) {
        self.work(on: index, model: model, warn: warn, ended: ended)
      }
    }
    var cancelled: ContinuousClock.Instant?
    while !workers.wait(seconds: Self.progressInterval) {
      progress(reports.withLock { $0.progress })
      guard wasCancelled.load(ordering: .relaxed) else { continue }
      cancelled = cancelled ?? .now
      if let cancelled, ContinuousClock.now - cancelled > Self.openingGrace, onlyOpeningRemain {
        break
      }
    }
    return CamerasSummary(
      cameras: reports.withLock { reports in
        cameras.indices.map { reports.summaries[$0] ?? Self.nothing(of: cameras[$0], .interrupted) }
      },
      elapsedSeconds: (ContinuousClock.now - started) / .seconds(1), threads: threads)
  }

  /// A detector for each input, all with one network; `nil` where records say where the faces are.
  private func loadModels() throws(PipelineError) -> [LoadedModel?] {
    var network: LoadedNetwork?
    var models: [LoadedModel?] = []
    for camera in cameras {
      if camera.tracksFrom != nil {
        models.append(nil)
      } else if let detector {
        models.append(LoadedModel(detector: detector, digest: ""))
      } else {
        let detect = camera.detectForTracking
        let loaded =
          if let network { network } else { try LoadedNetwork(detect, threads: threads) }
        network = loaded
        models.append(try LoadedModel(detect, of: loaded))
      }
    }
    return models
  }

  /// Whether every input has either ended or never got anywhere.
  private var onlyOpeningRemain: Bool {
    reports.withLock { reports in
      reports.summaries.indices.allSatisfy {
        reports.summaries[$0] != nil || reports.progress[$0].connection == .connecting
      }
    }
  }

  // MARK: - One input, on its own thread

  private func work(
    on index: Int, model: LoadedModel?,
    warn: @escaping @Sendable (_ camera: String, _ sentence: String) -> Void,
    ended: @Sendable (CameraSummary) -> Void
  ) {
    let camera = cameras[index]
    let summary: CameraSummary
    do throws(PipelineError) {
      let faces: PipelineRunner.FaceSource =
        if let model { .search(model) } else { .records(try records(of: camera)) }
      let run = try runners[index].process(
        faces: faces, warn: { warn(camera.name, $0) },
        progress: { run in
          reports.withLock {
            $0.progress[index].run = run
          }
        })
      summary = CameraSummary(name: camera.name, hasBegun: true, run: run)
    } catch {
      // An opening that was interrupted is no failure.
      let isInterrupted = wasCancelled.load(ordering: .relaxed)
      summary = Self.nothing(of: camera, isInterrupted ? .interrupted : .failed(error))
      // Also of what failed before its run, which would have ended it, began.
      if !monitors.isEmpty { monitors[index].end() }
    }
    reports.withLock {
      $0.progress[index].run = summary.run.progress
      $0.progress[index].run.connection = .ended
      $0.summaries[index] = summary
    }
    ended(summary)
  }

  private func records(of camera: Configuration) throws(PipelineError) -> RecordReader {
    guard let path = camera.tracksFrom else { preconditionFailure("there is no detector") }
    return try RecordReader(path: path)
  }

  /// The summary of an input that never began.
  private static func nothing(
    of camera: Configuration, _ ending: RunSummary.Ending
  ) -> CameraSummary {
    CameraSummary(
      name: camera.name, hasBegun: false,
      run: RunSummary(
        ending: ending, progress: .none, threads: 0, writtenFrames: 0, damagedFrames: 0))
  }
}

extension RunProgress {
  /// Of a run that has not begun.
  fileprivate static let none = RunProgress(
    frames: 0, faces: 0, drops: 0, elapsedSeconds: 0, positionSeconds: 0)
}
