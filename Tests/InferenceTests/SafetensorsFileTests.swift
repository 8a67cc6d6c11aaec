import Foundation
import Inference
import TestSupport
import Testing

@Suite("Safetensors file")
struct SafetensorsFileTests {
  @Test("tensors are read by name, in the shape of the header")
  func readsTensors() throws {
    let file = try SafetensorsFile(data: SafetensorsBuilder.small, path: "small")
    #expect(file.tensors.map(\.name) == ["a", "b.weight"])
    #expect(file.tensors.map { $0.shape.reduce(1, *) } == [6, 1])
    #expect(file.shape(of: "a") == [2, 3])
    #expect(file.shape(of: "c") == nil)
    #expect(file.metadata == ["origin": "by hand"])
    #expect(try file.floats(of: "a") == [1, -2, 3.5, 0, 1e-9, 7])
    #expect(try file.floats(of: "b.weight") == [42])
  }

  @Test("names may be escaped, white space and scalars are allowed")
  func readsUnusualHeaders() throws {
    let header = """
       { "a\\u0062\\n\\ud83d\\ude00\\/" : {"shape" : [ ] , "data_offsets":[0, 4],\t"dtype":"F32"} }  \n
      """
    let data = SafetensorsBuilder.file(
      header: header, data: SafetensorsBuilder.bytes(of: [3]))
    let file = try SafetensorsFile(data: data, path: "odd")
    #expect(file.tensors.map(\.name) == ["ab\n😀/"])
    #expect(file.tensors.map(\.shape) == [[]])
    #expect(try file.floats(of: "ab\n😀/") == [3])
    let empty = SafetensorsBuilder.file(header: "{}", data: [])
    #expect(try SafetensorsFile(data: empty, path: "empty").tensors.isEmpty)
  }

  @Test("a slice of data is read from its own start")
  func readsSlices() throws {
    let padded = Data([9, 9, 9]) + SafetensorsBuilder.small
    let file = try SafetensorsFile(data: padded.dropFirst(3), path: "slice")
    #expect(try file.floats(of: "b.weight") == [42])
  }

