/// Something that takes the records of a run: handed to the thread that makes them, never shared.
protocol RecordSink: AnyObject, Sendable {
  /// Called once, before the first record.
  func begin(_ header: RecordHeader) throws(PipelineError)
  func write(_ record: FrameRecord) throws(PipelineError)
  /// Leaves nothing behind; more records may follow.
  func flush() throws(PipelineError)
}

/// The track files a configuration names, as one.
///
/// `@unchecked Sendable`: handed on, never shared.
final class TrackFiles: RecordSink, @unchecked Sendable {
  private let configuration: Configuration
  private let pace: LinePace
  private var writers: [TrackWriter] = []
  /// The first that befell a file of a live run, whose other outputs went on.
  private var survived: PipelineError?

  init(_ configuration: Configuration, pace: LinePace) {
    self.configuration = configuration
    self.pace = pace
  }

  /// Whether a live run has anything else to go on for.
  private var hasOtherOutputs: Bool {
    !configuration.outputs.isEmpty || configuration.serving.address != nil
      || configuration.crops.folder != nil
  }

  /// Creates or empties the files.
  ///
  /// - Throws: `cannotWriteTracks`, `configuration`.
  func begin(_ header: RecordHeader) throws(PipelineError) {
    writers = try configuration.openTrackWriters(header, pace: pace)
  }

  /// Live, a file that fails is let go of, and the others go on.
  ///
  /// - Throws: `cannotWriteTracks`; live only when nothing is left to be written.
  func write(_ record: FrameRecord) throws(PipelineError) {
    var failed: [Int] = []
    for (index, writer) in writers.enumerated() {
      do throws(PipelineError) {
        try writer.write(record)
      } catch {
        guard pace.isLive, writers.count - failed.count > 1 || hasOtherOutputs else { throw error }
        pace.warn("\(error); the other outputs go on")
        survived = survived ?? error
        failed.append(index)
      }
    }
    for index in failed.reversed() { writers.remove(at: index) }
  }

  /// - Throws: `cannotWriteTracks`; all files were tried.
  func flush() throws(PipelineError) {
    var failure = survived
    for writer in writers {
      do throws(PipelineError) { try writer.flush() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }
}

extension Configuration {
  /// - Throws: `cannotWriteTracks`, `configuration`.
  func openTrackWriters(
    _ header: RecordHeader, pace: LinePace
  ) throws(PipelineError) -> [TrackWriter] {
    var writers: [TrackWriter] = []
    for path in tracks {
      guard let format = TrackFormat(path: path) else {
        throw .configuration(.unknownTracksFormat(path: path))
      }
      let writer = try TrackWriter(path: path, format: format, pace: pace)
      try writer.begin(header)
      writers.append(writer)
    }
    return writers
  }
}
