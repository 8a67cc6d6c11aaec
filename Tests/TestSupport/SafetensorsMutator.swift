package import Foundation

/// Damages safetensors files in the ways that matter to a reader: bits and bytes anywhere, parts cut
/// off, moved or doubled, and numbers of the header, its length included, replaced by hostile ones.
package struct SafetensorsMutator {
  private var generator: SeededGenerator
  private let originals: [[UInt8]]

  /// Files to start from; each must be well formed.
  package init(originals: [Data], seed: UInt64) {
    self.originals = originals.map { [UInt8]($0) }
    generator = SeededGenerator(seed: seed)
  }

  private static let lengthByteCount = 8
  private static let syntax = [UInt8]("{}[]\":,\\0123456789-e.u \0".utf8)
  private static let numbers = [
    "0", "1", "4", "-1", "1e12", "007", "65536", "2147483648", "4294967296", "1000000000000",
    "4611686018427387904", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "99999999999999999999999999",
  ]
  private static let words = [
    "null", "true", "[[[[", "{}", "\"F64\"", "\"BF16\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"",
  ]

  /// The next damaged file.
  package mutating func next() -> Data {
    let original = pick(from: originals)
    let headerEnd = Self.lengthByteCount + Self.headerByteCount(original)
    var header = Array(original[Self.lengthByteCount..<headerEnd])
    var data = Array(original[headerEnd...])
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      // The header decides nearly everything, so it gets most of the damage.
      if Int.random(in: 0..<4, using: &generator) > 0 { damage(&header) } else { damage(&data) }
    }
    // With a length that fits, the damage reaches the JSON reader and what lies behind it.
    var length = UInt64(header.count)
    if Int.random(in: 0..<8, using: &generator) == 0 {
      length = pick(from: [0, 1, length - min(length, 1), length + 1, length << 8, 1 << 63, .max])
    }
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header + data
    if Int.random(in: 0..<12, using: &generator) == 0 {
      bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
    }
    return Data(bytes)
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = [pick(from: Self.syntax)]
      return
    }
    let place = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes[place] = pick(from: Self.syntax)
    case 3: bytes.insert(pick(from: Self.syntax), at: place)
    case 4: bytes.removeSubrange(range(in: bytes, from: place))
    case 5: bytes.insert(contentsOf: bytes[range(in: bytes, from: place)], at: place)
    case 6:
      let part = Array(bytes[range(in: bytes, from: place)])
      bytes.insert(contentsOf: part, at: Int.random(in: 0...bytes.count, using: &generator))
    case 7: bytes.removeSubrange(place...)
    case 8: bytes.insert(contentsOf: pick(from: Self.words).utf8, at: place)
    default: replaceNumber(in: &bytes, after: place)
    }
  }

  /// Puts a hostile number in place of the first one at or after `place`.
  private mutating func replaceNumber(in bytes: inout [UInt8], after place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = bytes[place...].firstIndex(where: digits.contains) else { return }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: pick(from: Self.numbers).utf8)
  }

  private mutating func range(in bytes: [UInt8], from place: Int) -> Range<Int> {
    place..<min(bytes.count, place + Int.random(in: 1...64, using: &generator))
  }

  private mutating func pick<Element>(from elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &generator)]
  }

  private static func headerByteCount(_ file: [UInt8]) -> Int {
    file.prefix(lengthByteCount).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
