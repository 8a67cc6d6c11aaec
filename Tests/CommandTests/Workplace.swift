import Foundation
import TestSupport

/// A folder in which the program runs, so that messages name short paths.
struct Workplace {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs the program in the folder.
  func run(_ arguments: String...) throws -> ProcessResult {
    try facestream(arguments, in: folder.url)
  }

  /// Runs a line of shell in the folder, in which `$facestream` is the program.
  func shell(_ line: String) throws -> ProcessResult {
    try runProcess(
      "bash", ["-c", "facestream='\(facestreamPath)'; " + line], in: folder.url)
  }

  func write(_ data: Data, _ name: String) throws {
    try data.write(to: folder.url.appending(path: name))
  }

  func write(_ text: String, _ name: String) throws { try write(Data(text.utf8), name) }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: folder.url.appending(path: name))
  }

  func size(_ name: String) -> Int { (try? bytes(name).count) ?? 0 }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.path(name))
  }

  func make(_ name: String, _ arguments: String...) throws {
    try Clips.make(folder.path(name), arguments)
  }

  /// The repository's clip, which some tests may not touch.
  func copySample(as name: String = "faces.mp4") throws {
    try FileManager.default.copyItem(
      atPath: Repository.path("samples/faces.mp4"), toPath: folder.path(name))
  }

  /// What must not change when a run is refused: bytes and time of modification of every file.
  func snapshot() throws -> [String: FileState] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try FileState(folder.path($0))) })
  }

  struct FileState: Equatable {
    var bytes: Data?
    var modified: Date?

    init(_ path: String) throws {
      bytes = FileManager.default.contents(atPath: path)
      modified =
        try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    }
  }

  /// The lines of a JSON lines file as objects; the first is the header.
  func lines(_ name: String) throws -> [[String: Any]] { try jsonLines(bytes(name)) }

  /// Frames a decoder finds in a file's video.
  func frameCount(_ name: String) throws -> Int? {
    let rows = try Clips.probe(
      folder.path(name), stream: "v:0", entries: "stream=nb_read_frames",
      arguments: ["-count_frames", "-v", "fatal"])
    return rows.first.flatMap { Int($0.prefix { $0.isNumber }) }
  }
}

/// JSON lines as objects.
func jsonLines(_ data: Data) throws -> [[String: Any]] {
  try data.split(separator: UInt8(ascii: "\n")).map { line in
    guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] else {
      throw CocoaError(.coderReadCorrupt)
    }
    return object
  }
}

/// What the program prints for an error.
func errorLine(_ sentence: String) -> String { "facestream: error: \(sentence)\n" }
