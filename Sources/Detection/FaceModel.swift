package import Foundation
package import Inference

/// A face network as loaded from a file, with what is known about it.
package struct FaceModel: Sendable {
  /// Where the weights were read from.
  package let path: String
  /// The model card, a JSON object; only the default network has one.
  package let card: Data?
  package let network: RetinaFaceNetwork
  private let file: SafetensorsFile

  /// Name of the default network's files, before the extension.
  package static let defaultName = "retinaface-mnet025"

  /// Loads a network.
  ///
  /// - Parameter path: A safetensors file; `nil` for the default network, which comes with the
  ///   program.
  /// - Throws: `network`, `missingResource`.
  package init(path: String? = nil) throws(DetectionError) {
    if let path {
      try self.init(weightsPath: path, card: nil)
    } else {
      let resources = ResourceFolder()
      let weights = try resources.path(of: Self.defaultName + ".safetensors")
      let cardPath = try resources.path(of: Self.defaultName + ".json")
      guard let card = FileManager.default.contents(atPath: cardPath) else {
        throw .network(.cannotRead(path: cardPath, reason: "it is not a readable regular file"))
      }
      try self.init(weightsPath: weights, card: card)
    }
  }

  private init(weightsPath: String, card: Data?) throws(DetectionError) {
    do throws(InferenceError) {
      try self.init(file: SafetensorsFile(path: weightsPath), card: card)
    } catch {
      throw .network(error)
    }
  }

  /// Uses a file already in memory.
  ///
  /// - Throws: what building the network throws.
  package init(file: SafetensorsFile, card: Data? = nil) throws(InferenceError) {
    network = try RetinaFaceNetwork(file)
    path = file.path
    self.file = file
    self.card = card
  }

  /// The bytes of the weights file, for its checksum.
  package var data: Data { file.data }

  /// Names and shapes of all tensors, in the order of the file.
  package var tensors: [SafetensorsFile.TensorDescription] { file.tensors }

  /// Numbers that training adjusted.
  package var parameterCount: Int { network.parameterCount }

  /// Multiply-adds of one detection in a picture of this size.
  ///
  /// - Precondition: both are positive.
  package func multiplyAdds(width: Int, height: Int) -> Int {
    network.graph.multiplyAdds(height: height, width: width)
  }
}
