internal import CFFmpeg
import Foundation

/// Standard input, or another pipe, as FFmpeg reads it, without getting stuck when nobody writes.
///
/// FFmpeg's own `pipe:` waits inside `read`, where no interruption reaches it; its `file:` waits as well
/// until somebody opens a named pipe.
@safe
final class PipeInput {
  /// Lent to the demuxer's context, which must be closed first.
  private(set) var handle: UnsafeMutablePointer<AVIOContext>?
  private let watch: IOWatch
  private let descriptor: Int32
  private let ownsDescriptor: Bool

  private static let bufferSize = 64 << 10
  /// How long an interruption may go unnoticed.
  private static let pollMilliseconds: Int32 = 100

  /// Whether a path is standard input or a pipe: an open one (`pipe:N`) or one with a name.
  static func isPipe(_ path: String) -> Bool {
    isOpen(path) || PatientDescriptor.isNamedPipe(path)
  }

  /// Whether a path is that of a pipe that was open before, and cannot be opened again.
  static func isOpen(_ path: String) -> Bool { number(of: path) != nil }

  private static func number(of path: String) -> Int32? {
    if path == "-" { return STDIN_FILENO }
    guard path.hasPrefix("pipe:") else { return nil }
    let number = path.dropFirst("pipe:".count)
    return number.isEmpty ? STDIN_FILENO : Int32(number)
  }

  /// - Throws: `cannotOpen`, `outOfMemory`.
  init(path: String, watch: IOWatch) throws(MediaError) {
    self.watch = watch
    if let number = Self.number(of: path) {
      descriptor = number
      ownsDescriptor = false
    } else {
      // Does not wait for who writes; a pipe without a writer has nothing to read, and no end either.
      descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      ownsDescriptor = true
    }
    guard descriptor >= 0 else {
      throw .cannotOpen(path: path, reason: unsafe String(cString: strerror(errno)))
    }
    guard let buffer = unsafe av_malloc(Self.bufferSize) else { throw .outOfMemory }
    unsafe handle = avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), 0,
      Unmanaged.passUnretained(self).toOpaque(),
      { opaque, target, count in
        guard let opaque = unsafe opaque, let target = unsafe target else {
          return FFmpeg.endOfFile
        }
        let input = unsafe Unmanaged<PipeInput>.fromOpaque(opaque).takeUnretainedValue()
        return unsafe input.read(into: target, count: Int(count))
      }, nil, nil)
    guard unsafe handle != nil else {
      unsafe av_free(buffer)
      throw .outOfMemory
    }
  }

  deinit {
    // FFmpeg may have replaced the buffer it was given.
    if let context = unsafe handle { unsafe av_freep(&context.pointee.buffer) }
    unsafe avio_context_free(&handle)
    if ownsDescriptor, descriptor >= 0 { close(descriptor) }
  }

  private func read(into target: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
    while !watch.isOver {
      var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&asked, 1, Self.pollMilliseconds)
      if ready == 0 || (ready < 0 && errno == EINTR) { continue }
      if ready < 0 { return facestream_averror(errno) }
      let got = unsafe Foundation.read(descriptor, target, count)
      if got > 0 { return Int32(got) }
      if got == 0 { return FFmpeg.endOfFile }
      if errno != EINTR && errno != EAGAIN { return facestream_averror(errno) }
    }
    return FFmpeg.interrupted
  }
}
