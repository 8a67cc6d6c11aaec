package import Foundation

/// Writes safetensors bytes, right or wrong on purpose.
package enum SafetensorsBuilder {
  package struct Tensor {
    package var name: String
    package var type: String
    package var shape: [Int]
    package var bytes: [UInt8]

    package init(name: String, type: String = "F32", shape: [Int], bytes: [UInt8]) {
      self.name = name
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }

    package init(name: String, shape: [Int], values: [Float]) {
      self.init(name: name, shape: shape, bytes: SafetensorsBuilder.bytes(of: values))
    }
  }

  /// A file of these tensors, one after the other.
  package static func file(_ tensors: [Tensor]) -> Data {
    var offset = 0
    let entries = tensors.map { tensor in
      defer { offset += tensor.bytes.count }
      return (tensor.name, tensor.type, tensor.shape, [offset, offset + tensor.bytes.count])
    }
    return file(header: header(entries), data: tensors.flatMap(\.bytes))
  }

  /// A file of this header and data.
  package static func file(header: String, data: [UInt8]) -> Data {
    let json = [UInt8](header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
    return Data(length + json + data)
  }

  /// A header with one entry per tensor: type, shape and place.
  package static func header(
    _ entries: [(name: String, type: String, shape: [Int], place: [Int])]
  ) -> String {
    let members = entries.map { entry in
      "\"\(entry.name)\":{\"dtype\":\"\(entry.type)\",\"shape\":\(entry.shape),"
        + "\"data_offsets\":\(entry.place)}"
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  package static func bytes(of values: [Float]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
  }

  /// Two small tensors and metadata.
  package static let small = file(
    header: """
      {"__metadata__":{"origin":"by hand"},\
      "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
      "b.weight":{"dtype":"F32","shape":[1],"data_offsets":[24,28]}}
      """,
    data: bytes(of: [1, -2, 3.5, 0, 1e-9, 7, 42]))
}
