import Foundation

/// Writes safetensors bytes, right or wrong on purpose.
enum SafetensorsBuilder {
  /// A file of this header and so many bytes of data.
  static func file(header: String, data: [UInt8]) -> Data {
    let json = [UInt8](header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(json.count) >> (8 * UInt64($0))) }
    return Data(length + json + data)
  }

  /// A header with one entry per tensor, each a triple of type, shape and place.
  static func header(_ entries: [(name: String, type: String, shape: [Int], place: [Int])])
    -> String
  {
    "{"
      + entries.map {
        "\"\($0.name)\":{\"dtype\":\"\($0.type)\",\"shape\":\($0.shape),\"data_offsets\":\($0.place)}"
      }.joined(separator: ",") + "}"
  }

  static func bytes(of values: [Float]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
  }

  /// Two small tensors and metadata.
  static let small = file(
    header: """
      {"__metadata__":{"origin":"by hand"},\
      "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
      "b.weight":{"dtype":"F32","shape":[1],"data_offsets":[24,28]}}
      """,
    data: bytes(of: [1, -2, 3.5, 0, 1e-9, 7, 42]))
}
