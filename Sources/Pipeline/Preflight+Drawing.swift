/// Faces that are drawn again.
extension Preflight {
  /// Checks that records of an earlier run are drawn into a video, of which no new records come.
  ///
  /// - Parameter place: What stands before a key in messages.
  /// - Throws: `missing`, `exclusive`.
  static func checkDrawing(
    _ configuration: Configuration, in place: String
  ) throws(ConfigurationError) {
    let key = place + "tracks-from"
    let others = [
      ("tracks", !configuration.tracks.isEmpty),
      ("redact.report", configuration.redact.report != nil),
      ("crops.folder", configuration.crops.folder != nil),
    ]
    if let (other, _) = others.first(where: { $0.1 }) {
      throw .exclusive(
        key, place + other, hint: "with tracks-from a video is written, and nothing else")
    }
    guard !configuration.outputs.isEmpty else {
      throw .missing(key: place + "output", hint: "tracks-from needs a video to be written")
    }
  }
}
