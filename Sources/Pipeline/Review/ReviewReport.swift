import Imaging
import Media

/// Counts the places of a redacted video that a person should check, and writes them down where that
/// is wanted: JSON lines, a header first. Owned by one thread.
final class ReviewReport {
  private(set) var counts = ReviewCounts()
  private var collector: ReviewCollector
  private var file: LineFile?
  private var items: [ReviewItem] = []
  private let lostForSeconds: Double
  /// The picture the items are of, in a folder.
  private var picture: String?

  /// Creates or empties the file.
  ///
  /// - Parameter frame: Any of the run's upright frames.
  /// - Throws: `cannotWriteTracks`.
  convenience init(
    _ configuration: Configuration, frame: VideoFrame, pace: LinePace
  ) throws(PipelineError) {
    try self.init(
      configuration, width: frame.width, height: frame.height, timeBase: frame.timestamp.timeBase,
      pace: pace)
  }

  /// Creates or empties the file, for the pictures of a folder.
  ///
  /// - Throws: `cannotWriteTracks`.
  convenience init(
    ofFolder configuration: Configuration, pace: LinePace
  ) throws(PipelineError) {
    try self.init(configuration, width: 0, height: 0, timeBase: nil, pace: pace)
  }

  private init(
    _ configuration: Configuration, width: Int, height: Int, timeBase: Rational?, pace: LinePace
  ) throws(PipelineError) {
    lostForSeconds = configuration.track.lostFor
    collector = ReviewCollector(width: width, height: height, lostForSeconds: lostForSeconds)
    guard let path = configuration.redact.report else {
      file = nil
      return
    }
    let file = try LineFile(path: path, pace: pace)
    self.file = file
    file.text.appendReviewHeader(
      input: withoutPassword(configuration.input ?? "-"), timeBase: timeBase)
    try file.begin()
  }

  /// - Throws: `cannotWriteTracks`.
  func add(_ record: FrameRecord) throws(PipelineError) {
    collector.add(record, to: &items)
    takeItems()
    try file?.flushIfDue()
  }

  /// Writes nothing more, and counts on.
  func letGoOfFile() { file = nil }

  /// Takes in the next picture of a folder, which has nothing to do with the one before.
  ///
  /// - Throws: `cannotWriteTracks`.
  func addPicture(_ record: FrameRecord) throws(PipelineError) {
    picture = record.picture?.input
    collector = ReviewCollector(
      width: record.picture?.width ?? 0, height: record.picture?.height ?? 0,
      lostForSeconds: lostForSeconds)
    collector.add(record, to: &items)
    collector.finish(&items)
    takeItems()
    try file?.flushIfDue()
  }

  /// Ends with the last frame.
  ///
  /// - Throws: `cannotWriteTracks`.
  func finish() throws(PipelineError) {
    collector.finish(&items)
    takeItems()
    try file?.flush()
  }

  private func takeItems() {
    for item in items {
      counts.add(item.reason)
      file?.text.appendLine(item, picture: picture)
    }
    items.removeAll(keepingCapacity: true)
  }
}

extension TextBuffer {
  /// - Parameter timeBase: `nil` for the pictures of a folder, which have one each.
  fileprivate mutating func appendReviewHeader(input: String, timeBase: Rational?) {
    append("{\"facestream_review\":1,\"input\":")
    appendQuoted(input)
    if let timeBase {
      append(",\"time_base\":[")
      append(timeBase.numerator)
      append(",")
      append(timeBase.denominator)
      append("]")
    }
    append("}\n")
  }

  /// - Parameter picture: The name in the folder where the input is one.
  fileprivate mutating func appendLine(_ item: ReviewItem, picture: String?) {
    append("{")
    if let picture {
      append("\"input\":")
      appendQuoted(picture)
      append(",")
    }
    append("\"reason\":\"")
    append(item.reason.rawValue)
    append("\",\"id\":")
    if let identity = item.identity { append(identity) } else { append("null") }
    append(",\"frames\":[")
    append(item.first.frame)
    append(",")
    append(item.last.frame)
    append("],\"pts\":[")
    append(item.first.timestamp.ticks)
    append(",")
    append(item.last.timestamp.ticks)
    append("],\"times\":[")
    append(item.first.timestamp)
    append(",")
    append(item.last.timestamp)
    append("]")
    if let score = item.score {
      append(",\"score\":")
      append(score)
    }
    append("}\n")
  }
}
