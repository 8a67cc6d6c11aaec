import Foundation

/// The crops an earlier run left in a folder.
enum EarlierCrops {
  /// Removes the files its index lists, and folders that are empty then: faces of another run must not
  /// lie between those of this one. Files that are not named as crops are stay, whatever an index says.
  static func remove(from folder: String) {
    guard let index = FileManager.default.contents(atPath: folder + "/index.jsonl") else { return }
    for line in index.split(separator: UInt8(ascii: "\n")) {
      guard let entry = try? JSONDecoder().decode(Entry.self, from: line),
        entry.file.wholeMatch(of: /id-\d+\/\d+_frame-\d+\.png/) != nil
      else { continue }
      let path = folder + "/" + entry.file
      unsafe unlink(path)
      // Fails where other files are left, which is as it should be.
      unsafe rmdir(Preflight.folder(of: path))
    }
  }

  private struct Entry: Decodable {
    var file: String
  }
}
