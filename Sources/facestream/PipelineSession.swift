import Evaluation
import Foundation
import Media
import Pipeline
import Serving

/// One run as the terminal sees it: signals in, progress and summary out, exit status at the end.
final class PipelineSession: Sendable {
  private let runner: PipelineRunner
  private let configuration: Configuration
  /// What the server shows; none without one.
  private let cameras: [CameraMonitor]
  private let destination: String
  /// The names that may hold a password.
  private let names: [String]
  /// Whether there is a video to be written, besides tracks or alone.
  private let hasVideo: Bool
  private let isQuiet: Bool

  init(_ configuration: Configuration, isQuiet: Bool) {
    var configuration = configuration
    configuration.adoptToken(from: ProcessInfo.processInfo.environment)
    self.configuration = configuration
    cameras =
      configuration.serving.address == nil ? [] : [CameraMonitor(name: configuration.name)]
    runner = PipelineRunner(configuration: configuration, monitor: cameras.first)
    names = [configuration.input].compactMap { $0 } + configuration.outputs
    let destinations =
      configuration.outputs + [configuration.crops.folder].compactMap { $0 } + configuration.tracks
    destination = (destinations.isEmpty ? [configuration.input ?? "-"] : destinations)
      .map(withoutPassword).joined(separator: ", ")
    hasVideo = !configuration.outputs.isEmpty
    self.isQuiet = isQuiet
  }

  /// Runs to the end.
  ///
  /// - Throws: `Failure`, or an `ExitStatus` other than `done`.
  func run() throws {
    let signals = StopSignals { [runner] in runner.cancel() }
    defer { signals.ignore() }
    let server = try startServer(configuration, cameras: cameras, isQuiet: isQuiet)
    defer { server?.stop() }

    let line = ProgressLine(isSilent: isQuiet)
    let summary: RunSummary
    do throws(PipelineError) {
      summary = try runner.run(
        warn: { [names] in
          line.interrupt(with: "facestream: warning: \(withoutPasswords($0, of: names))\n")
        },
        progress: { line.show($0) })
    } catch {
      if let status = signals.status { throw status }
      throw Failure(
        message: withoutPasswords(error.description, of: names), status: error.exitStatus)
    }
    line.finish()
    if !isQuiet && (!summary.hasFailed || hasResult(summary)) {
      printToStandardError(summaryText(summary))
    }
    switch summary.ending {
    case .complete: return
    case .damaged:
      report(summary.damageExamples, count: summary.damageCount)
      throw ExitStatus.inputDamaged
    case .interrupted: throw signals.status ?? .interrupted
    case .failed(let error):
      report(summary.damageExamples, count: summary.damageCount)
      throw Failure(
        message: withoutPasswords(error.description, of: names),
        status: error.exitStatusWhileRunning)
    }
  }

  /// Whether anything was written that a summary could speak of.
  private func hasResult(_ summary: RunSummary) -> Bool {
    hasVideo ? summary.writtenFrames > 0 : summary.progress.frames > 0
  }

  private func report(_ examples: [String], count: Int) {
    guard count > 0 else { return }
    printWarning(withoutPasswords(Self.damageText(examples, count: count), of: names))
  }

  /// What is said of an input that was damaged.
  static func damageText(_ examples: [String], count: Int) -> String {
    let more = count > examples.count ? " (\(count) in all)" : ""
    return "damaged input: " + examples.joined(separator: "; ") + more
  }

  private func summaryText(_ summary: RunSummary) -> String {
    let progress = summary.progress
    if progress.totalPictures != nil { return folderText(summary) }
    var text = "\(destination): \(counted(progress.frames, "frame")), "
    text += "\(counted(progress.faces, "face")), "
    text += counted(summary.identities, "identity", "identities")
    text += " in \(decimals(progress.elapsedSeconds, 1)) s "
    text += "on \(counted(summary.threads, "thread")) "
    text += "(\(decimals(progress.framesPerSecond, 1)) fps, \(decimals(progress.speed, 2))x)\n"
    if let buffer = summary.buffer {
      text += "buffer: at most \(buffer.highWaterMark) of \(counted(buffer.capacity, "frame")), "
      text += "\(counted(buffer.fullWaits, "wait")) when full, \(buffer.emptyWaits) when empty, "
      text += "\(counted(buffer.drops, "frame")) dropped\n"
    }
    if summary.predictedFrames > 0 {
      text += "searched \(progress.frames - summary.predictedFrames) of \(progress.frames) frames "
      text += "for faces, predicted the others\n"
    }
    if let latency = summary.latency, latency.endToEnd.count > 0 { text += latencyText(latency) }
    let remarks = Self.remarks(on: summary)
    if !remarks.isEmpty { text += "note: " + remarks.joined(separator: ", ") + "\n" }
    return text
  }

