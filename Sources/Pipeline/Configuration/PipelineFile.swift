internal import Foundation
internal import Yams

/// What a pipeline file asks for: one input, or several that are worked on side by side.
package struct PipelineFile: Sendable, Equatable {
  /// At least one. Their names differ, and all agree in the keys that count for the whole process.
  package let cameras: [Configuration]

  /// Reads a pipeline file.
  ///
  /// - Parameters:
  ///   - settings: `key.path=value` of the command line. They replace what the file says beside `inputs`;
  ///     `inputs[1].key.path=value` replaces what it says for one input.
  ///   - input: Replaces the file's `input`, as `--input` does.
  /// - Throws: `unreadable`, and what the other initialiser throws.
  package init(
    file: String, settings: [String] = [], input: String? = nil
  ) throws(ConfigurationError) {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      let reason =
        FileManager.default.fileExists(atPath: file) ? "not readable text" : "no such file"
      throw .unreadable(file: file, reason: reason)
    }
    try self.init(yaml: text, file: file, settings: settings, input: input)
  }

  /// Reads a pipeline file's text.
  ///
  /// - Throws: `notYAML`, `unknownKey`, `notAccepted`, `malformedSetting`, `exclusive`, `shared`, `noSuchInput`,
  ///   `missing`, `sameName`.
  package init(
    yaml text: String, file: String, settings: [String] = [], input: String? = nil
  ) throws(ConfigurationError) {
    var root = try Self.compose(text, file: file)
    let inputs = root?[Self.key]
    root?[Self.key] = nil
    var common = Configuration()
    if let root { try common.apply(.mapping(root)) }
    let entries = if let inputs { try Self.entries(inputs) } else { [Node]?.none }
    var ofInputs: [InputSetting] = []
    for setting in settings {
      if let one = try InputSetting(setting) {
        ofInputs.append(one)
      } else {
        try common.apply(setting: setting)
      }
    }
    guard let entries else {
      if let setting = ofInputs.first { throw .noSuchInput(setting.place, count: 0) }
      if let input { common.input = input }
      cameras = [common.named]
      return
    }
    if input != nil { throw .exclusive("--input", Self.key, hint: Self.oneOrSeveral) }
    if common.input != nil { throw .exclusive("input", Self.key, hint: Self.oneOrSeveral) }
    if common.name != Configuration.defaultName {
      throw .exclusive("name", Self.key, hint: "name each input in its own entry")
    }
    if let setting = ofInputs.first(where: { !entries.indices.contains($0.index) }) {
      throw .noSuchInput(setting.place, count: entries.count)
    }
    var cameras: [Configuration] = []
    for (index, entry) in entries.enumerated() {
      let place = Self.place(index)
      var camera = common
      camera.name = "\(Configuration.defaultName)\(index + 1)"
      try camera.apply(entry: entry, at: place)
      for setting in ofInputs where setting.index == index {
        try camera.set(
          setting.path, to: setting.value, namedAs: "\(place).\(setting.path)", in: place)
      }
      guard camera.input != nil else {
        throw .missing(key: "\(place).input", hint: "name a file, URL or device to read")
      }
      if let other = cameras.firstIndex(where: { $0.name == camera.name }) {
        throw .sameName(Self.place(other), place, name: camera.name)
      }
      cameras.append(camera)
    }
    self.cameras = cameras.map(\.named)
  }

  /// The key of the list.
  static let key = "inputs"

  private static let oneOrSeveral = "name one input, or list several"
  private static let accepted =
    "a list of inputs, each a URL or a section with input and other keys"

  /// How an entry is called in messages.
  static func place(_ index: Int) -> String { "\(key)[\(index)]" }

  private static func compose(_ text: String, file: String) throws(ConfigurationError) -> Node
    .Mapping?
  {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw .notYAML(file: file, reason: Configuration.sentence(of: error))
    }
    guard let root else { return nil }
    guard let mapping = root.mapping else {
      throw .notYAML(file: file, reason: "the top level is no mapping of keys to values")
    }
    return mapping
  }

  /// The entries of the list; `nil` for a key without a value, which is as good as none.
  private static func entries(_ node: Node) throws(ConfigurationError) -> [Node]? {
    if node.null != nil { return nil }
    guard let sequence = node.sequence else {
      throw .notAccepted(key: key, value: Configuration.text(of: node), accepted: accepted)
    }
    guard !sequence.isEmpty else {
      throw .notAccepted(key: key, value: "an empty list", accepted: accepted)
    }
    return Array(sequence)
  }
}

/// `inputs[1].key.path=value` of the command line.
private struct InputSetting {
  var index: Int
  var path: String
  var value: String

  var place: String { PipelineFile.place(index) }

  /// - Returns: `nil` for a setting that is not for one of several inputs.
  /// - Throws: `malformedSetting`.
  init?(_ text: String) throws(ConfigurationError) {
    guard text.hasPrefix(PipelineFile.key + "[") else { return nil }
    guard let match = text.wholeMatch(of: /inputs\[(\d{1,9})\]\.([^=]+)=(.*)/.dotMatchesNewlines()),
      let index = Int(match.1)
    else { throw .malformedSetting(text) }
    (self.index, path, value) = (index, String(match.2), String(match.3))
  }
}

extension Configuration {
  /// One of several inputs: a URL, or a section that says more.
  ///
  /// - Throws: `notAccepted`, `unknownKey`, `shared`.
  fileprivate mutating func apply(entry: Node, at place: String) throws(ConfigurationError) {
    if entry.mapping != nil { return try apply(entry, in: place) }
    guard let text = entry.scalar?.string, entry.null == nil, !text.isEmpty else {
      throw .notAccepted(
        key: place, value: entry.null == nil ? Self.text(of: entry) : "an empty entry",
        accepted: "a URL, or a section with input and other keys")
    }
    input = text
  }

  /// The same with the camera's name in place of `{name}` wherever something is written, or read back.
  fileprivate var named: Configuration {
    func expanded(_ path: String) -> String { path.replacing("{name}", with: name) }
    var configuration = self
    configuration.outputs = outputs.map(expanded)
    configuration.tracks = tracks.map(expanded)
    configuration.tracksFrom = tracksFrom.map(expanded)
    configuration.redact.report = redact.report.map(expanded)
    configuration.crops.folder = crops.folder.map(expanded)
    return configuration
  }
}
