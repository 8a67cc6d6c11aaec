import Foundation

/// A file descriptor that is written without getting stuck in a pipe nobody reads.
///
/// The descriptor may be shared with other processes, so it stays in the mode it is in; instead, it is
/// asked before each write, and a pipe is given no more than it surely takes.
package struct PatientDescriptor: Sendable {
  package let number: Int32
  private let kind: mode_t

  /// How long a caller may be kept waiting before it looks whether to go on.
  package static let pollMilliseconds: Int32 = 100

  /// What a pipe that can be written takes without waiting: a page (Linux, pipe(7), PIPE_BUF).
  private static let pipeBytes = 4096

  package init(_ number: Int32) {
    self.number = number
    var status = stat()
    kind = unsafe fstat(number, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
  }

  /// Opens a path, without waiting for the reader of a pipe with a name. Whoever opens closes.
  ///
  /// - Parameter flags: Such as `O_CREAT`, beside those for writing.
  /// - Returns: `nil` with `errno` set: to `ENXIO` where nobody reads the pipe yet.
  package init?(path: String, flags: Int32 = 0) {
    var number: Int32
    repeat {
      number = unsafe open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | flags, 0o666)
    } while number < 0 && errno == EINTR
    if number < 0 { return nil }
    self.init(number)
  }

  /// Whether a path is that of a pipe.
  package static func isNamedPipe(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }

  /// Lets who waits for a reader look whether to go on.
  package static func pause() { usleep(useconds_t(pollMilliseconds) * 1000) }

  /// Waits until something can be written, or writing tells why not.
  package func isReady(milliseconds: Int32 = pollMilliseconds) -> Bool {
    // A file takes whatever it is given, and need not support being asked.
    if kind == S_IFREG { return true }
    var asked = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
    let count = unsafe poll(&asked, 1, milliseconds)
    return count > 0 || (count < 0 && errno != EINTR)
  }

  /// Writes a beginning of the bytes.
  ///
  /// - Returns: How many were written, 0 when none could be for the moment; negative with `errno` set.
  package func writeSome(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
    let written =
      switch kind {
      case S_IFSOCK:
        unsafe send(number, base, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
      case S_IFIFO: unsafe write(number, base, min(bytes.count, Self.pipeBytes))
      default: unsafe write(number, base, bytes.count)
      }
    return written < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : written
  }
}