  /// What is unusual about a run, and worth a word at its end.
  static func remarks(on summary: RunSummary) -> [String] {
    var remarks: [String] = []
    if summary.damagedFrames > 0 {
      remarks.append(counted(summary.damagedFrames, "frame") + " damaged")
    }
    if summary.repairedTimestamps > 0 {
      remarks.append(
        counted(summary.repairedTimestamps, "timestamp") + " missing or not rising, repaired")
    }
    if summary.clockJumps > 0 {
      remarks.append(
        counted(summary.clockJumps, "jump") + " of the input's clock joined")
    }
    if summary.reconnects > 0 {
      let times = summary.reconnects == 1 ? "once" : "\(summary.reconnects) times"
      remarks.append("connected anew \(times)")
    }
    if summary.rejectedPackets > 0 {
      remarks.append(
        counted(summary.rejectedPackets, "copied packet") + " refused by the container")
    }
    for output in summary.outputs {
      let reconnects =
        output.reconnects == 1 ? "reconnected once" : "reconnected \(output.reconnects) times"
      let parts = [
        output.reconnects > 0 ? reconnects : nil,
        output.droppedPackets > 0 ? "\(output.droppedPackets) frames left out" : nil,
      ].compactMap { $0 }
      if parts.isEmpty { continue }
      remarks.append("\(withoutPassword(output.path)) \(parts.joined(separator: " and "))")
    }
    if summary.missingPoses.total > 0 {
      remarks.append(
        counted(summary.missingPoses.total, "face") + " without a pose "
          + "(\(summary.missingPoses.description))")
    }
    if summary.reviews.total > 0 { remarks.append("to check: \(summary.reviews.description)") }
    return remarks
  }

  private func latencyText(_ latency: LatencySnapshot) -> String {
    let all = latency.endToEnd
    // By the camera's clock only where it told the time of most frames.
    let start = 2 * latency[.network].count > all.count ? "capture" : "arrival"
    let stages = latency.stages.filter { $0.summary.count > 0 }
      .map { "\($0.stage.rawValue) \(milliseconds($0.summary.median))" }
    return "latency from \(start) to output: \(Self.percentiles(of: all)), "
      + "at most \(milliseconds(all.maximum)); " + stages.joined(separator: ", ") + " ms (p50)\n"
  }

  /// Such as `94 / 180 / 315 ms (p50 / p95 / p99)`.
  static func percentiles(of summary: LatencySummary) -> String {
    let seconds = [summary.median, summary.percentile95, summary.percentile99]
    return seconds.map(milliseconds).joined(separator: " / ") + " ms (p50 / p95 / p99)"
  }

  private func folderText(_ summary: RunSummary) -> String {
    let progress = summary.progress
    var text = "\(destination): \(counted(summary.writtenFrames, "picture")), "
    text += "\(counted(progress.faces, "face")) in \(decimals(progress.elapsedSeconds, 1)) s "
    text += "on \(counted(summary.threads, "thread")) "
    text += "(\(decimals(progress.framesPerSecond, 1)) a second)\n"
    var remarks: [String] = []
    if summary.damagedFrames > 0 {
      remarks.append(counted(summary.damagedFrames, "picture") + " damaged or unreadable")
    }
    if summary.skippedFiles > 0 {
      remarks.append(counted(summary.skippedFiles, "other file") + " skipped")
    }
    if summary.reviews.total > 0 { remarks.append("to check: \(summary.reviews.description)") }
    if !remarks.isEmpty { text += "note: " + remarks.joined(separator: ", ") + "\n" }
    return text
  }
}

/// A number of things, such as `1 frame` or `2 frames`.
///
/// - Parameter plural: Where that is not the noun with an s.
func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}

extension PipelineError {
  /// Before anything ran.
  var exitStatus: ExitStatus {
    switch self {
    case .configuration(.cannotWrite): .failed
    case .configuration, .detection, .cannotReadTracks, .tracksOfAnotherInput: .wrongUsage
    case .media(let error):
      switch error {
      case .cannotOpen, .unsupportedInput, .notAuthorized, .silent, .lost, .notVideo,
        .pictureTooLarge, .unsupportedCodec, .damaged, .unsupportedPicture:
        .inputUnusable
      case .unknownContainer, .unknownOutputFormat, .unknownEncoder, .encoderOption: .wrongUsage
      case .cannotEncode, .cannotWrite, .outOfMemory: .failed
      }
    case .evaluation(.cannotWrite): .failed
    case .evaluation: .inputUnusable
    case .cannotWriteTracks, .unreliableFrame, .unreliablePicture, .tooManyErrors: .failed
    case .noFrames, .noPictures: .inputUnusable
    }
  }

  /// After frames began to flow: an input that turns unusable then is a run that failed.
  var exitStatusWhileRunning: ExitStatus {
    switch self {
    case .noFrames: .inputUnusable
    case .configuration(.cannotWrite): .failed
    case .media(.unknownEncoder), .media(.encoderOption), .media(.unknownContainer),
      .media(.unknownOutputFormat),
      .configuration, .cannotReadTracks, .tracksOfAnotherInput:
      .wrongUsage
    default: .failed
    }
  }
}