  @Test("malformed files are refused with the reason", arguments: malformed)
  func refusesMalformed(data: Data, reason: String) {
    #expect(throws: InferenceError.notSafetensors(path: "x", reason: reason)) {
      try SafetensorsFile(data: data, path: "x")
    }
  }

  private static let malformed: [(Data, String)] = {
    func one(
      _ type: String = "F32", _ shape: [Int] = [1], _ place: [Int] = [0, 4], bytes: Int = 4
    ) -> Data {
      SafetensorsBuilder.file(
        header: SafetensorsBuilder.header([("t", type, shape, place)]),
        data: Array(repeating: 0, count: bytes))
    }
    func text(_ header: String, bytes: Int = 0) -> Data {
      SafetensorsBuilder.file(header: header, data: Array(repeating: 0, count: bytes))
    }
    let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    let two = SafetensorsBuilder.file(
      header: SafetensorsBuilder.header([("s", "F32", [2], [0, 8]), ("t", "F32", [1], [4, 8])]),
      data: Array(repeating: 0, count: 8))
    let deep = String(repeating: "[", count: 100_000)
    return [
      (Data(), "it has only 0 bytes"),
      (Data([1, 0, 0, 0, 0, 0, 0]), "it has only 7 bytes"),
      (
        Data([1, 0, 0, 0, 0, 0, 0, 0]),
        "its header is said to take 1 bytes of a file of 8"
      ),
      (
        Data(Array(repeating: 255, count: 64)),
        "its header is said to take 18446744073709551615 bytes of a file of 64"
      ),
      (text(""), "its header ends too early"),
      (text("{"), "its header ends too early"),
      (text("[]"), "its header is not the expected JSON at byte 0"),
      (text("{} x"), "its header is not the expected JSON at byte 3"),
      (text("{\"a\":\(deep)"), "its header is not the expected JSON at byte 5"),
      (text(#"{"a":null}"#), "its header is not the expected JSON at byte 5"),
      (text(#"{"\ud800":1}"#), "its header is not the expected JSON at byte 8"),
      (one("F32", [-1]), "its header is not the expected JSON at byte 29"),
      (one("X7"), "tensor 't' has the unknown data type 'X7'"),
      (
        one("F32", [2]),
        "tensor 't' of shape [2] needs 8 bytes, but its data_offsets span 4"
      ),
      (one("F32", [1], [4, 0]), "tensor 't' has unusable data_offsets [4, 0]"),
      (one("F32", [1], [0]), "tensor 't' has unusable data_offsets [0]"),
      (
        one("F32", [1], [0, 4], bytes: 3),
        "tensor 't' ends at byte 4 of 3 bytes of data"
      ),
      (one("F32", [1], [0, 4], bytes: 5), "1 bytes of data belong to no tensor"),
      (
        one("F32", [1], [4, 8], bytes: 8),
        "tensor 't' begins at byte 4 of the data instead of 0"
      ),
      (two, "tensor 't' begins at byte 4 of the data instead of 8"),
      (
        one("F64", [Int.max, Int.max], [0, 8], bytes: 8),
        "tensor 't' has an impossible shape"
      ),
      (
        one("F32", [1_000_000, 1_000_000], [0, 4]),
        "tensor 't' of shape [1000000, 1000000] needs 4000000000000 bytes, "
          + "but its data_offsets span 4"
      ),
      (
        one("F32", [1_000_000_000_000], [0, 4_000_000_000_000]),
        "tensor 't' ends at byte 4000000000000 of 4 bytes of data"
      ),
      (
        text(#"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}"#),
        "tensor 't' has a number too large to be a size"
      ),
      (
        Data([5, 0, 0, 0, 0, 0, 0, 0]) + Data([0x7B, 0x22, 0xC3, 0x28, 0x22]),
        "the header holds a name that is not UTF-8"
      ),
      (
        Data([1, 0, 32, 0, 0, 0, 0, 0]) + Data(count: (2 << 20) + 1),
        "its header takes 2097153 bytes, only 2097152 are supported"
      ),
      (
        text(#"{"t":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#),
        "tensor 't' has a number too large to be a size"
      ),
      (text("{\"t\":\(tensor),\"t\":\(tensor)}", bytes: 8), "tensor 't' appears twice"),
      (
        text(#"{"__metadata__":{"k":"1","k":"2"}}"#),
        "metadata key 'k' appears twice"
      ),
      (text(#"{"__metadata__":{},"__metadata__":{}}"#), "'__metadata__' appears twice"),
      (
        text(#"{"t":{"dtype":"F32","shape":[1],"extra":[0,4]}}"#),
        "tensor 't' has an unexpected or repeated key 'extra'"
      ),
      (
        text(#"{"t":{"dtype":"F32","shape":[1]}}"#),
        "tensor 't' lacks its dtype, shape or data_offsets"
      ),
    ]
  }()

  @Test("other types and values that are not finite are refused when read")
  func refusesTensors() throws {
    func file(_ type: String, _ bytes: [UInt8]) throws -> SafetensorsFile {
      let header = SafetensorsBuilder.header([("t", type, [2], [0, bytes.count])])
      return try SafetensorsFile(
        data: SafetensorsBuilder.file(header: header, data: bytes), path: "x")
    }
    #expect(
      throws: InferenceError.unusableTensor(
        path: "x", tensor: "t", reason: "its data type is F16, only F32 is supported")
    ) { try file("F16", [0, 0, 0, 0]).floats(of: "t") }
    for value in [Float.nan, .infinity, -.infinity] {
      #expect(
        throws: InferenceError.unusableTensor(
          path: "x", tensor: "t", reason: "element 1 is not a finite number")
      ) { try file("F32", SafetensorsBuilder.bytes(of: [1, value])).floats(of: "t") }
    }
    #expect(throws: InferenceError.missingTensor(path: "x", tensor: "u")) {
      try file("F32", SafetensorsBuilder.bytes(of: [1, 2])).floats(of: "u")
    }
  }

  @Test("files that cannot be read are refused by name")
  func refusesPaths() throws {
    #expect(
      throws: InferenceError.cannotRead(
        path: "/nowhere/net.safetensors", reason: "there is no such file")
    ) { try SafetensorsFile(path: "/nowhere/net.safetensors") }
    let folder = FileManager.default.temporaryDirectory.path
    #expect(throws: InferenceError.self) { try SafetensorsFile(path: folder) }
    #expect(throws: InferenceError.self) { try SafetensorsFile(path: "/dev/zero") }
  }
}
