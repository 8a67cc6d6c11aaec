import Foundation
import TestSupport
import Testing

/// The program on a live input, with what it says.
final class LiveOutputRun {
  private let program: BackgroundProgram

  /// - Parameters:
  ///   - output: What takes standard output.
  ///   - fileLimit: Kilobytes to which files may grow.
  init(
    _ arguments: [String], in place: Workplace, output: Pipe? = nil, fileLimit: Int? = nil
  ) throws {
    // With the signal ignored, writing beyond the limit fails instead.
    let limit = fileLimit.map { "trap '' XFSZ; ulimit -f \($0); " } ?? ""
    program = try BackgroundProgram(
      "bash", ["-c", limit + "exec \"$0\" \"$@\"", facestreamPath] + arguments,
      in: place.folder.url, output: output)
  }

  var said: String { program.messages }

  func send(_ signal: Int32) { program.send(signal) }

  /// Asks the run to stop, once, and waits for its end.
  ///
  /// - Returns: The exit status as shells see it.
  func stop() async throws -> Int32? {
    send(SIGINT)
    return try await status()
  }

  /// Waits for the end.
  func status() async throws -> Int32? { try await program.status() }
}

extension Workplace {
  /// Frames whose records are written, without the header's line.
  func rows(_ name: String = "t.jsonl") -> Int {
    max(0, ((try? bytes(name).count { $0 == UInt8(ascii: "\n") }) ?? 0) - 1)
  }

  /// The files of the folder with an ending, by name.
  func names(ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      .filter { $0.hasSuffix(ending) }.sorted()
  }
}
