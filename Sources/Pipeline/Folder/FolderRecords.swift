import Foundation
import Synchronization

/// The track files of a folder's run, and the report of what a person should check where faces are
/// hidden: the rows of all pictures, in the order of the pictures whoever is ready first.
final class FolderRecords: Sendable {
  private let configuration: Configuration
  private let modelDigest: String
  private let state = Mutex(State())

  private struct State {
    var writers: [TrackWriter] = []
    var review: ReviewReport?
    /// Index of the picture whose row is written next.
    var next = 0
    /// Records of pictures after that one; there are never more than pictures in work.
    var waiting: [Int: [FrameRecord]] = [:]
  }

  init(configuration: Configuration, modelDigest: String) {
    self.configuration = configuration
    self.modelDigest = modelDigest
  }

  /// Creates or empties the files and writes their headers.
  ///
  /// - Throws: `cannotWriteTracks`, `configuration`.
  func begin(pace: LinePace) throws(PipelineError) {
    let header = RecordHeader(
      configuration: configuration, width: nil, height: nil, timeBase: nil,
      modelDigest: modelDigest)
    try state.withLock { (state) throws(PipelineError) in
      state.writers = try configuration.openTrackWriters(header, pace: pace)
      if configuration.hidesFaces {
        state.review = try ReviewReport(ofFolder: configuration, pace: pace)
      }
    }
  }

  /// The places a person should check, in the pictures written so far.
  var reviews: ReviewCounts { state.withLock { $0.review?.counts ?? ReviewCounts() } }

  /// Takes what was found in a picture, nothing for one that could not be read.
  ///
  /// - Throws: `cannotWriteTracks`.
  func finish(picture index: Int, _ records: [FrameRecord]) throws(PipelineError) {
    try state.withLock { (state) throws(PipelineError) in
      state.waiting[index] = records
      while let due = state.waiting.removeValue(forKey: state.next) {
        state.next += 1
        for record in due {
          for writer in state.writers { try writer.write(record) }
          try state.review?.addPicture(record)
        }
      }
    }
  }

  /// - Throws: `cannotWriteTracks`.
  func flush() throws(PipelineError) {
    try state.withLock { (state) throws(PipelineError) in
      for writer in state.writers { try writer.flush() }
      try state.review?.finish()
    }
  }
}

/// The records of one picture, until it is done. Used by one thread at a time: that of the picture's
/// analysis, then the one that waited for it.
///
/// `@unchecked Sendable`: handed on, never shared.
final class PictureRecords: RecordSink, @unchecked Sendable {
  private let input: String
  private let index: Int
  private let all: FolderRecords
  private var size = (width: 0, height: 0)
  private var records: [FrameRecord] = []

  /// - Parameter input: The picture's name in its folder.
  init(input: String, index: Int, of all: FolderRecords) {
    self.input = input
    self.index = index
    self.all = all
  }

  func begin(_ header: RecordHeader) {
    size = (header.width ?? 0, header.height ?? 0)
  }

  func write(_ record: FrameRecord) {
    var record = record
    record.frame = index
    record.picture = PictureRecord(input: input, width: size.width, height: size.height)
    records.append(record)
  }

  func flush() {}

  /// - Throws: `cannotWriteTracks`.
  func finish() throws(PipelineError) { try all.finish(picture: index, records) }
}
