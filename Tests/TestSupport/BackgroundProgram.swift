package import Foundation
import Synchronization

/// A program that runs beside the tests, with what it says in files; it is killed when it is let go of.
package final class BackgroundProgram: Sendable {
  private let process = Process()
  /// Holds what the program says.
  private let record: TemporaryFolder
  private let times = Mutex<(signal: ContinuousClock.Instant?, end: ContinuousClock.Instant?)>(
    (nil, nil))

  /// - Parameters:
  ///   - program: Found by `PATH` unless it is a path.
  ///   - folder: In which it runs; `nil` for that of the tests.
  ///   - output: What takes its standard output; `nil` keeps it as `output`.
  ///   - environment: Variables beside those of the tests.
  /// - Throws: When it cannot be started.
  package init(
    _ program: String, _ arguments: [String], in folder: URL? = nil, output: Pipe? = nil,
    environment: [String: String] = [:]
  ) throws {
    record = try TemporaryFolder()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    if let folder { process.currentDirectoryURL = folder }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? Self.newFile(record.path("output"))
    process.standardError = try Self.newFile(record.path("messages"))
    // Not on a thread of the tests, which may be busy.
    process.terminationHandler = { [weak self] _ in self?.times.withLock { $0.end = .now } }
    try process.run()
  }

  deinit { end() }

  private static func newFile(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(filePath: path))
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: record.path(name), encoding: .utf8)) ?? ""
  }

  /// What it has written to standard error so far.
  package var messages: String { text("messages") }

  /// What it has written to standard output so far.
  package var output: String { text("output") }

  package var isRunning: Bool { process.isRunning }

  package func send(_ signal: Int32) {
    times.withLock { $0.signal = .now }
    kill(process.processIdentifier, signal)
  }

  /// How long it went on after the last signal, however late a test looks; `nil` before its end is known.
  package var leavingTime: Duration? {
    times.withLock { times in
      guard let signal = times.signal, let end = times.end else { return nil }
      return end - signal
    }
  }

  /// Keeps it from doing anything, its connections staying open; or lets it go on.
  package func freeze(_ isFrozen: Bool) { send(isFrozen ? SIGSTOP : SIGCONT) }

  /// Ends it as a power cut would.
  package func end() {
    if process.isRunning { send(SIGKILL) }
    // Foundation's own waiting keeps a processor busy.
    while process.isRunning { usleep(1_000) }
  }

  /// Waits for the end, while other tests go on.
  ///
  /// - Returns: The exit status as shells do; `nil` when it does not end within two minutes.
  package func status() async throws -> Int32? {
    guard try await comesTrue({ !process.isRunning }) else { return nil }
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }

  /// Memory it holds at the moment, `nil` once it ended.
  package var residentBytes: Int? {
    let status = try? String(
      contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
      $0 * 1024
    }
  }

  /// Threads it has at the moment, 0 once it ended.
  package var threadCount: Int {
    let tasks = "/proc/\(process.processIdentifier)/task"
    return (try? FileManager.default.contentsOfDirectory(atPath: tasks).count) ?? 0
  }
}
