import Foundation
import Inference
import TestSupport
import Testing

/// Each test reads in a process of its own, so that a crash fails one test and memory is measured
/// without the other tests' share.
@Suite("Hostile safetensors files")
struct HostileSafetensorsTests {
  /// What the reader may take besides the file itself.
  private static let allowance = 64 << 20

  @Test("damaged files are read or refused, never crash, and cost little memory", arguments: 0..<4)
  func survivesDamage(seed: UInt64) async {
    await #expect(processExitsWith: .success) { [seed] in
      var mutator = SafetensorsMutator(originals: Self.originals, seed: seed)
      var refusals: Set<String> = []
      var accepted = 0
      for number in 0..<5_000 {
        let data = mutator.next()
        let memory = try PeakMemory()
        switch Self.read(data) {
        case nil: accepted += 1
        case let refusal?: refusals.insert(refusal)
        }
        let growth = try memory.growth()
        #expect(growth <= data.count + Self.allowance, "file \(number) of seed \(seed)")
      }
      // Otherwise the damage would be too little, or too much, to test anything.
      #expect(accepted > 50, "\(accepted) accepted")
      #expect(refusals.count > 50, "\(refusals.sorted())")
    }
  }

  @Test(
    "headers made to be costly stay within the file's size and 64 MiB",
    .enabled(if: PeakMemory.isMeaningful, "sanitizers add memory of their own"),
    arguments: Costly.all)
  private func boundsMemory(costly: Costly) async {
    await #expect(processExitsWith: .success) { [costly] in
      let data = costly.file()
      let memory = try PeakMemory()
      let refusal = Self.read(data)
      let growth = try memory.growth()
      #expect((refusal == nil) == costly.isValid, "\(refusal ?? "")")
      #expect(growth <= Self.allowance, "\(growth) bytes, for a file of \(data.count)")
    }
  }

  @Test(
    "a large file costs its own size once",
    .enabled(if: PeakMemory.isMeaningful, "sanitizers add memory of their own"))
  func readsLargeFiles() async {
    await #expect(processExitsWith: .success) {
      let byteCount = 192 << 20
      let header = SafetensorsBuilder.header([("t", "F32", [byteCount / 4], [0, byteCount])])
      let folder = try TemporaryFolder()
      let path = folder.path("large.safetensors")
      try SafetensorsBuilder.file(header: header, data: []).write(to: URL(filePath: path))
      // The data is a hole in the file.
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.truncate(atOffset: try handle.seekToEnd() + UInt64(byteCount))
      try handle.close()
      let memory = try PeakMemory()
      let file = try SafetensorsFile(path: path)
      #expect(file.shape(of: "t") == [byteCount / 4])
      #expect(try memory.growth() <= byteCount + Self.allowance)
    }
  }

  /// Reads everything there is to read; the reason if the file is refused, its numbers left out.
  private static func read(_ data: Data) -> String? {
    do {
      let file = try SafetensorsFile(data: data, path: "file")
      for tensor in file.tensors {
        let count = try file.floats(of: tensor.name).count
        guard count == tensor.shape.reduce(1, *) else {
          fatalError("\(count) elements of \(tensor)")
        }
      }
      return nil
    } catch {
      return String(error.description.filter { !$0.isNumber }.prefix(60))
    }
  }

  private static let originals: [Data] = [
    SafetensorsBuilder.small,
    SafetensorsBuilder.file([
      .init(name: "body.stage1.0.0.weight", shape: [2, 1, 1, 2], values: [1, -1, 0.5, 2]),
      .init(name: "body.stage1.0.1.running_var", shape: [2], values: [1, 2]),
      .init(name: "module.count", type: "I64", shape: [], bytes: Array(repeating: 1, count: 8)),
      .init(name: "empty", shape: [0, 3], values: []),
    ]),
  ]
}

/// Headers as large as is accepted, of what takes the most memory for each byte.
private enum Costly: String, CaseIterable, Codable, Sendable {
  case tensors, axes, longName, escapes, metadata, nesting, huge

  static let all = Costly.allCases
  private static let headerByteCount = 2 << 20

  var isValid: Bool {
    switch self {
    case .longName, .metadata: true
    // Not JSON, beyond the file's end, or of a type that is refused when read.
    case .tensors, .axes, .escapes, .nesting, .huge: false
    }
  }

  func file() -> Data {
    var header = "{"
    func fill(_ part: (Int) -> String, end: String) {
      var index = 0
      while header.utf8.count + 100 < Self.headerByteCount {
        header += part(index)
        index += 1
      }
      header += end
    }
    var byteCount = 0
    switch self {
    case .tensors:
      fill({ #""\#($0)":{"dtype":"U8","shape":[],"data_offsets":[\#($0),\#($0 + 1)]},"# }, end: "")
      header.removeLast()
      header += "}"
      byteCount = header.split(separator: "dtype").count - 1
    case .axes:
      header += #""t":{"dtype":"U8","data_offsets":[0,0],"shape":[0"#
      fill({ _ in ",0" }, end: "]}}")
    case .longName:
      header += "\""
      fill({ _ in "n" }, end: #"":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#)
    case .escapes:
      header += "\""
      fill({ _ in "\\u0001" }, end: #"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#)
    case .metadata:
      header += "\"__metadata__\":{\"\":\"\""
      fill({ ",\"\(String($0, radix: 36))\":\"\"" }, end: "}}")
    case .nesting:
      header += #""t":{"dtype":"U8","data_offsets":[0,0],"shape":"#
      fill({ _ in "[" }, end: "")
    case .huge:
      header += #""t":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}"#
      fill({ _ in " " }, end: "}")
    }
    return SafetensorsBuilder.file(header: header, data: Array(repeating: 0, count: byteCount))
  }
}
