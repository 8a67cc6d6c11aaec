/// What is wrong with a pipeline file, an option or a combination of them.
package enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case notYAML(file: String, reason: String)
  case unknownKey(String, accepted: [String])
  case notAccepted(key: String, value: String, accepted: String)
  case missing(key: String, hint: String)
  case malformedSetting(String)
  /// Two keys that cannot be given both.
  case exclusive(String, String, hint: String)
  /// A key that all inputs have in common, in the entry of one.
  case shared(key: String, as: String)
  /// A setting for an entry that the list does not have.
  case noSuchInput(String, count: Int)
  case sameName(String, String, name: String)
  /// `place` is what stands before the key, such as `inputs[1].`; nothing with a single input.
  case unknownTracksFormat(path: String, place: String = "")
  case sameFile(String, String)
  case sameFileOfInputs(String, String)
  case exists(path: String)
  case cannotWrite(path: String, reason: String)
  /// A folder of results was made otherwise than is asked for now; `nil` where nothing is said.
  case otherSettings(folder: String, key: String, there: String?, now: String?)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason): "cannot read '\(file)': \(reason)"
    case .notYAML(let file, let reason): "'\(file)' is no valid YAML: \(reason)"
    case .unknownKey(let key, let accepted):
      "unknown key '\(key)' (accepted here: \(accepted.joined(separator: ", ")))"
    case .notAccepted(let key, let value, let accepted):
      "\(key): \(value) is not accepted; give \(accepted)"
    case .missing(let key, let hint): "\(key) is missing: \(hint)"
    case .malformedSetting(let text): "--set \(text): write it as key.path=value"
    case .exclusive(let first, let second, let hint):
      "\(first) and \(second) exclude each other: \(hint)"
    case .shared(let key, let common):
      "\(key): all inputs share one value; set \(common) beside inputs instead"
    case .noSuchInput(let place, let count):
      "\(place): the pipeline file lists "
        + (count == 0 ? "no inputs" : "\(count) input\(count == 1 ? "" : "s"), numbered from 0")
    case .sameName(let first, let second, let name):
      "\(first) and \(second) have the same name '\(name)'; give each input a name of its own"
    case .unknownTracksFormat(let path, let place):
      (place.isEmpty ? "" : place + "tracks: ")
        + "cannot tell a track format from '\(path)': use .jsonl, .csv or .txt (MOT), or - for JSONL on "
        + "standard output"
    case .sameFile(let first, let second): "\(first) and \(second) are the same file"
    case .sameFileOfInputs(let first, let second):
      "\(first) and \(second) are the same file; {name} in a path stands for the input's name"
    case .exists(let path): "'\(path)' exists already (use --overwrite to replace it)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    case .otherSettings(let folder, let key, let there, let now):
      "'\(folder)' holds results made with \(key) \(there ?? "unset") instead of \(now ?? "unset"); "
        + "name another folder, or remove this one"
    }
  }
}
