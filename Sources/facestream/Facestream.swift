import ArgumentParser
import Foundation
import Pipeline

/// The command: arguments in, exit status out.
struct Facestream: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "facestream",
    abstract: "Finds every face in a video, follows it, and estimates where it looks.",
    discussion: """
      Examples:
        facestream annotate talk.mp4 -o annotated.mp4
        facestream annotate talk.mp4 -o annotated.mp4 --tracks faces.jsonl --tracks faces.csv
        facestream tracks talk.mp4 -o faces.jsonl
        facestream redact talk.mp4 -o hidden.mp4
        facestream run pipelines/rtsp-camera.yaml --input rtsp://camera/stream

      Exit status: 0 done, 1 failed while running, 2 wrong usage or configuration, 3 input not \
      usable, 4 done but parts of the input were damaged, 130 stopped with Ctrl-C, 143 with SIGTERM.
      """,
    version: "0.1.0",
    subcommands: [
      AnnotateCommand.self, TracksCommand.self, RedactCommand.self, RenderCommand.self,
      CropsCommand.self, RunCommand.self, ProbeCommand.self, BenchCommand.self,
      EvaluateCommand.self, ModelCommand.self,
    ])
}

@main
enum Main {
  static func main() {
    do {
      var command = try Facestream.parseAsRoot()
      try command.run()
    } catch {
      exit(report(error))
    }
  }

  /// Prints an error's sentence, or the help that was asked for.
  ///
  /// - Returns: The exit status.
  private static func report(_ error: any Error) -> Int32 {
    if let status = error as? ExitStatus { return status.rawValue }
    if let failure = error as? Failure {
      printError(failure.message)
      return failure.status.rawValue
    }
    if Facestream.exitCode(for: error) == .success {
      print(Facestream.fullMessage(for: error))
      return ExitStatus.done.rawValue
    }
    let message = Facestream.message(for: error)
      .split(whereSeparator: \.isNewline).first.map(String.init)
    printError((message ?? "wrong usage") + " (see facestream --help)")
    return ExitStatus.wrongUsage.rawValue
  }
}

/// What a command ends with, as the help lists it. Thrown to leave without a further message.
enum ExitStatus: Int32, Error {
  case done = 0
  case failed = 1
  case wrongUsage = 2
  case inputUnusable = 3
  case inputDamaged = 4
  /// 128 plus SIGINT, the shells' convention.
  case interrupted = 130
  /// 128 plus SIGTERM.
  case terminated = 143
}

/// An error with its sentence and exit status.
struct Failure: Error {
  var message: String
  var status: ExitStatus
}

/// Prints a sentence, without the passwords of its URLs, whoever wrote it.
func printError(_ message: String) {
  printToStandardError("facestream: error: \(withoutPasswords(message))\n")
}

/// Prints a sentence, without the passwords of its URLs.
func printWarning(_ message: String) {
  printToStandardError("facestream: warning: \(withoutPasswords(message))\n")
}

/// Writes a file, which is replaced as a whole.
///
/// - Throws: `Failure`.
func writeFile(_ text: String, to path: String) throws(Failure) {
  var status = stat()
  // A device or a pipe takes what is written; it must not be replaced by a file.
  let isFile = unsafe stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
  do {
    try Data(text.utf8).write(to: URL(filePath: path), options: isFile ? .atomic : [])
  } catch {
    let cause = (error as? CocoaError)?.underlying as? POSIXError
    let reason = cause.map { unsafe String(cString: strerror($0.code.rawValue)) }
    throw Failure(
      message: "cannot write '\(path)': \(reason ?? error.localizedDescription)", status: .failed)
  }
}

/// Prints whole lines, and gives whoever reads them a moment to take them.
func printToStandardError(_ text: String) {
  MessageOutput.standardError.write(text)
  MessageOutput.standardError.flush()
}
