internal import CCairo
import Foundation

extension FaceCrop {
  /// Writes the crop as a PNG file, replacing what is there by a whole one or not at all.
  ///
  /// - Returns: Why it cannot be written, `nil` when it was.
  package func writePNG(to path: String) -> String? {
    let side = Int32(Self.side)
    // An object in every case, at worst one in an error state; it is released on every way out.
    let surface = unsafe cairo_image_surface_create(CAIRO_FORMAT_RGB24, side, side)
    defer { unsafe cairo_surface_destroy(surface) }
    guard let data = unsafe cairo_image_surface_get_data(surface) else { return "out of memory" }
    let bytesPerRow = unsafe Int(cairo_image_surface_get_stride(surface))
    unsafe cairo_surface_flush(surface)
    for row in 0..<Self.side {
      // In bounds: Cairo's rows hold `side` words of 32 bits.
      let line = unsafe UnsafeMutableRawPointer(data + row * bytesPerRow)
      for column in 0..<Self.side {
        let first = 3 * (row * Self.side + column)
        let word =
          UInt32(pixels[first]) << 16 | UInt32(pixels[first + 1]) << 8 | UInt32(pixels[first + 2])
        unsafe line.storeBytes(of: word, toByteOffset: 4 * column, as: UInt32.self)
      }
    }
    unsafe cairo_surface_mark_dirty(surface)
    let part = path + ".part"
    let status = unsafe cairo_surface_write_to_png(surface, part)
    let isWritten = unsafe status == CAIRO_STATUS_SUCCESS && rename(part, path) == 0
    guard !isWritten else { return nil }
    let reason =
      unsafe status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR
      ? String(cString: strerror(errno)) : String(cString: cairo_status_to_string(status))
    unsafe unlink(part)
    return reason
  }
}
