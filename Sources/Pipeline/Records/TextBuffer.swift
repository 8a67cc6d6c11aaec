/// A line of text under construction; its memory is kept from line to line.
struct TextBuffer {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(_ number: Int) { append(String(number)) }

  mutating func append(_ number: Int64) { append(String(number)) }

  /// The fewest digits that read back as the same number; `null` for infinities and NaN, which JSON
  /// cannot hold.
  mutating func append(_ number: Float) {
    append(number.isFinite ? number.description : "null")
  }

  /// As above.
  mutating func append(_ number: Double) {
    append(number.isFinite ? number.description : "null")
  }

  /// A JSON string literal (RFC 8259, section 7).
  mutating func appendQuoted(_ text: String) {
    append("\"")
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case let control where control.value < 0x20:
        let digits = String(control.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: append(String(scalar))
      }
    }
    append("\"")
  }
}
