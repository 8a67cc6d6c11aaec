import Foundation
import Media

/// How the lines of a run go into their files.
struct LinePace: Sendable {
  /// Of a live run, how long its end waits for a reader who takes nothing, in seconds; `nil` where nobody is in a
  /// hurry.
  var patienceSeconds: Double?
  /// Raised when a reader who hangs is not to be waited for any longer.
  var leaving = Interruption()
  /// Receives one sentence a warning.
  var warn: @Sendable (String) -> Void = { _ in }

  /// Whether somebody reads along: every line is written at once, and a pipe nobody reads holds nothing up;
  /// what it does not take is left out.
  var isLive: Bool { patienceSeconds != nil }
}

/// A file of text that is written whole lines at a time.
///
/// Owned by one thread. Lines reach the file when a block is full, and at least every half second
/// in which something is written, so a killed run leaves a file that is readable up to its last
/// whole line.
final class LineFile {
  private let path: String
  /// `nil` while nobody reads the pipe of that name.
  private var descriptor: PatientDescriptor?
  private let ownsDescriptor: Bool
  private let pace: LinePace
  /// Bytes of `text` that are written.
  private var written = 0
  /// Lines of a live run that its reader was too slow for.
  private(set) var droppedLines = 0
  /// Whether the reader, or the file, has got anything yet.
  private var hasBegun = false
  /// Lines yet to be written; append whole ones only.
  var text = TextBuffer()
  private var lastFlush = ContinuousClock.now

  private static let blockSize = 64 << 10
  private static let flushInterval = Duration.milliseconds(500)
  /// Bytes that may wait for the reader of a live run.
  private static let waitingLimit = 1 << 20

  /// Creates or empties the file, `-` for standard output. Whether that is allowed was decided before.
  ///
  /// - Throws: `cannotWriteTracks`.
  init(path: String, pace: LinePace = LinePace()) throws(PipelineError) {
    self.path = path
    self.pace = pace
    ownsDescriptor = path != "-"
    descriptor = ownsDescriptor ? try Self.open(path) : PatientDescriptor(STDOUT_FILENO)
  }

  deinit {
    if ownsDescriptor, let descriptor { close(descriptor.number) }
  }

  /// - Returns: `nil` while nobody reads the pipe of that name.
  private static func open(_ path: String) throws(PipelineError) -> PatientDescriptor? {
    if let opened = PatientDescriptor(path: path, flags: O_CREAT | O_TRUNC) { return opened }
    guard errno == ENXIO, PatientDescriptor.isNamedPipe(path) else { throw failure(path) }
    return nil
  }

  /// Writes the lines a file begins with, before there are others; live, a reader who is yet to come is not
  /// waited for.
  ///
  /// - Throws: `cannotWriteTracks`.
  func begin() throws(PipelineError) {
    if pace.isLive { try flushIfDue() } else { try flush() }
  }

  /// Writes the lines when it is time to.
  ///
  /// - Throws: `cannotWriteTracks`.
  func flushIfDue() throws(PipelineError) {
    if pace.isLive {
      while written < text.bytes.count, try isReady(milliseconds: 0) { try writeSome() }
      if text.bytes.count - written > Self.waitingLimit { leaveOut() }
    } else if text.bytes.count >= Self.blockSize
      || ContinuousClock.now - lastFlush > Self.flushInterval
    {
      try flush()
    }
  }

  /// Hands every line to the system; to a pipe nobody reads, until the run is left or, live, patience ends.
  ///
  /// - Throws: `cannotWriteTracks`.
  func flush() throws(PipelineError) {
    lastFlush = .now
    var lastTaken = lastFlush
    while written < text.bytes.count {
      if try isReady() {
        try writeSome()
        lastTaken = .now
      } else if pace.leaving.isRaised {
        break
      } else if let seconds = pace.patienceSeconds,
        ContinuousClock.now - lastTaken > .seconds(seconds)
      {
        droppedLines += text.bytes[written...].count { $0 == UInt8(ascii: "\n") }
        pace.warn("'\(path)' did not take everything before the run ended")
        break
      }
    }
    text.removeAll()
    written = 0
  }

  /// Waits until something can be written, which takes a reader.
  private func isReady(
    milliseconds: Int32 = PatientDescriptor.pollMilliseconds
  ) throws(PipelineError) -> Bool {
    if descriptor == nil { descriptor = try Self.open(path) }
    if let descriptor { return descriptor.isReady(milliseconds: milliseconds) }
    if milliseconds > 0 { PatientDescriptor.pause() }
    return false
  }

  private func writeSome() throws(PipelineError) {
    guard let descriptor else { return }
    let count = unsafe text.bytes.withUnsafeBytes { bytes in
      unsafe descriptor.writeSome(UnsafeRawBufferPointer(rebasing: bytes[written...]))
    }
    if count < 0 { throw Self.failure(path) }
    written += count
    hasBegun = hasBegun || count > 0
    if written == text.bytes.count {
      text.removeAll()
      written = 0
    } else if written > Self.blockSize {
      // A reader who keeps behind never takes all. The last byte tells whether a line is written in part.
      text.removeFirst(written - 1)
      written = 1
    }
  }

  /// Drops what waits, except the rest of a line that is written in part, and the line that says what the others
  /// are.
  private func leaveOut() {
    let newline = UInt8(ascii: "\n")
    let isWithinLine = !hasBegun || written > 0 && text.bytes[written - 1] != newline
    let end = isWithinLine ? text.bytes[written...].firstIndex(of: newline).map { $0 + 1 } : nil
    let kept = end ?? written
    let dropped = text.bytes[kept...].count { $0 == newline }
    text.truncate(to: kept)
    if droppedLines == 0, dropped > 0 {
      pace.warn("'\(path)' is not read quickly enough: lines are left out")
    }
    droppedLines += dropped
  }

  private static func failure(_ path: String) -> PipelineError {
    .cannotWriteTracks(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}
