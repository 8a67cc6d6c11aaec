/// Why accuracy could not be measured.
package enum EvaluationError: Error, Equatable, CustomStringConvertible {
  case cannotRead(path: String, reason: String)
  /// A file that was read is not what it should be.
  case malformed(path: String, reason: String)
  /// The same, in one line of a text file; lines count from 1.
  case malformedLine(path: String, line: Int, reason: String)
  case cannotWrite(path: String, reason: String)

  package var description: String {
    switch self {
    case .cannotRead(let path, let reason): "cannot read '\(path)': \(reason)"
    case .malformed(let path, let reason): "'\(path)' cannot be used: \(reason)"
    case .malformedLine(let path, let line, let reason):
      "'\(path)' cannot be used: line \(line) \(reason)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    }
  }
}
