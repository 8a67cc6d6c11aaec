import Foundation

/// What is checked before anything is opened or written.
enum Preflight {
  /// - Throws: `missing`, `unknownTracksFormat`, `sameFile`, `exists`, `cannotWrite`.
  static func check(_ configuration: Configuration) throws(ConfigurationError) {
    guard let input = configuration.input else {
      throw .missing(key: "input", hint: "name a file, URL or device to read")
    }
    guard configuration.output != nil || !configuration.tracks.isEmpty else {
      throw .missing(
        key: "output", hint: "name an annotated video (output) or a track file (tracks)")
    }
    for path in configuration.tracks where TrackFormat(path: path) == nil {
      throw .unknownTracksFormat(path: path)
    }
    var named = [(what: "the input '\(input)'", path: input)]
    if let output = configuration.output { named.append(("the output '\(output)'", output)) }
    for path in configuration.tracks { named.append(("the track file '\(path)'", path)) }
    for (index, second) in named.enumerated().dropFirst() {
      for first in named[..<index] where isSameFile(first.path, second.path) {
        // Standard input and standard output share a name, not a stream.
        if first.path == "-" && index > 0 && first.what.hasPrefix("the input") { continue }
        throw .sameFile(first.what, second.what)
      }
    }
    for file in named.dropFirst() where isLocal(file.path) {
      try checkWritable(file.path, overwrite: configuration.overwrite)
    }
  }

  /// Whether both names lead to one file, through whatever links.
  private static func isSameFile(_ a: String, _ b: String) -> Bool {
    if a == b { return true }
    guard isLocal(a), isLocal(b) else { return false }
    var (first, second) = (stat(), stat())
    if unsafe stat(a, &first) == 0, unsafe stat(b, &second) == 0 {
      return first.st_dev == second.st_dev && first.st_ino == second.st_ino
        && first.st_mode & S_IFMT == S_IFREG
    }
    return URL(filePath: a).standardizedFileURL == URL(filePath: b).standardizedFileURL
  }

  private static func isLocal(_ path: String) -> Bool {
    path != "-" && !path.contains("://") && !path.hasPrefix("pipe:") && !path.hasPrefix("lavfi:")
  }

  private static func checkWritable(
    _ path: String, overwrite: Bool
  ) throws(ConfigurationError) {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw .cannotWrite(path: path, reason: "it is a directory")
      case S_IFREG where !overwrite: throw .exists(path: path)
      default: break
      }
      guard unsafe access(path, W_OK) == 0 else {
        throw .cannotWrite(path: path, reason: unsafe String(cString: strerror(errno)))
      }
      return
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard unsafe access(folder, W_OK | X_OK) == 0 else {
      throw .cannotWrite(
        path: path, reason: unsafe "folder '\(folder)': \(String(cString: strerror(errno)))")
    }
  }
}
