/// Writes the records of a run to one file. Owned by one thread.
final class TrackWriter {
  private let file: LineFile
  private let format: TrackFormat

  /// Creates or empties the file. Whether that is allowed was decided before.
  ///
  /// - Throws: `cannotWriteTracks`.
  init(
    path: String, format: TrackFormat, pace: LinePace = LinePace()
  ) throws(PipelineError) {
    self.format = format
    file = try LineFile(path: path, pace: pace)
  }

  /// - Throws: `cannotWriteTracks`.
  func begin(_ header: RecordHeader) throws(PipelineError) {
    format.appendHeader(header, to: &file.text)
    try file.begin()
  }

  /// - Throws: `cannotWriteTracks`.
  func write(_ record: FrameRecord) throws(PipelineError) {
    format.append(record, to: &file.text)
    try file.flushIfDue()
  }

  /// Lines of a live run that its reader was too slow for.
  var droppedLines: Int { file.droppedLines }

  /// Hands every line to the system.
  ///
  /// - Throws: `cannotWriteTracks`.
  func flush() throws(PipelineError) { try file.flush() }
}
