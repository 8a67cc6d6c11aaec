package import Foundation

/// Writes MAT-files of level 5 without compression, right or wrong on purpose.
package enum MatlabBuilder {
  /// What a variable or a cell holds.
  package indirect enum Value {
    /// Doubles in column order.
    case numbers(rows: Int, columns: Int, [Double])
    case text(String)
    case cells([Value])
    /// The whole element, tag included.
    case raw([UInt8])
  }

  /// A file of these variables.
  package static func file(_ variables: [(name: String, value: Value)]) -> Data {
    Data(header + variables.flatMap { element($0.value, named: $0.name) })
  }

  /// The header of a little-endian file of level 5.
  package static let header: [UInt8] = {
    let text = [UInt8]("MATLAB 5.0 MAT-file, written by a test".utf8)
    return text + [UInt8](repeating: 32, count: 124 - text.count) + [0, 1] + [UInt8]("IM".utf8)
  }()

  /// An array's element, tag included.
  package static func element(_ value: Value, named name: String = "") -> [UInt8] {
    switch value {
    case .numbers(let rows, let columns, let values):
      let bytes = values.flatMap { value in
        (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
      return array(6, [rows, columns], name, element(type: 9, bytes))
    case .text(let text):
      let bytes = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
      return array(4, [1, text.utf16.count], name, element(type: 4, bytes))
    case .cells(let values):
      return array(1, [values.count, 1], name, values.flatMap { element($0) })
    case .raw(let bytes): return bytes
    }
  }

  /// An array of any class with the subelements given.
  package static func array(
    _ arrayClass: Int, _ dimensions: [Int], _ name: String, _ content: [UInt8]
  ) -> [UInt8] {
    element(
      type: 14,
      element(type: 6, word(arrayClass) + word(0)) + element(type: 5, dimensions.flatMap(word))
        + element(type: 1, [UInt8](name.utf8)) + content)
  }

  /// Any element: tag, data, and zeros up to a multiple of eight bytes.
  package static func element(type: Int, _ data: [UInt8]) -> [UInt8] {
    let padding = (8 - data.count % 8) % 8
    return word(type) + word(data.count) + data + [UInt8](repeating: 0, count: padding)
  }

  /// 32 bits, little-endian.
  package static func word(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
