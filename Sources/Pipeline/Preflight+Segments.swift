import Foundation

/// Outputs that are more files than the one they are named after.
extension Preflight {
  /// - Parameter place: What stands before a key in messages.
  /// - Throws: `missing`, `notAccepted`.
  static func checkSegments(
    _ configuration: Configuration, in place: String
  ) throws(ConfigurationError) {
    let outputs = configuration.outputs
    guard configuration.segment != nil, !outputs.contains(where: canBeSegmented) else { return }
    if outputs.isEmpty {
      throw .missing(
        key: place + "output", hint: "segment takes a video file that it can number by time")
    }
    throw .notAccepted(
      key: place + "output", value: outputs.map { "'\($0)'" }.joined(separator: " with "),
      accepted: "at least one video file, which segment can number by time, or segment: off")
  }

  /// Checks that the files of a recording can be made. Each gets a name of its own, so none is replaced.
  ///
  /// - Throws: `cannotWrite`.
  static func checkSegmentFolder(
    of path: String, named name: String
  ) throws(ConfigurationError) {
    // Folders whose names hold the time are made when it is known.
    var folder = folder(of: path)
    while folder.contains("%") { folder = self.folder(of: folder) }
    guard unsafe access(folder + "/.", W_OK | X_OK) == 0 else {
      throw .cannotWrite(
        path: name, reason: unsafe "folder '\(folder)': \(String(cString: strerror(errno)))")
    }
  }

  /// The files an output begins with: that of its name, and the first segment of an HLS playlist.
  static func firstFiles(of path: String) -> [String] {
    let ending = ".m3u8"
    return path.hasSuffix(ending) ? [path, path.dropLast(ending.count) + "0.ts"] : [path]
  }
}
