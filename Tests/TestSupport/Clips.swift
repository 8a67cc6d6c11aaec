import Foundation

/// Clips for tests, made by the `ffmpeg` command.
package enum Clips {
  /// Runs `ffmpeg` and insists that it succeeds.
  package static func make(_ path: String, _ arguments: [String]) throws {
    let result = try runProcess(
      "ffmpeg", ["-v", "error", "-nostdin", "-y"] + arguments + [path])
    guard result.status == 0 else { throw CannotMakeClip(reason: result.standardError) }
  }

  package struct CannotMakeClip: Error {
    package var reason: String
  }

  /// The rows `ffprobe` prints of a clip: one a line, fields separated by commas.
  package static func probe(
    _ path: String, stream: String, entries: String, arguments: [String] = []
  ) throws -> [String] {
    let result = try runProcess(
      "ffprobe",
      [
        "-v", "error", "-select_streams", stream, "-show_entries", entries, "-of",
        "csv=print_section=0",
      ] + arguments + [path])
    guard result.status == 0 else { throw CannotMakeClip(reason: result.standardError) }
    return result.text.split(separator: "\n").map(String.init)
  }
}
