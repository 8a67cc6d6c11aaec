import Evaluation
import Foundation
import Imaging

/// A folder that keeps the results of an evaluation, one picture after the other: `predictions/event/
/// name.txt` as the official tool reads them, `landmarks/event/name.txt` with the landmarks of the same
/// faces, and `settings.json`, which tells how they were made.
///
/// A file appears whole or not at all, so that a run that was stopped goes on where it was.
struct ResultFolder: Sendable {
  private let path: String

  private static let settingsName = "settings.json"

  /// Opens a folder, or makes it.
  ///
  /// - Parameter settings: All that the results depend on.
  /// - Throws: `configuration(.otherSettings)` where results of other settings lie,
  ///   `configuration(.cannotWrite)`, `evaluation`.
  init(_ path: String, settings: [String: String]) throws(PipelineError) {
    self.path = path
    let file = path + "/" + Self.settingsName
    if FileManager.default.fileExists(atPath: file) {
      try Self.compare(settings, withThoseIn: file, folder: path)
    } else {
      guard !FileManager.default.fileExists(atPath: path + "/predictions") else {
        throw .evaluation(
          .malformed(path: path, reason: "it holds predictions, but no '\(Self.settingsName)'"))
      }
      try PictureFolder.make(path)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      guard let data = try? encoder.encode(settings) else { return }
      try write(String(decoding: data, as: UTF8.self) + "\n", to: file)
    }
  }

  private static func compare(
    _ settings: [String: String], withThoseIn file: String, folder: String
  ) throws(PipelineError) {
    guard let data = FileManager.default.contents(atPath: file),
      let found = try? JSONDecoder().decode([String: String].self, from: data)
    else {
      throw .evaluation(.malformed(path: file, reason: "it holds no settings of an evaluation"))
    }
    for key in Set(settings.keys).union(found.keys).sorted() where settings[key] != found[key] {
      throw .configuration(
        .otherSettings(folder: folder, key: key, there: found[key], now: settings[key]))
    }
  }

  /// The results of a picture, `nil` when there are none yet.
  ///
  /// - Throws: `evaluation` for a file that is damaged.
  func faces(
    of picture: WiderGroundTruth.Picture
  ) throws(PipelineError) -> PictureFaces? {
    let file = self.file("predictions", picture)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    do throws(EvaluationError) {
      let predictions = try PredictionFile.read(file)
      let landmarks = try LandmarkFile.read(self.file("landmarks", picture))
      guard predictions.count == landmarks.count else {
        throw .malformed(
          path: file,
          reason: "it has \(predictions.count) faces, its landmarks are of \(landmarks.count)")
      }
      return PictureFaces(predictions: predictions, landmarks: landmarks)
    } catch {
      throw .evaluation(error)
    }
  }

  /// Keeps the results of a picture. Callable from any thread, for each picture once.
  ///
  /// - Throws: `evaluation(.cannotWrite)`, `configuration(.cannotWrite)`.
  func keep(
    _ faces: PictureFaces, of picture: WiderGroundTruth.Picture
  ) throws(PipelineError) {
    for kind in ["landmarks", "predictions"] {
      try PictureFolder.make("\(path)/\(kind)/\(picture.event)")
    }
    // Predictions last: where they are, landmarks are too.
    try write(LandmarkFile.text(picture.file, faces.landmarks), to: file("landmarks", picture))
    try write(
      PredictionFile.text(picture.file, faces.predictions), to: file("predictions", picture))
  }

  private func file(_ kind: String, _ picture: WiderGroundTruth.Picture) -> String {
    "\(path)/\(kind)/\(picture.name).txt"
  }

  /// Writes beside everything else first: other programs read all files of an event's folder.
  private func write(_ text: String, to file: String) throws(PipelineError) {
    let unfinished = "\(path)/.unfinished-\(UUID().uuidString)"
    let bytes = Array(text.utf8)
    let descriptor = unsafe open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    var isWritten = descriptor >= 0
    var written = 0
    while isWritten && written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        unsafe Foundation.write(
          descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 { isWritten = errno == EINTR } else { written += count }
    }
    if descriptor >= 0 { isWritten = close(descriptor) == 0 && isWritten }
    guard isWritten, unsafe rename(unfinished, file) == 0 else {
      let reason = unsafe String(cString: strerror(errno))
      unsafe unlink(unfinished)
      throw .evaluation(.cannotWrite(path: file, reason: reason))
    }
  }
}
