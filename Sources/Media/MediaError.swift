/// Why a clip could not be opened, decoded, encoded or written.
package enum MediaError: Error, Equatable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  /// The installed FFmpeg knows no such protocol or container.
  case unsupportedInput(path: String, reason: String)
  /// The other side wants another user name or password.
  case notAuthorized(path: String, reason: String)
  /// A live input sent nothing for so long.
  case silent(path: String, seconds: Double)
  /// The connection to a live input broke.
  case lost(path: String, reason: String)
  case notVideo(path: String, reason: String)
  case pictureTooLarge(path: String, width: Int, height: Int, limit: Int)
  case unsupportedCodec(path: String, codec: String)
  /// No container follows from the name of the output.
  case unknownContainer(path: String)
  case unknownOutputFormat(name: String)
  case unknownEncoder(name: String)
  case encoderOption(encoder: String, option: String, reason: String)
  case cannotEncode(encoder: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// A packet or frame that could not be read; reading may go on.
  case damaged(reason: String)
  case unsupportedPicture(reason: String)
  case outOfMemory

  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "cannot open '\(path)': \(reason)"
    case .unsupportedInput(let path, let reason): "cannot open '\(path)': \(reason)"
    case .notAuthorized(let path, let reason): "cannot open '\(path)': \(reason)"
    case .silent(let path, let seconds): "'\(path)' sent nothing for \(secondsText(seconds))"
    case .lost(let path, let reason): "the connection to '\(path)' broke: \(reason)"
    case .notVideo(let path, let reason): "'\(path)' \(reason)"
    case .pictureTooLarge(let path, let width, let height, let limit):
      "'\(path)' has pictures of \(width)×\(height), more than the limit of \(limit) pixels "
        + "(raise it with --max-pixels)"
    case .unsupportedCodec(let path, let codec):
      "'\(path)' is encoded as '\(codec)', which the installed FFmpeg cannot decode"
    case .unknownContainer(let path):
      "cannot tell a container from the name '\(path)' (use an ending such as .mp4 or .mkv, or "
        + "--format)"
    case .unknownOutputFormat(let name):
      "the installed FFmpeg has no output format '\(name)'"
    case .unknownEncoder(let name): "the installed FFmpeg has no video encoder '\(name)'"
    case .encoderOption(let encoder, let option, let reason):
      "encoder '\(encoder)' refuses \(option): \(reason)"
    case .cannotEncode(let encoder, let reason): "cannot encode with '\(encoder)': \(reason)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    case .damaged(let reason): "damaged input: \(reason)"
    case .unsupportedPicture(let reason): "cannot process the picture: \(reason)"
    case .outOfMemory: "out of memory"
    }
  }
}

/// Such as `10 s` or `0.5 s`.
func secondsText(_ seconds: Double) -> String {
  seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}
