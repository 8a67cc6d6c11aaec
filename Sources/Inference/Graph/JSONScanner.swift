/// Reads the JSON a safetensors header may hold: objects, strings and arrays of whole numbers.
///
/// Source of the grammar: RFC 8259. Each value is read where the format expects it, so there is no
/// recursion a hostile file could drive deep.
struct JSONScanner {
  typealias Defect = SafetensorsHeader.Defect

  private let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one object, calling `member` with each key; `member` must read the value.
  mutating func object(
    member: (inout JSONScanner, String) throws(Defect) -> Void
  ) throws(Defect) {
    try expect("{")
    if skip("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while skip(",")
    try expect("}")
  }

  /// Reads an array of whole, non-negative numbers; errors name the tensor it belongs to.
  mutating func integers(of tensor: String) throws(Defect) -> [Int] {
    var values: [Int] = []
    try expect("[")
    if skip("]") { return values }
    repeat {
      values.append(try integer(of: tensor))
    } while skip(",")
    try expect("]")
    return values
  }

  mutating func string() throws(Defect) -> String {
    try expect("\"")
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw Defect(reason: "the header holds a name that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"):
        content.append(contentsOf: String(try escapedCharacter()).utf8)
      case 0..<0x20:
        throw unexpected()
      default:
        content.append(byte)
      }
    }
    throw unexpected()
  }

  /// Checks that only white space is left.
  mutating func end() throws(Defect) {
    skipSpace()
    guard position == bytes.count else { throw unexpected() }
  }

  private mutating func integer(of tensor: String) throws(Defect) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < bytes.count, let digit = digit(bytes[position], radix: 10) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow, !carry else {
        throw Defect(reason: "tensor '\(tensor)' has a number too large to be a size")
      }
      value = sum
      position += 1
    }
    let length = position - start
    guard length > 0, length == 1 || bytes[start] != UInt8(ascii: "0") else { throw unexpected() }
    return value
  }

  private mutating func escapedCharacter() throws(Defect) -> Unicode.Scalar {
    guard position < bytes.count else { throw unexpected() }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        try expect("\\", skippingSpace: false)
        try expect("u", skippingSpace: false)
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw unexpected() }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(UInt32(code)) else { throw unexpected() }
      return scalar
    default: throw unexpected()
    }
  }

  private mutating func hexadecimal() throws(Defect) -> Int {
    var value = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = digit(bytes[position], radix: 16) else {
        throw unexpected()
      }
      value = value << 4 | digit
      position += 1
    }
    return value
  }

  private func digit(_ byte: UInt8, radix: Int) -> Int? {
    Character(Unicode.Scalar(byte)).hexDigitValue.flatMap { $0 < radix ? $0 : nil }
  }

  private mutating func expect(
    _ character: Unicode.Scalar, skippingSpace: Bool = true
  ) throws(Defect) {
    if skippingSpace { skipSpace() }
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
      throw unexpected()
    }
    position += 1
  }

  /// Steps over `character` if it comes next.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private func unexpected() -> Defect {
    position < bytes.count
      ? Defect(reason: "its header is not the expected JSON at byte \(position)")
      : Defect(reason: "its header ends too early")
  }
}
