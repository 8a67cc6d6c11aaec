package import Imaging

/// Reads when each frame of a sequence was shown: "timestamp format v2" of Matroska's tools, a line of
/// that name and then the milliseconds of one frame a line, with or without decimals.
package enum TimestampFile {
  private static let nanoseconds = Rational(1, 1_000_000_000)
  /// In milliseconds: 30 years either way.
  private static let range = -1e12...1e12

  /// - Returns: One time a frame, in nanoseconds.
  /// - Throws: `cannotRead`, `malformed`, `malformedLine`.
  package static func read(_ path: String) throws(EvaluationError) -> [Timestamp] {
    var times: [Timestamp] = []
    for (index, line) in try readLines(path).enumerated() {
      if line.hasPrefix("#") || line.allSatisfy(\.isWhitespace) { continue }
      guard let milliseconds = Double(String(line.filter { !$0.isWhitespace })),
        range.contains(milliseconds)
      else {
        throw .malformedLine(path: path, line: index + 1, reason: "holds no milliseconds")
      }
      times.append(Timestamp(ticks: Int64((milliseconds * 1e6).rounded()), timeBase: nanoseconds))
    }
    guard !times.isEmpty else { throw .malformed(path: path, reason: "it holds no times") }
    return times
  }
}
