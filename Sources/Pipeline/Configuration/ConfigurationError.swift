/// What is wrong with a pipeline file, an option or a combination of them.
package enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case notYAML(file: String, reason: String)
  case unknownKey(String, accepted: [String])
  case notAccepted(key: String, value: String, accepted: String)
  case missing(key: String, hint: String)
  case malformedSetting(String)
  case unknownTracksFormat(path: String)
  case sameFile(String, String)
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
    case .unknownTracksFormat(let path):
      "cannot tell a track format from '\(path)': use .jsonl, .csv or .txt (MOT), or - for JSONL on "
        + "standard output"
    case .sameFile(let first, let second): "\(first) and \(second) are the same file"
    case .exists(let path): "'\(path)' exists already (use --overwrite to replace it)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    case .otherSettings(let folder, let key, let there, let now):
      "'\(folder)' holds results made with \(key) \(there ?? "unset") instead of \(now ?? "unset"); "
        + "name another folder, or remove this one"
    }
  }
}
