/// A MAT-file of level 5 in memory: named variables, decompressed at once and taken apart on demand.
///
/// Source: "MAT-File Format", The MathWorks, chapter 1 (MATLAB 5 and later). Read are numeric, character
/// and cell arrays of little-endian files, compressed or not, which is what data sets come in. Files
/// that break a rule are refused with a reason, whatever their bytes.
package struct MatlabFile: Sendable {
  /// What the file is called in errors.
  package let path: String
  /// The elements of each variable, without the tag in front.
  private let variables: [String: [UInt8]]

  private static let headerByteCount = 128
  /// Of all variables together, once decompressed; those of WIDER FACE take some 3 MB.
  private static let maximumByteCount = 1 << 28

  /// - Throws: `cannotRead`, `malformed`.
  package init(path: String) throws(EvaluationError) {
    try self.init(bytes: readBytes(path), path: path)
  }

  /// Uses bytes already in memory; `path` names them in errors.
  ///
  /// - Throws: `malformed`.
  package init(bytes: [UInt8], path: String) throws(EvaluationError) {
    self.path = path
    do throws(MatlabDefect) {
      variables = try Self.variables(bytes)
    } catch {
      throw Self.error(error, path: path)
    }
  }

  /// A variable by its name.
  ///
  /// - Throws: `malformed`, also when there is none of that name or it is of a class not read here.
  package func variable(_ name: String) throws(EvaluationError) -> MatlabArray {
    do throws(MatlabDefect) {
      guard let bytes = variables[name] else {
        throw MatlabDefect(reason: "it has no variable '\(name)'")
      }
      return try MatlabParser(bytes: bytes).array(in: bytes.indices, depth: 0)
    } catch {
      throw Self.error(error, path: path)
    }
  }

  private static func error(_ defect: MatlabDefect, path: String) -> EvaluationError {
    .malformed(path: path, reason: defect.reason)
  }

  private static func variables(_ bytes: [UInt8]) throws(MatlabDefect) -> [String: [UInt8]] {
    try checkHeader(bytes)
    var variables: [String: [UInt8]] = [:]
    var total = 0
    var offset = headerByteCount
    let parser = MatlabParser(bytes: bytes)
    while offset < bytes.count {
      let element = try parser.element(at: offset, before: bytes.count)
      offset = element.end
      let content: [UInt8]
      switch element.type {
      case MatlabParser.ElementType.matrix: content = Array(bytes[element.data])
      case MatlabParser.ElementType.compressed:
        let data = try inflated(bytes[element.data], limit: maximumByteCount - total)
        let inner = try MatlabParser(bytes: data).element(at: 0, before: data.count)
        guard inner.type == MatlabParser.ElementType.matrix else {
          throw MatlabDefect(
            reason: "its compressed data at byte \(element.data.lowerBound) is no array")
        }
        content = Array(data[inner.data])
      default: continue
      }
      total += content.count
      guard total <= maximumByteCount else {
        throw MatlabDefect(reason: "its variables have more than \(maximumByteCount) bytes")
      }
      let name = try MatlabParser(bytes: content).name
      variables[name] = content
    }
    return variables
  }

  private static func checkHeader(_ bytes: [UInt8]) throws(MatlabDefect) {
    guard bytes.count >= headerByteCount, bytes.starts(with: "MATLAB".utf8) else {
      throw MatlabDefect(reason: "it is no MAT-file of MATLAB 5 or later")
    }
    // Written as the two characters MI: the other order tells a big-endian machine.
    guard bytes[126] == UInt8(ascii: "I"), bytes[127] == UInt8(ascii: "M") else {
      throw MatlabDefect(reason: "it is a MAT-file of a big-endian machine, which is not supported")
    }
    guard bytes[124] == 0, bytes[125] == 1 else {
      throw MatlabDefect(
        reason: "it is a MAT-file of version 7.3, which is not supported; save it with -v7")
    }
  }
}

/// What is wrong with a MAT-file: the second half of an error's sentence.
struct MatlabDefect: Error {
  var reason: String
}
