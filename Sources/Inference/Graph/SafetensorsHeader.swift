/// The JSON header of a safetensors file: names, types, shapes and places of its tensors.
///
/// Source: https://github.com/huggingface/safetensors, section "Format". Only the JSON that format
/// allows is accepted, which keeps this reader small, exact about duplicate keys, and bounded in
/// memory by the header's own length.
struct SafetensorsHeader {
  /// The element types of the format, with their size.
  enum DataType: String {
    case bool = "BOOL"
    case u8 = "U8"
    case i8 = "I8"
    case f8E5M2 = "F8_E5M2"
    case f8E4M3 = "F8_E4M3"
    case i16 = "I16"
    case u16 = "U16"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case u32 = "U32"
    case f32 = "F32"
    case i64 = "I64"
    case u64 = "U64"
    case f64 = "F64"

    var byteCount: Int {
      switch self {
      case .bool, .u8, .i8, .f8E5M2, .f8E4M3: 1
      case .i16, .u16, .f16, .bf16: 2
      case .i32, .u32, .f32: 4
      case .i64, .u64, .f64: 8
      }
    }
  }

  struct Entry {
    var name: String
    var dataType: DataType
    var shape: [Int]
    /// Bytes, counted from the end of the header.
    var begin: Int
    var end: Int
  }

  /// What is wrong with a header: the second half of an error's sentence.
  struct Defect: Error {
    var reason: String
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// - Parameter dataByteCount: How many bytes follow the header.
  init(json bytes: [UInt8], dataByteCount: Int) throws(Defect) {
    var scanner = JSONScanner(bytes: bytes)
    var names: Set<String> = []
    var hasMetadata = false
    try scanner.object { (scanner: inout JSONScanner, name: String) throws(Defect) in
      if name == "__metadata__" {
        guard !hasMetadata else { throw Defect(reason: "'__metadata__' appears twice") }
        hasMetadata = true
        try scanner.object { (scanner: inout JSONScanner, key: String) throws(Defect) in
          let value = try scanner.string()
          guard metadata.updateValue(value, forKey: key) == nil else {
            throw Defect(reason: "metadata key '\(key)' appears twice")
          }
        }
        return
      }
      guard names.insert(name).inserted else {
        throw Defect(reason: "tensor '\(name)' appears twice")
      }
      entries.append(try Self.entry(named: name, from: &scanner))
    }
    try scanner.end()
    try Self.checkPlaces(of: entries, dataByteCount: dataByteCount)
  }

  private static func entry(
    named name: String, from scanner: inout JSONScanner
  ) throws(Defect) -> Entry {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner: inout JSONScanner, key: String) throws(Defect) in
      switch key {
      case "dtype" where typeName == nil: typeName = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.integers(of: name)
      case "data_offsets" where offsets == nil: offsets = try scanner.integers(of: name)
      default: throw Defect(reason: "tensor '\(name)' has an unexpected or repeated key '\(key)'")
      }
    }
    guard let typeName, let shape, let offsets else {
      throw Defect(reason: "tensor '\(name)' lacks its dtype, shape or data_offsets")
    }
    guard let dataType = DataType(rawValue: typeName) else {
      throw Defect(reason: "tensor '\(name)' has the unknown data type '\(typeName)'")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw Defect(reason: "tensor '\(name)' has unusable data_offsets \(offsets)")
    }
    var byteCount = dataType.byteCount
    for size in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard !overflow else { throw Defect(reason: "tensor '\(name)' has an impossible shape") }
      byteCount = product
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw Defect(
        reason: "tensor '\(name)' of shape \(shape) needs \(byteCount) bytes, "
          + "but its data_offsets span \(offsets[1] - offsets[0])")
    }
    return Entry(
      name: name, dataType: dataType, shape: shape, begin: offsets[0], end: offsets[1])
  }

  /// The format forbids gaps and overlaps: in order of place, the tensors cover the data exactly.
  private static func checkPlaces(of entries: [Entry], dataByteCount: Int) throws(Defect) {
    var position = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.end <= dataByteCount else {
        throw Defect(
          reason:
            "tensor '\(entry.name)' ends at byte \(entry.end) of \(dataByteCount) bytes of data")
      }
      guard entry.begin == position else {
        throw Defect(
          reason: "tensor '\(entry.name)' begins at byte \(entry.begin) of the data "
            + "instead of \(position)")
      }
      position = entry.end
    }
    guard position == dataByteCount else {
      throw Defect(reason: "\(dataByteCount - position) bytes of data belong to no tensor")
    }
  }
}
