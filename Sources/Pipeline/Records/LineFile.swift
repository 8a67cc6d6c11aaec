import Foundation

/// A file of text that is written whole lines at a time.
///
/// Owned by one thread. Lines reach the file when a block is full, and at least every half second
/// in which something is written, so a killed run leaves a file that is readable up to its last
/// whole line.
final class LineFile {
  let path: String
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  /// Lines yet to be written; append whole ones only.
  var text = TextBuffer()
  private var lastFlush = ContinuousClock.now

  private static let blockSize = 64 << 10
  private static let flushInterval = Duration.milliseconds(500)

  /// Creates or empties the file, `-` for standard output. Whether that is allowed was decided before.
  ///
  /// - Throws: `cannotWriteTracks`.
  init(path: String) throws(PipelineError) {
    self.path = path
    ownsDescriptor = path != "-"
    descriptor =
      unsafe ownsDescriptor ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) : 1
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit {
    if ownsDescriptor { close(descriptor) }
  }

  /// Writes the lines when it is time to.
  ///
  /// - Throws: `cannotWriteTracks`.
  func flushIfDue() throws(PipelineError) {
    if text.bytes.count >= Self.blockSize || ContinuousClock.now - lastFlush > Self.flushInterval {
      try flush()
    }
  }

  /// Hands every line to the system.
  ///
  /// - Throws: `cannotWriteTracks`.
  func flush() throws(PipelineError) {
    lastFlush = .now
    var written = 0
    while written < text.bytes.count {
      let count = unsafe text.bytes.withUnsafeBytes { bytes in
        unsafe Foundation.write(
          descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure(path)
      }
      written += count
    }
    text.removeAll()
  }

  private static func failure(_ path: String) -> PipelineError {
    .cannotWriteTracks(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}
