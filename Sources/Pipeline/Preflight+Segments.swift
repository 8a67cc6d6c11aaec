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

  /// A file that lies where an output may come to write one of its own, though it begins with others: a segment of
  /// an HLS playlist, or a picture of a sequence, whatever its number. `nil` when there is none.
  static func numberedFile(of path: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let (prefix, suffix, width): (String, String, Int)
    if name.hasSuffix(playlistEnding) {
      (prefix, suffix, width) = (String(name.dropLast(playlistEnding.count)), ".ts", 1)
    } else if let pattern = name.firstMatch(of: /%0?(\d*)d/) {
      prefix = String(name[..<pattern.range.lowerBound])
      suffix = String(name[pattern.range.upperBound...])
      width = Int(pattern.1) ?? 1
    } else {
      return nil
    }
    let folder = folder(of: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let first = names.filter { name in
      guard name.hasPrefix(prefix), name.hasSuffix(suffix),
        name.utf8.count >= prefix.utf8.count + suffix.utf8.count
      else { return false }
      let digits = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
      return digits.count >= width && digits.allSatisfy { (0x30...0x39).contains($0) }
    }.min()
    return first.map { folder == "." && !path.hasPrefix("./") ? $0 : "\(folder)/\($0)" }
  }

  private static let playlistEnding = ".m3u8"

  /// The files an output begins with: that of its name, and the first segment of an HLS playlist.
  static func firstFiles(of path: String) -> [String] {
    path.hasSuffix(playlistEnding)
      ? [path, path.dropLast(playlistEnding.count) + "0.ts"] : [path]
  }
}
