import Foundation

/// What libFuzzer calls with each input: reads the file and every tensor in it. Built by
/// tools/fuzz-safetensors together with the reader's own sources, in one module.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensors(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let data = unsafe Data(bytes: start, count: count)
  guard let file = try? SafetensorsFile(data: data, path: "input") else { return 0 }
  for tensor in file.tensors {
    guard let values = try? file.floats(of: tensor.name) else { continue }
    precondition(values.count == tensor.elementCount && values.allSatisfy(\.isFinite))
    precondition(values.count * 4 <= count)
  }
  return 0
}
