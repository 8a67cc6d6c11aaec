package import Foundation

/// Finds the files that come with the program.
///
/// `Bundle.module` ends the process where its folder is missing, so the folder is looked for here:
/// beside the executable, where the package manager puts it, and where an installation would.
package struct ResourceFolder: Sendable {
  /// In the order they are searched.
  package let folders: [URL]

  /// The package manager's name for this module's resources.
  package static let bundleName = "facestream_Detection.resources"

  /// Looks near the running executable.
  package init() {
    let beside = (Bundle.main.executableURL ?? Bundle.main.bundleURL.appending(path: "facestream"))
      .resolvingSymlinksInPath().deletingLastPathComponent()
    let installation = beside.deletingLastPathComponent()
    self.init(folders: [
      beside.appending(path: Self.bundleName),
      Bundle.main.bundleURL.appending(path: Self.bundleName),
      installation.appending(path: "share/facestream").appending(path: Self.bundleName),
    ])
  }

  package init(folders: [URL]) {
    var seen: Set<String> = []
    self.folders = folders.filter { seen.insert($0.standardizedFileURL.path).inserted }
  }

  /// - Throws: `missingResource` when no folder has the file.
  package func path(of file: String) throws(DetectionError) -> String {
    for folder in folders {
      let path = folder.appending(path: file).path
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    throw .missingResource(file: file, searched: folders.map(\.path))
  }
}
