import Foundation
import Media

/// The pictures below a folder, in the order they are worked on.
struct PictureFolder: Sendable {
  let path: String
  /// Relative to the folder, sorted by their UTF-8 bytes so that every machine has the same order.
  let pictures: [String]
  /// Other files, and hidden ones.
  let skippedCount: Int

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes a folder, and those it lies in.
  ///
  /// - Throws: `configuration(.cannotWrite)`.
  static func make(_ path: String) throws(PipelineError) {
    if isFolder(path) { return }
    let parent = Preflight.folder(of: path)
    if parent != path { try make(parent) }
    // Another program may have been quicker.
    if unsafe mkdir(path, 0o777) != 0, errno != EEXIST || !isFolder(path) {
      let reason = unsafe String(cString: strerror(errno))
      throw .configuration(.cannotWrite(path: path, reason: reason))
    }
  }

  /// Lists a folder and those below it. Links to folders are not followed, and hidden folders are
  /// not entered.
  ///
  /// - Parameter results: Folders that are left out, with all below: the results of an earlier run.
  /// - Throws: `media(.cannotOpen)`.
  init(path: String, excluding results: [String?]) throws(PipelineError) {
    self.path = path
    let excluded = results.compactMap { $0.flatMap(Self.identity) }
    var found: [String] = []
    var skipped = 0
    var folders = [""]
    while let folder = folders.popLast() {
      for name in try Self.names(in: Self.join(path, folder)) {
        let relative = Self.join(folder, name)
        let isHidden = name.hasPrefix(".")
        switch Self.kind(Self.join(path, relative)) {
        case .folder where !isHidden:
          let identity = Self.identity(Self.join(path, relative))
          if !excluded.contains(where: { $0 == identity }) { folders.append(relative) }
        case .folder: break
        case .file where !isHidden && isPictureFile(name): found.append(relative)
        case .file: skipped += 1
        }
      }
    }
    pictures = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    skippedCount = skipped
  }

  /// A path below a folder; where one of them is empty, the other.
  static func join(_ folder: String, _ name: String) -> String {
    if name.isEmpty { return folder }
    return folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  private static func names(in folder: String) throws(PipelineError) -> [String] {
    guard unsafe access(folder, R_OK | X_OK) == 0 else {
      throw .media(
        .cannotOpen(path: folder, reason: unsafe String(cString: strerror(errno))))
    }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .media(.cannotOpen(path: folder, reason: "the folder cannot be read"))
    }
  }

  private enum Kind {
    case file, folder
  }

  private static func kind(_ path: String) -> Kind {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return .file }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }

  /// What tells a folder from others by whatever name; `nil` when it does not exist.
  private static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
}
