internal import CFFmpeg
import Foundation

/// A pipe as FFmpeg writes it, without getting stuck when nobody reads.
///
/// FFmpeg's own `pipe:` waits inside `write`, where no interruption reaches it; its `file:` waits as well
/// until somebody opens a named pipe.
@safe
final class PipeOutput {
  /// Lent to the muxer's context, which must let go of it first.
  private(set) var handle: UnsafeMutablePointer<AVIOContext>?
  private let watch: IOWatch
  private let descriptor: PatientDescriptor
  private let ownsDescriptor: Bool

  private static let bufferSize = 64 << 10

  /// Whether a path is standard output or a pipe: an open one (`pipe:N`) or one with a name.
  static func isPipe(_ path: String) -> Bool {
    number(of: path) != nil || PatientDescriptor.isNamedPipe(path)
  }

  private static func number(of path: String) -> Int32? {
    if path == "-" { return STDOUT_FILENO }
    guard path.hasPrefix("pipe:") else { return nil }
    let number = path.dropFirst("pipe:".count)
    return number.isEmpty ? STDOUT_FILENO : Int32(number)
  }

  /// Opens a pipe, waiting for the reader of one with a name.
  ///
  /// - Returns: `nil` with FFmpeg's code in `code` when it cannot be opened.
  init?(path: String, watch: IOWatch, code: inout Int32) {
    self.watch = watch
    if let number = Self.number(of: path) {
      descriptor = PatientDescriptor(number)
      ownsDescriptor = false
    } else {
      guard let opened = Self.openNamed(path, watch: watch, code: &code) else { return nil }
      descriptor = opened
      ownsDescriptor = true
    }
    guard let buffer = unsafe av_malloc(Self.bufferSize) else {
      code = FFmpeg.outOfMemory
      return nil
    }
    unsafe handle = avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), 1,
      Unmanaged.passUnretained(self).toOpaque(), nil,
      { opaque, source, count in
        guard let opaque = unsafe opaque, let source = unsafe source else {
          return FFmpeg.endOfFile
        }
        let output = unsafe Unmanaged<PipeOutput>.fromOpaque(opaque).takeUnretainedValue()
        return unsafe output.write(
          UnsafeRawBufferPointer(start: UnsafeRawPointer(source), count: Int(count)))
      }, nil)
    guard unsafe handle != nil else {
      unsafe av_free(buffer)
      code = FFmpeg.outOfMemory
      return nil
    }
  }

  deinit {
    // FFmpeg may have replaced the buffer it was given.
    if let context = unsafe handle { unsafe av_freep(&context.pointee.buffer) }
    unsafe avio_context_free(&handle)
    if ownsDescriptor { close(descriptor.number) }
  }

  /// Hands over what FFmpeg still holds.
  ///
  /// - Returns: A negative code when not everything could be written.
  func flush() -> Int32 {
    guard let context = unsafe handle else { return 0 }
    unsafe avio_flush(context)
    return unsafe context.pointee.error
  }

  private static func openNamed(
    _ path: String, watch: IOWatch, code: inout Int32
  ) -> PatientDescriptor? {
    while !watch.isOver {
      if let descriptor = PatientDescriptor(path: path) { return descriptor }
      guard errno == ENXIO else {
        code = facestream_averror(errno)
        return nil
      }
      PatientDescriptor.pause()
    }
    code = FFmpeg.interrupted
    return nil
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    var written = 0
    while written < bytes.count {
      guard descriptor.isReady() else {
        // Only who does not read is not waited for.
        if watch.isOver { return FFmpeg.interrupted }
        continue
      }
      let count = unsafe descriptor.writeSome(UnsafeRawBufferPointer(rebasing: bytes[written...]))
      if count < 0 { return facestream_averror(errno) }
      written += count
    }
    return Int32(bytes.count)
  }
}
