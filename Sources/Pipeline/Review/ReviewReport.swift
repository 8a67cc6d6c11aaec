import Imaging
import Media

/// Counts the places of a redacted video that a person should check, and writes them down where that
/// is wanted: JSON lines, a header first. Owned by one thread.
final class ReviewReport {
  private(set) var counts = ReviewCounts()
  private var collector: ReviewCollector
  private let file: LineFile?
  private var items: [ReviewItem] = []

  /// Creates or empties the file.
  ///
  /// - Parameter frame: Any of the run's upright frames.
  /// - Throws: `cannotWriteTracks`.
  init(_ configuration: Configuration, frame: VideoFrame) throws(PipelineError) {
    collector = ReviewCollector(
      width: frame.width, height: frame.height, lostForSeconds: configuration.track.lostFor)
    guard let path = configuration.redact.report else {
      file = nil
      return
    }
    let file = try LineFile(path: path)
    self.file = file
    file.text.appendReviewHeader(
      input: withoutPassword(configuration.input ?? "-"), timeBase: frame.timestamp.timeBase)
    try file.flush()
  }

  /// - Throws: `cannotWriteTracks`.
  func add(_ record: FrameRecord) throws(PipelineError) {
    collector.add(record, to: &items)
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
      file?.text.appendLine(item)
    }
    items.removeAll(keepingCapacity: true)
  }
}

extension TextBuffer {
  fileprivate mutating func appendReviewHeader(input: String, timeBase: Rational) {
    append("{\"facestream_review\":1,\"input\":")
    appendQuoted(input)
    append(",\"time_base\":[")
    append(timeBase.numerator)
    append(",")
    append(timeBase.denominator)
    append("]}\n")
  }

  mutating func appendLine(_ item: ReviewItem) {
    append("{\"reason\":\"")
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
