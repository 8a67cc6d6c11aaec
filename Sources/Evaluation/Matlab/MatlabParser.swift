/// Takes the data elements of a MAT-file apart, every one checked against the bytes there are.
///
/// Source: "MAT-File Format", The MathWorks, chapter 1: data element format, data types (table 1-1),
/// subelements of arrays (table 1-3).
struct MatlabParser {
  /// The bytes offsets count in.
  let bytes: [UInt8]

  /// The data types of elements used here (table 1-1).
  enum ElementType {
    static let int8 = 1
    static let uint8 = 2
    static let int16 = 3
    static let uint16 = 4
    static let int32 = 5
    static let uint32 = 6
    static let single = 7
    static let double = 9
    static let int64 = 12
    static let uint64 = 13
    static let matrix = 14
    static let compressed = 15
    static let utf8 = 16
    static let utf16 = 17
  }

  /// The classes of arrays used here (table 1-3).
  private enum ArrayClass {
    static let cell = 1
    static let character = 4
    /// Double, single and eight sizes of integers.
    static let numeric = 6...15
  }

  struct Element {
    var type: Int
    var data: Range<Int>
    /// Where the next element begins.
    var end: Int
  }

  private static let tagByteCount = 8
  /// Cells within cells; the ground truth of WIDER FACE has two levels.
  private static let maximumDepth = 16
  private static let complexFlag = 0x0800

  /// The element whose tag begins at an offset.
  ///
  /// - Parameter end: What contains the element ends here.
  func element(at offset: Int, before end: Int) throws(MatlabDefect) -> Element {
    guard end - offset >= Self.tagByteCount else {
      throw MatlabDefect(reason: "it is cut off at byte \(offset)")
    }
    let first = word(at: offset)
    // The small form: type, count and up to four bytes of data in eight bytes.
    if first >> 16 != 0 {
      let count = first >> 16
      guard count <= 4 else {
        throw MatlabDefect(reason: "the small element at byte \(offset) has \(count) bytes")
      }
      return Element(
        type: first & 0xFFFF, data: offset + 4..<offset + 4 + count,
        end: offset + Self.tagByteCount)
    }
    let count = word(at: offset + 4)
    let start = offset + Self.tagByteCount
    guard count <= end - start else {
      throw MatlabDefect(
        reason: "the element at byte \(offset) has \(count) bytes, but only \(end - start) are left"
      )
    }
    // All but compressed elements begin at multiples of eight bytes; the last needs no filling.
    let padded = first == ElementType.compressed ? count : (count + 7) / 8 * 8
    return Element(type: first, data: start..<start + count, end: min(start + padded, end))
  }

  /// The name of the array whose subelements the bytes are.
  var name: String {
    get throws(MatlabDefect) {
      try String(decoding: bytes[header(in: bytes.indices).name], as: UTF8.self)
    }
  }

  /// The array whose subelements lie in a range.
  func array(in range: Range<Int>, depth: Int) throws(MatlabDefect) -> MatlabArray {
    // A cell without a value.
    if range.isEmpty { return .numbers(rows: 0, columns: 0, values: []) }
    guard depth <= Self.maximumDepth else {
      throw MatlabDefect(reason: "its cells are nested more than \(Self.maximumDepth) deep")
    }
    let header = try header(in: range)
    switch header.arrayClass {
    case ArrayClass.cell: return try cells(header, before: range.upperBound, depth: depth)
    case ArrayClass.character:
      return try .text(text(header, before: range.upperBound))
    case ArrayClass.numeric:
      let values = try numbers(element(at: header.end, before: range.upperBound))
      try check(values.count, header)
      return .numbers(
        rows: header.rows, columns: header.rows > 0 ? header.count / header.rows : 0,
        values: values)
    default:
      throw MatlabDefect(reason: "it holds an array of class \(header.arrayClass), not supported")
    }
  }

  /// What every array begins with.
  private struct Header {
    var arrayClass: Int
    var rows: Int
    /// Elements in all.
    var count: Int
    var name: Range<Int>
    var end: Int
  }

