import Foundation

/// A program that runs beside the test, with its output in files; it is killed when it is let go of.
final class BackgroundProgram {
  private let process = Process()
  private let messagesURL: URL

  /// - Parameters:
  ///   - program: Found by `PATH` unless it is a path.
  ///   - output: What becomes of standard output.
  ///   - name: Of the file for standard error, in the folder.
  init(
    _ program: String, _ arguments: [String], in folder: URL,
    output: Any = FileHandle.nullDevice, messages name: String = "messages"
  ) throws {
    messagesURL = folder.appending(path: name)
    _ = FileManager.default.createFile(atPath: messagesURL.path, contents: nil)
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
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

  /// As `status()`, but other tests go on meanwhile; -1 when it does not end within two minutes.
  func status() async throws -> Int32 {
    guard try await comesTrue({ !process.isRunning }) else { return -1 }
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }
}

/// As `becomesTrue`, but other tests go on meanwhile.
func comesTrue(_ condition: () throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(120)
  while ContinuousClock.now < deadline {
    if try condition() { return true }
    try await Task.sleep(for: .milliseconds(20))
  }
  return false
}
