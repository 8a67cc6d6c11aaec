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
    let server = try checkedServer()
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

  /// Begins to serve a run that is not refused.
  private func checkedServer() throws(Failure) -> HTTPServer? {
    guard configuration.serving.address != nil else { return nil }
    do throws(PipelineError) {
      try checkRun(configuration)
    } catch {
      throw Failure(
        message: withoutPasswords(error.description, of: names), status: error.exitStatus)
    }
    return try startServer(configuration, cameras: cameras, isQuiet: isQuiet)
  }

  /// Whether anything was written that a summary could speak of.
  private func hasResult(_ summary: RunSummary) -> Bool {
    hasVideo ? summary.writtenFrames > 0 : summary.progress.frames > 0
  }

  private func report(_ examples: [String], count: Int) {
    guard count > 0 else { return }
    printWarning(withoutPasswords(Self.damageText(examples, count: count), of: names))
  }

  private func summaryText(_ summary: RunSummary) -> String {
    let progress = summary.progress
    if progress.totalPictures != nil { return folderText(summary) }
    var text = "\(destination): " + Self.workText(summary, threads: summary.threads) + "\n"
    if let buffer = summary.buffer {
      text += "buffer: at most \(buffer.highWaterMark) of \(counted(buffer.capacity, "frame")), "
      text += "\(counted(buffer.fullWaits, "wait")) when full, \(buffer.emptyWaits) when empty, "
      text += "\(counted(buffer.drops, "frame")) dropped\n"
    }
    if summary.predictedFrames > 0 {
      text += "searched \(progress.frames - summary.predictedFrames) of \(progress.frames) frames "
      text += "for faces, predicted the others\n"
    }
    if let latency = summary.latency, latency.endToEnd.count > 0 {
      text += Self.latencyText(latency) + "\n"
    }
    let remarks = Self.remarks(on: summary)
    if !remarks.isEmpty { text += "note: " + remarks.joined(separator: ", ") + "\n" }
    return text
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
