internal import CFFmpeg

/// Planes for frames that need memory of their own, reused once nobody refers to them any more.
///
/// Not thread-safe: each stage has its own. The frames may be released on any thread.
@safe
package final class FramePool {
  private struct Geometry: Equatable {
    var format: AVPixelFormat
    var width: Int
    var height: Int
  }

  /// FFmpeg's assembly reads and writes rows in vectors of up to 64 bytes.
  private static let alignment: Int32 = 64

  private var geometry: Geometry?
  private var pool: OpaquePointer?
  /// Without planes; between two uses of `replacePlanes(of:)`.
  private var spare: VideoFrame?

  package init() {}

  deinit {
    unsafe av_buffer_pool_uninit(&pool)
  }

  /// A frame with writable planes of undefined content and no properties.
  ///
  /// - Throws: `outOfMemory`, `unsupportedPicture`.
  func emptyFrame(format: AVPixelFormat, width: Int, height: Int) throws(MediaError) -> VideoFrame {
    let frame = try VideoFrame()
    try givePlanes(to: frame, format: format, width: width, height: height)
    return frame
  }

  /// Moves a frame's picture into planes of its own; all properties stay.
  ///
  /// - Throws: `outOfMemory`, `unsupportedPicture`.
  func replacePlanes(of frame: VideoFrame) throws(MediaError) {
    let copy = if let spare { spare } else { try VideoFrame() }
    spare = copy
    try givePlanes(to: copy, format: frame.pixelFormat, width: frame.width, height: frame.height)
    guard unsafe av_frame_copy(copy.handle, frame.handle) >= 0,
      unsafe av_frame_copy_props(copy.handle, frame.handle) >= 0
    else { throw .outOfMemory }
    unsafe av_frame_unref(frame.handle)
    unsafe av_frame_move_ref(frame.handle, copy.handle)
  }

  private func givePlanes(
    to frame: VideoFrame, format: AVPixelFormat, width: Int, height: Int
  ) throws(MediaError) {
    let size = av_image_get_buffer_size(
      format, Int32(width), Int32(height), Self.alignment)
    guard size > 0 else {
      throw .unsupportedPicture(
        reason: "\(width)×\(height) as \(PixelLayout.name(format)) is no valid picture")
    }
    let wanted = Geometry(format: format, width: width, height: height)
    if geometry != wanted {
      unsafe av_buffer_pool_uninit(&pool)
      // The padding lets vector code read past the last row.
      unsafe pool = av_buffer_pool_init(Int(size) + 64, nil)
      geometry = wanted
    }
    guard let pool = unsafe pool, let buffer = unsafe av_buffer_pool_get(pool) else {
      throw .outOfMemory
    }
    let handle = unsafe frame.handle
    unsafe handle.pointee.buf.0 = buffer
    unsafe handle.pointee.format = format.rawValue
    unsafe handle.pointee.width = Int32(width)
    unsafe handle.pointee.height = Int32(height)
    let code = unsafe withUnsafeMutablePointer(to: &handle.pointee.data) { data in
      unsafe withUnsafeMutablePointer(to: &handle.pointee.linesize) { linesize in
        unsafe data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 4) { data in
          unsafe linesize.withMemoryRebound(to: Int32.self, capacity: 4) { linesize in
            unsafe av_image_fill_arrays(
              data, linesize, buffer.pointee.data, format, Int32(width), Int32(height),
              Self.alignment)
          }
        }
      }
    }
    guard code >= 0 else { throw .outOfMemory }
  }
}
