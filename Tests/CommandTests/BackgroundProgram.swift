import Foundation

/// A program that runs beside the test, with its output in files; it is killed when it is let go of.
final class BackgroundProgram {
  private let process = Process()
  private let messagesURL: URL

  /// - Parameters:
  ///   - program: Found by `PATH` unless it is a path.
  ///   - name: Of the file for standard error, in the folder.
  init(
    _ program: String, _ arguments: [String], in folder: URL, messages name: String = "messages"
  ) throws {
    messagesURL = folder.appending(path: name)
    _ = FileManager.default.createFile(atPath: messagesURL.path, contents: nil)
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: messagesURL)
    try process.run()
  }

  deinit { end() }

  /// What it has written to standard error so far.
  var messages: String { (try? String(contentsOf: messagesURL, encoding: .utf8)) ?? "" }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Ends it as a power cut would.
  func end() {
    if process.isRunning { send(SIGKILL) }
    process.waitUntilExit()
  }

  var isRunning: Bool { process.isRunning }

  /// Waits for the end and returns the exit status as shells do.
  func status() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }
}
