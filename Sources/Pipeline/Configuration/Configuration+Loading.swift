internal import Yams

extension Configuration {
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
  /// - Parameters:
  ///   - name: What the user called the key, for the error message.
  ///   - place: The entry of `inputs` that is set; `nil` sets what counts for all.
  /// - Throws: `unknownKey`, `notAccepted`, `shared`.
  package mutating func set(
    _ path: String, to text: String, namedAs name: String, in place: String? = nil
  ) throws(ConfigurationError) {
    guard let key = ConfigurationKey.named(path) else {
      let inside = ConfigurationKey.names(below: path, in: place)
      if !inside.isEmpty {
        throw .notAccepted(
          key: name, value: "'\(text)'",
          accepted: inside.map { "\(path).\($0)" }.joined(separator: ", "))
      }
      let section = path.split(separator: ".").dropLast().joined(separator: ".")
      let names = ConfigurationKey.names(below: section, in: place)
      throw .unknownKey(
        name, accepted: names.isEmpty ? ConfigurationKey.names(below: "", in: place) : names)
    }
    if place != nil, key.isShared { throw .shared(key: name, as: path) }
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

  /// Applies a section of a pipeline file, or all of it.
  ///
  /// - Parameters:
  ///   - path: The section's; `""` for the top.
  ///   - place: The entry of `inputs` it stands in; `nil` for what counts for all.
  /// - Throws: `unknownKey`, `notAccepted`, `shared`.
  mutating func apply(
    _ node: Node, at path: String = "", in place: String? = nil
  ) throws(ConfigurationError) {
    func shown(_ path: String) -> String { place.map { "\($0).\(path)" } ?? path }
    if let key = ConfigurationKey.named(path) {
      if place != nil, key.isShared { throw .shared(key: shown(path), as: path) }
      // A key without a value keeps its default.
      if node.null != nil { return }
      guard key.set(node, &self) else {
        throw .notAccepted(key: shown(path), value: Self.text(of: node), accepted: key.accepted)
      }
      return
    }
    let names = ConfigurationKey.names(below: path)
    guard let mapping = node.mapping else {
      if node.null != nil { return }
      throw .notAccepted(
        key: shown(path), value: Self.text(of: node),
        accepted: "a section with "
          + ConfigurationKey.names(below: path, in: place).joined(separator: ", "))
    }
    for (name, value) in mapping {
      let name = name.scalar?.string ?? Self.text(of: name)
      let inner = path.isEmpty ? name : path + "." + name
      guard names.contains(name) else {
        var accepted = ConfigurationKey.names(below: path, in: place)
        if path.isEmpty, place == nil { accepted.insert(PipelineFile.key, at: 1) }
        throw .unknownKey(shown(inner), accepted: accepted)
      }
      try apply(value, at: inner, in: place)
    }
  }

  static func text(of node: Node) -> String {
    if let scalar = node.scalar { return "'\(scalar.string)'" }
    return node.sequence != nil ? "a list" : "a section"
  }

  /// One line of what Yams says about broken YAML, which spans several.
  static func sentence(of error: any Error) -> String {
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
