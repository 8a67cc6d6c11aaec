package import Foundation

/// What a process that has ended left behind.
package struct ProcessResult: Sendable {
  package var status: Int32
  package var standardOutput: Data
  package var standardError: String

  package var text: String { String(decoding: standardOutput, as: UTF8.self) }
}

/// Starts a program, found by `PATH` unless it is a path, and waits for its end.
///
/// - Throws: When it cannot be started.
package func runProcess(
  _ program: String, _ arguments: [String], input: Data? = nil, in folder: URL? = nil
) throws -> ProcessResult {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  if let folder { process.currentDirectoryURL = folder }
  let (output, error) = (Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = error
  let standardInput = input.map { _ in Pipe() }
  process.standardInput = standardInput ?? FileHandle.nullDevice
  try process.run()
  if let input, let standardInput {
    // A program that ends early closes its end; that is for its status to say.
    try? standardInput.fileHandleForWriting.write(contentsOf: input)
    try? standardInput.fileHandleForWriting.close()
  }
  // Both pipes are drained at once, so that neither can fill up and stop the program.
  let collected = CollectedOutput()
  let reader = Thread { collected.set(error.fileHandleForReading.readDataToEndOfFile()) }
  reader.start()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  let errorText = String(decoding: collected.wait(), as: UTF8.self)
  process.waitUntilExit()
  return ProcessResult(
    status: process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus,
    standardOutput: data, standardError: errorText)
}

/// Hands data from one thread to another. `@unchecked Sendable`: `condition` guards `data`.
private final class CollectedOutput: @unchecked Sendable {
  private let condition = NSCondition()
  private var data: Data?

  func set(_ newData: Data) {
    condition.lock()
    data = newData
    condition.signal()
    condition.unlock()
  }

  func wait() -> Data {
    condition.lock()
    defer { condition.unlock() }
    while data == nil { condition.wait() }
    return data ?? Data()
  }
}
