import Foundation
import Media

/// What is checked before anything is opened or written.
enum Preflight {
  /// The files a configuration names, the inputs among them first.
  ///
  /// - Parameters:
  ///   - place: The entry of `inputs` it stands for; `nil` for the only input.
  ///   - mayLackOutput: Whether something else sees to it that results are written.
  /// - Throws: `missing`, `notAccepted`, `exclusive`, `unknownTracksFormat`.
  private static func files(
    of configuration: Configuration, in place: String?, mayLackOutput: Bool = false
  ) throws(ConfigurationError) -> (named: [NamedFile], inputCount: Int) {
    let place = place.map { "\($0)." } ?? ""
    guard let input = configuration.input else {
      throw .missing(key: place + "input", hint: "name a file, URL or device to read")
    }
    try configuration.checkServing()
    guard
      mayLackOutput || !configuration.outputs.isEmpty || !configuration.tracks.isEmpty
        || configuration.crops.folder != nil || configuration.serving.address != nil
    else {
      throw .missing(
        key: place + "output", hint: "name an annotated video (output) or a track file (tracks)")
    }
    for path in configuration.tracks where TrackFormat(path: path) == nil {
      throw .unknownTracksFormat(path: path, place: place)
    }
    try checkTracking(configuration, in: place)
    var named = [NamedFile(what: "the input '\(input)'", name: input)]
    if let path = configuration.tracksFrom {
      try checkDrawing(configuration, in: place)
      named.append(NamedFile(what: "the tracks '\(path)'", name: path, localPath: path))
    }
    let inputCount = named.count
    for output in configuration.outputs {
      named.append(NamedFile(what: "the output '\(output)'", name: output))
    }
    try checkSegments(configuration, in: place)
    for path in configuration.tracks {
      // Track files are opened without FFmpeg: a name is a path.
      named.append(
        NamedFile(
          what: "the track file '\(path)'", name: path, localPath: path == "-" ? nil : path))
    }
    if let path = configuration.redact.report {
      guard configuration.hidesFaces else {
        throw .missing(key: place + "redact.style", hint: "a report is made where faces are hidden")
      }
      named.append(
        NamedFile(
          what: "the report '\(path)'", name: path, localPath: path == "-" ? nil : path))
    }
    return (named, inputCount)
  }

  /// - Parameters:
  ///   - place: The entry of `inputs` that is checked; `nil` for the only input.
  ///   - mayLackOutput: Whether something else sees to it that results are written.
  /// - Throws: `missing`, `notAccepted`, `exclusive`, `unknownTracksFormat`, `sameFile`, `exists`, `cannotWrite`.
  static func check(
    _ configuration: Configuration, in place: String? = nil, mayLackOutput: Bool = false
  ) throws(ConfigurationError) {
    let (named, inputCount) = try files(
      of: configuration, in: place, mayLackOutput: mayLackOutput)
    for (index, second) in named.enumerated().dropFirst() {
      for first in named[..<index] where first.isSameFile(as: second) {
        // Standard input and standard output share a name, not a stream.
        if first.name == "-" && first.what.hasPrefix("the input") { continue }
        throw .sameFile(first.what, second.what)
      }
    }
    if let folder = configuration.crops.folder {
      try checkFolder(folder, overwrite: configuration.overwrite)
    }
    for file in named.dropFirst(inputCount) {
      guard let path = file.localPath else { continue }
      if configuration.segment != nil, configuration.outputs.contains(file.name),
        canBeSegmented(path)
      {
        try checkSegmentFolder(of: path, named: file.name)
        continue
      }
      for path in beginnings(ofSequence: path).flatMap(firstFiles) {
        try checkWritable(path, named: file.name, overwrite: configuration.overwrite)
      }
      if !configuration.overwrite, let there = numberedFile(of: path) { throw .exists(path: there) }
    }
  }

