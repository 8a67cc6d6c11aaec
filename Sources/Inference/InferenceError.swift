/// Why a network's weights could not be loaded, or an input could not be planned for.
package enum InferenceError: Error, Equatable, CustomStringConvertible {
  case cannotRead(path: String, reason: String)
  case notSafetensors(path: String, reason: String)
  case unusableTensor(path: String, tensor: String, reason: String)
  case missingTensor(path: String, tensor: String)
  case unexpectedTensor(path: String, tensor: String)
  case wrongShape(path: String, tensor: String, expected: [Int], found: [Int])
  case unsupportedInputSize(width: Int, height: Int, reason: String)
  case outOfMemory(bytes: Int)

  package var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "cannot read '\(path)': \(reason)"
    case .notSafetensors(let path, let reason):
      "'\(path)' is not a usable safetensors file: \(reason)"
    case .unusableTensor(let path, let tensor, let reason):
      "tensor '\(tensor)' of '\(path)' cannot be used: \(reason)"
    case .missingTensor(let path, let tensor):
      "'\(path)' lacks the tensor '\(tensor)' this network needs"
    case .unexpectedTensor(let path, let tensor):
      "'\(path)' holds the tensor '\(tensor)', which this network does not have"
    case .wrongShape(let path, let tensor, let expected, let found):
      "tensor '\(tensor)' of '\(path)' has shape \(found), but this network needs \(expected)"
    case .unsupportedInputSize(let width, let height, let reason):
      "the network cannot run on a picture of \(width)x\(height) pixels: \(reason)"
    case .outOfMemory(let bytes):
      "out of memory: the network's workspace needs \(bytes) bytes"
    }
  }
}
