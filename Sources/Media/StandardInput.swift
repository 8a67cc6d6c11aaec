internal import CFFmpeg
import Foundation

/// Standard input as FFmpeg reads it, without getting stuck in a pipe nobody writes to.
///
/// FFmpeg's own `pipe:` waits inside `read`, where no interruption reaches it.
@safe
final class StandardInput {
  /// Lent to the demuxer's context, which must be closed first.
  private(set) var handle: UnsafeMutablePointer<AVIOContext>?
  private let interruption: Interruption

  private static let bufferSize = 64 << 10
  /// How long an interruption may go unnoticed.
  private static let pollMilliseconds: Int32 = 100

  init(interruption: Interruption) throws(MediaError) {
    self.interruption = interruption
    guard let buffer = unsafe av_malloc(Self.bufferSize) else { throw .outOfMemory }
    unsafe handle = avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), 0,
      Unmanaged.passUnretained(self).toOpaque(),
      { opaque, target, count in
        guard let opaque = unsafe opaque, let target = unsafe target else {
          return FFmpeg.endOfFile
        }
        let input = unsafe Unmanaged<StandardInput>.fromOpaque(opaque).takeUnretainedValue()
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
  }

  private func read(into target: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
    while !interruption.isRaised {
      var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&descriptor, 1, Self.pollMilliseconds)
      if ready == 0 || (ready < 0 && errno == EINTR) { continue }
      if ready < 0 { return facestream_averror(errno) }
      let got = unsafe Foundation.read(STDIN_FILENO, target, count)
      if got > 0 { return Int32(got) }
      if got == 0 { return FFmpeg.endOfFile }
      if errno != EINTR && errno != EAGAIN { return facestream_averror(errno) }
    }
    return FFmpeg.interrupted
  }
}
