package import Foundation

/// The optional folder of large development files beside the checkout. Tests that use it skip, with
/// a reason, where it is absent.
package enum SharedFolder {
  /// The URL of a file in that folder, `nil` when it is not there.
  package static func url(_ path: String) -> URL? {
    let url = Repository.root.deletingLastPathComponent().appending(path: "shared")
      .appending(path: path)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }
}
