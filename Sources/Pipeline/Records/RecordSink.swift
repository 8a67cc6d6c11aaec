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
  private let sinks: LiveSinks?
  private let report: @Sendable ([TrackFileStatistics]) -> Void
  /// In the order they were given in; `nil` for one that was let go of.
  private var writers: [TrackWriter?] = []
  /// One for each writer.
  private var statistics: [TrackFileStatistics] = [] {
    didSet { report(statistics) }
  }

  /// - Parameters:
  ///   - sinks: What a live run goes on with when a file fails; `nil` ends the run.
  ///   - report: Told how the files are, in the order they were given in, whenever that changes.
  init(
    _ configuration: Configuration, pace: LinePace, sinks: LiveSinks? = nil,
    report: @escaping @Sendable ([TrackFileStatistics]) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.pace = pace
    self.sinks = sinks
    self.report = report
  }

  /// Creates or empties the files.
  ///
  /// - Throws: `cannotWriteTracks`, `configuration`.
  func begin(_ header: RecordHeader) throws(PipelineError) {
    writers = try configuration.openTrackWriters(header, pace: pace)
    statistics = configuration.tracks.map(TrackFileStatistics.init)
  }

  /// Live, a file that fails is let go of, and the others go on.
  ///
  /// - Throws: `cannotWriteTracks`; live only when nothing is left to be written.
  func write(_ record: FrameRecord) throws(PipelineError) {
    for (index, writer) in writers.enumerated() {
      guard let writer else { continue }
      do throws(PipelineError) {
        try writer.write(record)
      } catch {
        statistics[index].hasFailed = true
        guard pace.isLive, let sinks, sinks.goOn(without: error) else { throw error }
        writers[index] = nil
      }
      noteDrops(of: writer, at: index)
    }
  }

  private func noteDrops(of writer: TrackWriter, at index: Int) {
    if writer.droppedLines > statistics[index].droppedLines {
      statistics[index].droppedLines = writer.droppedLines
    }
  }

  /// - Throws: `cannotWriteTracks`; all files were tried.
  func flush() throws(PipelineError) {
    var failure: PipelineError?
    for (index, writer) in writers.enumerated() {
      guard let writer else { continue }
      do throws(PipelineError) {
        try writer.flush()
        noteDrops(of: writer, at: index)
      } catch {
        failure = failure ?? error
        statistics[index].hasFailed = true
      }
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