  /// Checks several inputs, each by itself, and that none of them writes what another reads or writes.
  ///
  /// - Throws: What `check(_:in:)` throws, `notAccepted`, `sameFileOfInputs`.
  static func check(cameras: [Configuration]) throws(ConfigurationError) {
    var checked: [(name: String, named: [NamedFile], inputCount: Int)] = []
    for (index, camera) in cameras.enumerated() {
      let place = PipelineFile.place(index)
      if let input = camera.input, PictureFolder.isFolder(input) {
        throw .notAccepted(
          key: "\(place).input", value: "folder '\(input)'", accepted: "a file, URL or device")
      }
      try check(camera, in: place)
      var (named, inputCount) = try files(of: camera, in: place)
      if let folder = camera.crops.folder {
        named.append(
          NamedFile(what: "the folder '\(folder)'", name: folder, localPath: folder))
      }
      for other in checked {
        for (i, first) in other.named.enumerated() {
          for (j, second) in named.enumerated() where first.isSameFile(as: second) {
            let (isFirstRead, isSecondRead) = (i < other.inputCount, j < inputCount)
            // A file may be read by several, standard input only by one; and it is not standard output.
            let isStandard = first.name == "-"
            if isFirstRead && isSecondRead && !isStandard { continue }
            if isFirstRead != isSecondRead && isStandard { continue }
            throw .sameFileOfInputs(
              "\(first.what) of \(other.name)", "\(second.what) of \(camera.name)")
          }
        }
      }
      checked.append((camera.name, named, inputCount))
    }
  }

  /// Checks every file the run of a folder writes, and that its output can be a folder.
  ///
  /// - Parameter pictures: The configuration of each picture.
  /// - Throws: What `check(_:)` throws, `notAccepted`.
  static func check(
    folder configuration: Configuration, pictures: some Sequence<Configuration>
  ) throws(ConfigurationError) {
    let input = configuration.input ?? "."
    guard configuration.serving.address == nil else {
      throw .notAccepted(
        key: "http", value: "a folder of pictures",
        accepted: "a video, a stream or a camera to be watched")
    }
    guard configuration.live.input != .on else {
      throw .notAccepted(
        key: "live.input", value: "a folder of pictures", accepted: "a stream or a camera")
    }
    let accepted = ", because the input '\(input)' is one"
    guard configuration.outputs.count <= 1 else {
      throw .notAccepted(
        key: "output", value: "more than one output", accepted: "one folder" + accepted)
    }
    if configuration.tracksFrom != nil {
      throw .notAccepted(
        key: "input", value: "'\(input)'",
        accepted: "a file, because tracks are those of one input, and this is a folder")
    }
    if let output = configuration.output, !canBeFolder(output) {
      throw .notAccepted(key: "output", value: "'\(output)'", accepted: "a folder" + accepted)
    }
    for path in configuration.tracks where TrackFormat(path: path) == .mot {
      throw .notAccepted(
        key: "tracks", value: "'\(path)'",
        accepted: "a file ending in .jsonl or .csv: the pictures of a folder have no tracks")
    }
    // What all pictures share: crops go to folders below this one.
    var shared = configuration
    shared.output = nil
    try check(shared, mayLackOutput: configuration.output != nil)
    for var picture in pictures {
      picture.crops.folder = nil
      // A folder that is yet to be made holds nothing to be overwritten.
      if let output = picture.output, !PictureFolder.isFolder(folder(of: output)) {
        picture.output = nil
      }
      try check(picture, mayLackOutput: true)
    }
  }

  /// Whether a path is a folder, or may become one: what is named like a file is not meant so.
  private static func canBeFolder(_ path: String) -> Bool {
    if PictureFolder.isFolder(path) { return true }
    let isStream = path == "-" || path.contains("://") || path.hasPrefix("pipe:")
    return unsafe !isStream && access(path, F_OK) != 0
      && (path.hasSuffix("/") || !isNamedAsMedia(path))
  }

  private struct NamedFile {
    /// For the error message.
    var what: String
    /// As the user gave it.
    var name: String
    /// Where it lies on this machine; `nil` for streams, devices of FFmpeg and other machines.
    var localPath: String?

    init(what: String, name: String, localPath: String?) {
      self.what = what
      self.name = name
      self.localPath = localPath
    }

    init(what: String, name: String) {
      self.init(what: what, name: name, localPath: Self.localPath(ofFFmpegName: name))
    }