  private func header(in range: Range<Int>) throws(MatlabDefect) -> Header {
    let flags = try element(at: range.lowerBound, before: range.upperBound)
    guard flags.type == ElementType.uint32, flags.data.count == 8 else {
      throw MatlabDefect(reason: "the array at byte \(range.lowerBound) begins with no flags")
    }
    let word = word(at: flags.data.lowerBound)
    guard word & Self.complexFlag == 0 else {
      throw MatlabDefect(reason: "it holds complex numbers, which are not supported")
    }
    let dimensions = try element(at: flags.end, before: range.upperBound)
    guard dimensions.type == ElementType.int32, dimensions.data.count >= 8 else {
      throw MatlabDefect(reason: "the array at byte \(range.lowerBound) has no dimensions")
    }
    let sizes = try numbers(dimensions)
    var count = 1
    for size in sizes {
      // Exact: these were 32-bit integers.
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(size))
      guard size >= 0, !overflow else {
        throw MatlabDefect(
          reason: "the array at byte \(range.lowerBound) has impossible dimensions")
      }
      count = product
    }
    let name = try element(at: dimensions.end, before: range.upperBound)
    guard name.type == ElementType.int8 else {
      throw MatlabDefect(reason: "the array at byte \(range.lowerBound) has no name")
    }
    return Header(
      arrayClass: word & 0xFF, rows: Int(sizes[0]), count: count, name: name.data, end: name.end)
  }

  private func cells(
    _ header: Header, before end: Int, depth: Int
  ) throws(MatlabDefect) -> MatlabArray {
    // Each takes at least a tag: a count beyond that is not even reserved memory for.
    guard header.count <= (end - header.end) / Self.tagByteCount else {
      throw MatlabDefect(reason: "a cell array of \(header.count) elements is cut off")
    }
    var cells: [MatlabArray] = []
    cells.reserveCapacity(header.count)
    var offset = header.end
    for _ in 0..<header.count {
      let element = try element(at: offset, before: end)
      guard element.type == ElementType.matrix else {
        throw MatlabDefect(reason: "the cell at byte \(offset) is no array")
      }
      cells.append(try array(in: element.data, depth: depth + 1))
      offset = element.end
    }
    return .cells(cells)
  }

  private func text(_ header: Header, before end: Int) throws(MatlabDefect) -> String {
    let element = try element(at: header.end, before: end)
    guard header.rows == 1 || header.count == 0 else {
      throw MatlabDefect(reason: "it holds text of \(header.rows) rows, which is not supported")
    }
    if element.type == ElementType.utf8 {
      return String(decoding: bytes[element.data], as: UTF8.self)
    }
    // Other types hold UTF-16 code units, in as few bytes as their values allow.
    let units = try numbers(element)
    try check(units.count, header)
    return String(
      decoding: units.map { UInt16(exactly: $0) ?? UInt16(UInt8(ascii: "?")) }, as: UTF16.self)
  }

  private func check(_ count: Int, _ header: Header) throws(MatlabDefect) {
    guard count == header.count else {
      throw MatlabDefect(
        reason: "an array of \(header.count) elements has \(count) values")
    }
  }

  /// The values of a numeric element, of whatever type they are stored in.
  private func numbers(_ element: Element) throws(MatlabDefect) -> [Double] {
    let size: Int
    let value: (UInt64) -> Double
    switch element.type {
    case ElementType.int8: (size, value) = (1, { Double(Int8(truncatingIfNeeded: $0)) })
    case ElementType.uint8: (size, value) = (1, { Double($0) })
    case ElementType.int16: (size, value) = (2, { Double(Int16(truncatingIfNeeded: $0)) })
    case ElementType.uint16, ElementType.utf16: (size, value) = (2, { Double($0) })
    case ElementType.int32: (size, value) = (4, { Double(Int32(truncatingIfNeeded: $0)) })
    case ElementType.uint32: (size, value) = (4, { Double($0) })
    case ElementType.single:
      (size, value) = (4, { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) })
    case ElementType.double: (size, value) = (8, { Double(bitPattern: $0) })
    case ElementType.int64: (size, value) = (8, { Double(Int64(bitPattern: $0)) })
    case ElementType.uint64: (size, value) = (8, { Double($0) })
    default:
      throw MatlabDefect(reason: "it holds data of type \(element.type), which is not supported")
    }
    guard element.data.count % size == 0 else {
      throw MatlabDefect(reason: "\(element.data.count) bytes are no whole number of values")
    }
    return stride(from: element.data.lowerBound, to: element.data.upperBound, by: size).map {
      start in
      var bits: UInt64 = 0
      for place in (0..<size).reversed() { bits = bits << 8 | UInt64(bytes[start + place]) }
      return value(bits)
    }
  }

  /// 32 bits without sign.
  private func word(at offset: Int) -> Int {
    (0..<4).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
  }
}
