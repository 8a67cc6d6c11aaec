internal import Foundation
internal import Yams

extension Configuration {
  /// Reads a pipeline file.
  ///
  /// - Throws: `unreadable`, `notYAML`, `unknownKey`, `notAccepted`.
  package init(file: String) throws(ConfigurationError) {
    self.init()
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      let reason =
        FileManager.default.fileExists(atPath: file) ? "not readable text" : "no such file"
      throw .unreadable(file: file, reason: reason)
    }
    try load(yaml: text, file: file)
  }

  /// Applies a pipeline file's text.
  ///
  /// - Throws: `notYAML`, `unknownKey`, `notAccepted`.
  package mutating func load(yaml text: String, file: String) throws(ConfigurationError) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw .notYAML(file: file, reason: Self.sentence(of: error))
    }
    guard let root else { return }
    guard root.mapping != nil else {
      throw .notYAML(file: file, reason: "the top level is no mapping of keys to values")
    }
    try apply(root, at: "")
  }

  /// Applies one `key.path=value` of the command line.
  ///
  /// - Throws: `malformedSetting`, `unknownKey`, `notAccepted`.
  package mutating func apply(setting: String) throws(ConfigurationError) {
    guard let equals = setting.firstIndex(of: "="), equals > setting.startIndex else {
      throw .malformedSetting(setting)
    }
    let path = String(setting[..<equals])
    try set(path, to: String(setting[setting.index(after: equals)...]), namedAs: path)
  }

  /// Sets one key from text, as an option of the command line does.
  ///
  /// - Parameter name: What the user called the key, for the error message.
  /// - Throws: `unknownKey`, `notAccepted`.
  package mutating func set(
    _ path: String, to text: String, namedAs name: String
  ) throws(ConfigurationError) {
    guard let key = ConfigurationKey.named(path) else {
      let inside = ConfigurationKey.names(below: path)
      if !inside.isEmpty {
        throw .notAccepted(
          key: name, value: "'\(text)'",
          accepted: inside.map { "\(path).\($0)" }.joined(separator: ", "))
      }
      let section = path.split(separator: ".").dropLast().joined(separator: ".")
      let names = ConfigurationKey.names(below: section)
      throw .unknownKey(path, accepted: names.isEmpty ? ConfigurationKey.names(below: "") : names)
    }
    // Flow sequences are YAML; everything else is taken literally, so that paths need no quotes.
    let composed = text.hasPrefix("[") ? (try? Yams.compose(yaml: text)) ?? nil : nil
    guard key.set(composed ?? Node(text), &self) else {
      throw .notAccepted(key: name, value: "'\(text)'", accepted: key.accepted)
    }
  }

  /// Sets a list of texts, as a repeated option does.
  ///
  /// - Throws: `notAccepted`.
  package mutating func set(
    _ path: String, to texts: [String], namedAs name: String
  ) throws(ConfigurationError) {
    guard let key = ConfigurationKey.named(path) else { throw .unknownKey(path, accepted: []) }
    guard key.set(Node(texts.map { Node($0) }), &self) else {
      throw .notAccepted(
        key: name, value: "'\(texts.joined(separator: ", "))'", accepted: key.accepted)
    }
  }

  private mutating func apply(_ node: Node, at path: String) throws(ConfigurationError) {
    if let key = ConfigurationKey.named(path) {
      // A key without a value keeps its default.
      if node.null != nil { return }
      guard key.set(node, &self) else {
        throw .notAccepted(key: path, value: Self.text(of: node), accepted: key.accepted)
      }
      return
    }
    let names = ConfigurationKey.names(below: path)
    guard let mapping = node.mapping else {
      if node.null != nil { return }
      throw .notAccepted(
        key: path, value: Self.text(of: node),
        accepted: "a section with \(names.joined(separator: ", "))")
    }
    for (name, value) in mapping {
      let name = name.scalar?.string ?? Self.text(of: name)
      let inner = path.isEmpty ? name : path + "." + name
      guard names.contains(name) else { throw .unknownKey(inner, accepted: names) }
      try apply(value, at: inner)
    }
  }

  private static func text(of node: Node) -> String {
    if let scalar = node.scalar { return "'\(scalar.string)'" }
    return node.sequence != nil ? "a list" : "a section"
  }

  /// One line of what Yams says about broken YAML, which spans several.
  private static func sentence(of error: any Error) -> String {
    if let error = error as? YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
        return "\(problem) in line \(mark.line)"
      case .composer(let context, let problem, let mark, _):
        // Half of the sentence: "expected a single document in the stream" "but found another …".
        let beginning = context.map { "\($0.text), " } ?? ""
        return "\(beginning)\(problem) in line \(mark.line)"
      case .duplicatedKeysInMapping(let duplicates, _):
        return "key '\(duplicates.joined(separator: "', '"))' stands there twice"
      default: break
      }
    }
    return "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