    private static func localPath(ofFFmpegName name: String) -> String? {
      // FFmpeg takes whatever follows as the path, `file:///a.mp4` too.
      if name.hasPrefix("file:") { return String(name.dropFirst("file:".count)) }
      let isElsewhere =
        name == "-" || name.contains("://") || name.hasPrefix("pipe:") || name.hasPrefix("lavfi:")
      return isElsewhere ? nil : name
    }

    /// Whether both names lead to one file, through whatever links.
    func isSameFile(as other: NamedFile) -> Bool {
      if name == other.name { return true }
      guard let path = localPath, let otherPath = other.localPath else { return false }
      if let (first, second) = statuses(path, otherPath) {
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
          && first.st_mode & S_IFMT == S_IFREG
      }
      // One of them is yet to be created: they are one when name and folder are.
      let names = [path, otherPath].map { $0.split(separator: "/").last }
      guard names[0] == names[1],
        let (first, second) = statuses(Preflight.folder(of: path), Preflight.folder(of: otherPath))
      else { return false }
      return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    private func statuses(_ a: String, _ b: String) -> (stat, stat)? {
      var (first, second) = (stat(), stat())
      guard unsafe stat(a, &first) == 0, unsafe stat(b, &second) == 0 else { return nil }
      return (first, second)
    }
  }

  /// The folder a path lies in, `.` when it names none.
  static func folder(of path: String) -> String {
    // Foundation's own functions end the process for names of one letter.
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A path itself, and the first files where it is an image sequence such as `frame_%04d.png`, whose
  /// numbers begin at 0 or 1.
  private static func beginnings(ofSequence path: String) -> [String] {
    guard let pattern = path.firstMatch(of: /%0?(\d*)d/) else { return [path] }
    let width = Int(pattern.1) ?? 1
    return [path]
      + ["0", "1"].map { number in
        let zeros = String(repeating: "0", count: max(0, width - number.count))
        return path.replacing(pattern.0, with: zeros + number)
      }
  }

  /// A folder that is yet to be made, or that holds nothing, unless it may be written over.
  private static func checkFolder(_ path: String, overwrite: Bool) throws(ConfigurationError) {
    var isFolder = ObjCBool(false)
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return try checkWritable(path, named: path, overwrite: overwrite)
    }
    guard isFolder.boolValue else { throw .cannotWrite(path: path, reason: "it is no folder") }
    guard unsafe access(path + "/.", W_OK | X_OK) == 0 else {
      throw .cannotWrite(path: path, reason: unsafe String(cString: strerror(errno)))
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names.isEmpty || overwrite else { throw .exists(path: path) }
  }

  static func checkWritable(
    _ path: String, named name: String, overwrite: Bool
  ) throws(ConfigurationError) {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw .cannotWrite(path: name, reason: "it is a directory")
      case S_IFREG where !overwrite: throw .exists(path: name)
      default: break
      }
      guard unsafe access(path, W_OK) == 0 else {
        throw .cannotWrite(path: name, reason: unsafe String(cString: strerror(errno)))
      }
      return
    }
    let folder = folder(of: path)
    // The dot insists on a folder.
    guard unsafe access(folder + "/.", W_OK | X_OK) == 0 else {
      throw .cannotWrite(
        path: name, reason: unsafe "folder '\(folder)': \(String(cString: strerror(errno)))")
    }
  }
}

/// Checks that a file can be written, before the work that fills it.
///
/// - Throws: `exists`, `cannotWrite`.
package func checkWritable(_ path: String, overwrite: Bool) throws(ConfigurationError) {
  try Preflight.checkWritable(path, named: path, overwrite: overwrite)
}

/// Checks that tracks can be measured as far as they are looked ahead.
///
/// - Parameter place: What stands before a key in messages, such as `inputs[1].`.
/// - Throws: `notAccepted`.
package func checkTracking(
  _ configuration: Configuration, in place: String = ""
) throws(ConfigurationError) {
  let track = configuration.track
  guard track.minimumTrack <= track.lookahead + 1 else {
    throw .notAccepted(
      key: place + "track.min-track", value: "\(track.minimumTrack)",
      accepted: "a track.lookahead of \(track.minimumTrack - 1) or more with it, which is "
        + "\(track.lookahead) now")
  }
}
