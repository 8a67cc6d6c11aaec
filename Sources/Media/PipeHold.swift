import Foundation

/// Keeps a named pipe open for reading between attempts to open it as an input: who began to write while one was
/// made would be told, in the pause before the next, that nobody reads (`EPIPE`).
package struct PipeHold: ~Copyable {
  private let descriptor: Int32

  /// Does not wait for who writes, and takes nothing of what is written.
  ///
  /// - Returns: `nil` for what is no pipe with a name, or is not there yet.
  package init?(path: String) {
    guard PatientDescriptor.isNamedPipe(path) else { return nil }
    let opened = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
