import Foundation

/// Larger files are none of those read here; keeps a device or a film given by mistake out of memory.
private let maximumByteCount = 1 << 28

/// The bytes of a regular file.
///
/// - Throws: `cannotRead`.
func readBytes(_ path: String) throws(EvaluationError) -> [UInt8] {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw .cannotRead(
      path: path,
      reason: errno == ENOENT ? "there is no such file" : unsafe String(cString: strerror(errno)))
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw .cannotRead(path: path, reason: "it is not a regular file")
  }
  guard status.st_size <= maximumByteCount else {
    throw .malformed(path: path, reason: "it has \(status.st_size) bytes, more than any such file")
  }
  guard let data = FileManager.default.contents(atPath: path) else {
    throw .cannotRead(path: path, reason: "reading it is not permitted")
  }
  return [UInt8](data)
}

/// The lines of a text file, without their ends, which may be LF or CR LF.
///
/// - Throws: `cannotRead`, `malformed` when it is no UTF-8 text.
package func readLines(_ path: String) throws(EvaluationError) -> [Substring] {
  guard let text = String(validating: try readBytes(path), as: UTF8.self) else {
    throw .malformed(path: path, reason: "it is no text")
  }
  var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  // What follows the last line's end is no line.
  if lines.last?.isEmpty == true { lines.removeLast() }
  return lines
}

/// The numbers of a line, separated by blanks; `nil` when anything else stands there.
func finiteNumbers(_ line: Substring) -> [Double]? {
  var numbers: [Double] = []
  for field in line.split(whereSeparator: \.isWhitespace) {
    guard let number = Double(field), number.isFinite else { return nil }
    numbers.append(number)
  }
  return numbers
}
