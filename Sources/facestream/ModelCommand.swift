import ArgumentParser
import Detection
import Foundation
import Inference
import Pipeline

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Shows the model card: source, data, licence, hash, shapes, arithmetic.",
    discussion: """
      Examples:
        facestream model
        facestream model --model other.safetensors --json
      """)

  @Option(help: ArgumentHelp("Weights to show instead of the built-in ones.", valueName: "file"))
  var model: String?

  @Flag(help: "As JSON, with every tensor.")
  var json = false

  func run() throws {
    let loaded: FaceModel
    let digest: String
    do throws(DetectionError) {
      loaded = try FaceModel(path: model)
    } catch {
      throw Failure(message: error.description, status: .wrongUsage)
    }
    do throws(PipelineError) {
      digest = try modelDigest(loaded)
    } catch {
      throw Failure(message: error.description, status: .failed)
    }
    let report = try ModelReport(loaded, digest: digest)
    if json { try report.printJSON() } else { print(report.text) }
  }
}

/// What `model` tells.
private struct ModelReport {
  private let facts: [(name: String, value: Any)]
  private let tensors: [[String: Any]]
  private let card: [String: Any]?

  /// Sizes whose arithmetic is listed.
  private static let sizes = [(320, 320), (640, 640), (1920, 1080)]

  init(_ model: FaceModel, digest: String) throws {
    facts =
      [
        ("file", model.path),
        ("sha256", digest),
        ("parameters", model.parameterCount),
        ("tensors", model.tensors.count),
      ]
      + Self.sizes.map { width, height in
        let multiplyAdds = Double(model.multiplyAdds(width: width, height: height))
        return ("gmacs_\(width)x\(height)", (multiplyAdds / 1e6).rounded() / 1e3)
      }
    tensors = model.tensors.map { ["name": $0.name, "shape": $0.shape] }
    card = try model.card.map { try JSONSerialization.jsonObject(with: $0) } as? [String: Any]
  }

  func printJSON() throws {
    var object = Dictionary(
      facts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    object["tensors"] = tensors
    if let card { object["card"] = card }
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    print(String(decoding: data, as: UTF8.self))
  }

  var text: String {
    var lines = facts.map { "\($0.name): \($0.value)" }
    guard let card else { return lines.joined(separator: "\n") + "\n(no model card)" }
    lines.append("")
    append(card, indent: "", to: &lines)
    return lines.joined(separator: "\n")
  }

  private func append(_ object: [String: Any], indent: String, to lines: inout [String]) {
    for (name, value) in object.sorted(by: { $0.key < $1.key }) {
      if let inner = value as? [String: Any] {
        lines.append("\(indent)\(name):")
        append(inner, indent: indent + "  ", to: &lines)
      } else {
        lines.append("\(indent)\(name): \(value)")
      }
    }
  }
}
