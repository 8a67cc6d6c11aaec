import Foundation
import Media
import Pipeline
import Serving

/// One run of several inputs as the terminal sees it: whatever is said of one of them carries its name.
final class CamerasSession: Sendable {
  private let runner: CamerasRunner
  private let configurations: [Configuration]
  private let cameras: [String: Camera]
  /// Of all inputs: the keys of the server are the same in each.
  private let configuration: Configuration
  /// What the server shows; none without one.
  private let monitors: [CameraMonitor]
  private let isQuiet: Bool

  /// What messages need to know of an input.
  private struct Camera {
    /// The names that may hold a password.
    var names: [String]
    var destination: String
  }

  /// - Precondition: There is at least one.
  init(_ cameras: [Configuration], isQuiet: Bool) {
    var configuration = cameras[0]
    configuration.adoptToken(from: ProcessInfo.processInfo.environment)
    self.configuration = configuration
    let cameras = cameras.map { camera in
      var camera = camera
      camera.serving = configuration.serving
      return camera
    }
    monitors =
      configuration.serving.address == nil ? [] : cameras.map { CameraMonitor(name: $0.name) }
    runner = CamerasRunner(cameras, monitors: monitors)
    configurations = cameras
    self.cameras = Dictionary(
      uniqueKeysWithValues: cameras.map { camera in
        let written =
          camera.outputs + [camera.crops.folder].compactMap { $0 } + camera.tracks
        return (
          camera.name,
          Camera(
            names: [camera.input].compactMap { $0 } + camera.outputs,
            destination: written.map(withoutPassword).joined(separator: ", "))
        )
      })
    self.isQuiet = isQuiet
  }

  /// Runs until all inputs have ended.
  ///
  /// - Throws: `Failure`, or an `ExitStatus` other than `done`.
  func run() throws {
    let signals = StopSignals { [runner] in runner.cancel() }
    defer { signals.ignore() }
    let server = try checkedServer()
    defer { server?.stop() }

    let line = ProgressLine(isSilent: isQuiet)
    var text = CamerasProgressText()
    let summary: CamerasSummary
    do throws(PipelineError) {
      summary = try runner.run(
        warn: { [self] camera, sentence in
          line.interrupt(with: "facestream: warning: \(shown(sentence, of: camera))\n")
        },
        ended: { [self] camera in
          for message in messages(on: camera) { line.interrupt(with: message + "\n") }
        },
        progress: { cameras in
          text.add(cameras)
          line.show { width in text.line(within: width) }
        })
    } catch {
      if let status = signals.status { throw status }
      throw failure(error)
    }
    line.finish()
    if !isQuiet { printToStandardError(summaryText(summary)) }
    let status = Self.status(of: summary.cameras, stoppedBy: signals.status)
    if status != .done { throw status }
  }

  /// Begins to serve a run that is not refused.
  private func checkedServer() throws(Failure) -> HTTPServer? {
    guard configuration.serving.address != nil else { return nil }
    do throws(PipelineError) {
      try checkRun(cameras: configurations)
    } catch {
      throw failure(error)
    }
    return try startServer(configuration, cameras: monitors, isQuiet: isQuiet)
  }

  private func failure(_ error: PipelineError) -> Failure {
    let names = cameras.values.flatMap(\.names)
    return Failure(
      message: withoutPasswords(error.description, of: names), status: error.exitStatus)
  }

  /// What a run ends with. Stopped by a signal: that of the signal, but 1 when an output failed for good, as
  /// with one input. Otherwise: 1 when an input failed while others did not, or that of which all failed; 4
  /// when one was damaged.
  static func status(
    of cameras: [CameraSummary], stoppedBy signal: ExitStatus? = nil
  ) -> ExitStatus {
    if let signal { return cameras.contains(where: \.run.hasFailedOutput) ? .failed : signal }
    var failures: [ExitStatus] = []
    for camera in cameras {
      guard case .failed(let error) = camera.run.ending else { continue }
      failures.append(camera.hasBegun ? error.exitStatusWhileRunning : error.exitStatus)
    }
    if let first = failures.first {
      let isAll = failures.count == cameras.count && failures.allSatisfy { $0 == first }
      return isAll ? first : .failed
    }
    return cameras.contains { $0.run.ending == .damaged } ? .inputDamaged : .done
  }

  // MARK: - Messages

  private func shown(_ sentence: String, of camera: String) -> String {
    "\(camera): " + withoutPasswords(sentence, of: cameras[camera]?.names ?? [])
  }

  /// What is said as soon as an input has ended.
  private func messages(on camera: CameraSummary) -> [String] {
    var messages: [String] = []
    if camera.run.damageCount > 0 {
      let text = PipelineSession.damageText(
        camera.run.damageExamples, count: camera.run.damageCount)
      messages.append("facestream: warning: " + shown(text, of: camera.name))
    }
    if case .failed(let error) = camera.run.ending {
      messages.append("facestream: error: " + shown(error.description, of: camera.name))
    }
    return messages
  }

  private func summaryText(_ summary: CamerasSummary) -> String {
    var text = ""
    for camera in summary.cameras { text += lineText(camera) + "\n" }
    let total = summary.total
    text += counted(summary.cameras.count, "input") + ": "
    text += PipelineSession.workText(total, threads: summary.threads)
    return text + ", \(counted(total.drops, "frame")) dropped\n"
  }

  private func lineText(_ camera: CameraSummary) -> String {
    let progress = camera.run.progress
    let hasFailed = camera.run.hasFailed
    guard camera.hasBegun, progress.frames > 0 || !hasFailed else {
      return "\(camera.name): no frames" + (hasFailed ? ", failed" : "")
    }
    var text = "\(camera.name): \(cameras[camera.name]?.destination ?? ""): "
    text += PipelineSession.workText(camera.run)
    text += ", \(counted(progress.drops, "frame")) dropped"
    if let latency = camera.run.latency?.endToEnd, latency.count > 0 {
      text += ", latency \(PipelineSession.percentiles(of: latency))"
    }
    let remarks = PipelineSession.remarks(on: camera.run) + (hasFailed ? ["failed"] : [])
    if !remarks.isEmpty { text += "; note: " + remarks.joined(separator: ", ") }
    return text
  }
}
