import Inference

/// Takes the tensors of a RetinaFace checkpoint by name, and makes layers of them.
///
/// Names are those of the public PyTorch implementation, with or without the `module.` that training
/// on several processors puts before them. Every tensor must be taken once and none may be left.
struct RetinaFaceWeights {
  private let file: SafetensorsFile
  /// The file's name of each tensor not taken yet, by the name without prefix.
  private var remaining: [String: String] = [:]
  /// Elements of the tensors taken so far that training adjusts.
  private(set) var parameterCount = 0

  private static let prefix = "module."
  /// A count PyTorch keeps beside each normalisation, of no use here.
  private static let ignoredSuffix = ".num_batches_tracked"

  init(_ file: SafetensorsFile) throws(InferenceError) {
    self.file = file
    for tensor in file.tensors where !tensor.name.hasSuffix(Self.ignoredSuffix) {
      let hasPrefix = tensor.name.hasPrefix(Self.prefix)
      let name = hasPrefix ? String(tensor.name.dropFirst(Self.prefix.count)) : tensor.name
      guard remaining.updateValue(tensor.name, forKey: name) == nil else {
        throw .unexpectedTensor(path: file.path, tensor: Self.prefix + name)
      }
    }
  }

  /// Checks that nothing is left over.
  func finish() throws(InferenceError) {
    if let name = remaining.values.min() {
      throw .unexpectedTensor(path: file.path, tensor: name)
    }
  }

  /// A convolution without bias and the normalisation after it.
  mutating func normalizedConvolution(
    _ weightName: String, normalization name: String, from inputs: Int, to outputs: Int,
    kernelSize: Int, stride: Int = 1, groups: Int = 1, activation: Activation
  ) throws(InferenceError) -> ConvolutionLayer {
    let weights = try take(
      weightName + ".weight", shape: [outputs, inputs / groups, kernelSize, kernelSize])
    let normalization = BatchNormalization(
      scale: try take(name + ".weight", shape: [outputs]),
      shift: try take(name + ".bias", shape: [outputs]),
      mean: try take(name + ".running_mean", shape: [outputs], isTrained: false),
      variance: try takeVariance(name + ".running_var", count: outputs))
    let folded = normalization.folded(into: weights)
    guard (folded.weights + folded.bias).allSatisfy(\.isFinite) else {
      throw .unusableTensor(
        path: file.path, tensor: weightName + ".weight",
        reason: "its values and those of '\(name)' overflow when combined")
    }
    return ConvolutionLayer(
      weights: folded.weights, bias: folded.bias, inputChannels: inputs, kernelSize: kernelSize,
      stride: stride, padding: kernelSize / 2, groups: groups, activation: activation)
  }

  /// Several 1×1 convolutions of the same input as one, their outputs one after the other.
  mutating func heads(
    _ heads: [(name: String, outputs: Int)], from inputs: Int
  ) throws(InferenceError) -> ConvolutionLayer {
    var weights: [Float] = []
    var bias: [Float] = []
    for (name, outputs) in heads {
      weights += try take(name + ".weight", shape: [outputs, inputs, 1, 1])
      bias += try take(name + ".bias", shape: [outputs])
    }
    return ConvolutionLayer(weights: weights, bias: bias, inputChannels: inputs, kernelSize: 1)
  }

  private mutating func take(
    _ name: String, shape: [Int], isTrained: Bool = true
  ) throws(InferenceError) -> [Float] {
    guard let fileName = remaining.removeValue(forKey: name),
      let found = file.shape(of: fileName)
    else { throw .missingTensor(path: file.path, tensor: name) }
    guard found == shape else {
      throw .wrongShape(path: file.path, tensor: fileName, expected: shape, found: found)
    }
    let values = try file.floats(of: fileName)
    if isTrained { parameterCount += values.count }
    return values
  }

  private mutating func takeVariance(
    _ name: String, count: Int
  ) throws(InferenceError) -> [Float] {
    let values = try take(name, shape: [count], isTrained: false)
    if let index = values.firstIndex(where: { $0 < 0 }) {
      throw .unusableTensor(
        path: file.path, tensor: name, reason: "element \(index) is a negative variance")
    }
    return values
  }
}
