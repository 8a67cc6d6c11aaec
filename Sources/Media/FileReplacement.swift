import Foundation

/// A file that is written beside its place and put there when it is whole, so that nobody ever sees a
/// half one. Removes what was not finished.
final class FileReplacement {
  /// Where to write: in the folder of the file itself.
  let temporaryPath: String
  private let target: String
  private var isFinished = false

  /// - Returns: `nil` where a file cannot be replaced by another one: for devices and pipes, and in
  ///   folders that take no new files.
  init?(path: String) {
    var target = path
    var status = stat()
    if unsafe lstat(path, &status) == 0 {
      // A link stays a link; what it leads to is replaced.
      if status.st_mode & S_IFMT == S_IFLNK {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        target = unsafe String(cString: resolved)
        unsafe free(resolved)
        guard unsafe stat(target, &status) == 0 else { return nil }
      }
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    }
    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? ""
    guard unsafe access(folder.isEmpty ? "." : folder, W_OK) == 0 else { return nil }
    let number = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    temporaryPath = folder + ".facestream-\(number).part"
    self.target = target
  }

  deinit {
    if !isFinished { unsafe unlink(temporaryPath) }
  }

  /// Puts the file in its place.
  ///
  /// - Throws: `cannotWrite`.
  func finish() throws(MediaError) {
    guard unsafe rename(temporaryPath, target) == 0 else {
      throw .cannotWrite(path: target, reason: unsafe String(cString: strerror(errno)))
    }
    isFinished = true
  }
}
