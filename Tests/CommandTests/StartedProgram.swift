import Foundation

/// The program while it runs.
final class StartedProgram {
  private let process = Process()

  /// - Parameters:
  ///   - errors: A file in the folder that receives what it says; `nil` lets it go.
  ///   - environment: Variables beside those of the tests.
  init(
    _ arguments: [String], in folder: URL, errors: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [facestreamPath] + arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    if let errors {
      let file = folder.appending(path: errors)
      try Data().write(to: file)
      process.standardError = try FileHandle(forWritingTo: file)
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try process.run()
  }

  deinit {
    if process.isRunning { send(SIGKILL) }
    process.waitUntilExit()
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Memory it holds at the moment, `nil` once it ended.
  var residentBytes: Int? {
    let status = try? String(
      contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
      $0 * 1024
    }
  }

  /// Threads it has at the moment, 0 once it ended.
  var threadCount: Int {
    let tasks = "/proc/\(process.processIdentifier)/task"
    return (try? FileManager.default.contentsOfDirectory(atPath: tasks).count) ?? 0
  }

  /// Waits for the end and returns the exit status as shells do.
  func status() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }
}

/// Returns `false` when the condition does not come true within seconds.
func becomesTrue(_ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(120)
  while ContinuousClock.now < deadline {
    if try condition() { return true }
    usleep(5_000)
  }
  return false
}
