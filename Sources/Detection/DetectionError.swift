package import Inference

/// Why faces could not be looked for.
package enum DetectionError: Error, Equatable, CustomStringConvertible {
  /// The network could not be loaded or run.
  case network(InferenceError)
  /// The default network's files were not found in any of the folders.
  case missingResource(file: String, searched: [String])
  case invalidOption(name: String, value: String, accepted: String)

  package var description: String {
    switch self {
    case .network(let error):
      error.description
    case .missingResource(let file, let searched):
      "the default network '\(file)' was not found in "
        + searched.map { "'\($0)'" }.joined(separator: " or ")
        + "; reinstall the program with its resources, or name a network with --model"
    case .invalidOption(let name, let value, let accepted):
      "\(name) is \(value), but must be \(accepted)"
    }
  }
}
