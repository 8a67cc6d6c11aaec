internal import CCairo

/// An 8-bit coverage surface of Cairo with a context to draw text on it: the one owner of both.
///
/// Failures of Cairo put it into an error state in which it draws nothing; `isUsable` tells.
@safe
struct CairoCanvas: ~Copyable {
  let width: Int
  let height: Int
  private let surface: OpaquePointer
  private let context: OpaquePointer

  /// Sets up bold text of the given size: what Fontconfig finds for "DejaVu Sans", Cairo's own
  /// letters when it finds no font at all.
  init(width: Int, height: Int, textSize: Int) {
    self.width = width
    self.height = height
    // Both calls return an object in every case, at worst one in an error state.
    unsafe surface = cairo_image_surface_create(CAIRO_FORMAT_A8, Int32(width), Int32(height))
    unsafe context = cairo_create(surface)
    unsafe cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD)
    unsafe cairo_set_font_size(context, Double(textSize))
    let options = unsafe cairo_font_options_create()
    unsafe cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    unsafe cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT)
    // Whole-pixel advances: a glyph then looks the same wherever it stands, so one copy is enough.
    unsafe cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON)
    unsafe cairo_set_font_options(context, options)
    unsafe cairo_font_options_destroy(options)
  }

  deinit {
    unsafe cairo_destroy(context)
    unsafe cairo_surface_destroy(surface)
  }

  var isUsable: Bool {
    unsafe cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS
      && cairo_status(context) == CAIRO_STATUS_SUCCESS
  }

  /// How far the pen moves for one character, in pixels, 0 after a failure.
  func advance(of character: UInt8) -> Int {
    var extents = cairo_text_extents_t()
    let text = [CChar(bitPattern: character), 0]
    unsafe text.withUnsafeBufferPointer {
      unsafe cairo_text_extents(context, $0.baseAddress, &extents)
    }
    return extents.x_advance.isFinite ? Int(extents.x_advance.rounded()) : 0
  }

  /// Clears the canvas and writes one character with its origin on the base line at a position.
  func show(_ character: UInt8, x: Int, y: Int) {
    unsafe cairo_set_operator(context, CAIRO_OPERATOR_CLEAR)
    unsafe cairo_paint(context)
    unsafe cairo_set_operator(context, CAIRO_OPERATOR_OVER)
    unsafe cairo_move_to(context, Double(x), Double(y))
    let text = [CChar(bitPattern: character), 0]
    unsafe text.withUnsafeBufferPointer {
      unsafe cairo_show_text(context, $0.baseAddress)
    }
    unsafe cairo_surface_flush(surface)
  }

  /// Copies the coverage of every pixel, rows of `width` without gaps; zeros after a failure.
  func copyCoverage(to pixels: inout [UInt8]) {
    pixels.removeAll(keepingCapacity: true)
    guard isUsable, let data = unsafe cairo_image_surface_get_data(surface) else {
      pixels.append(contentsOf: repeatElement(0, count: width * height))
      return
    }
    let stride = unsafe Int(cairo_image_surface_get_stride(surface))
    for y in 0..<height {
      // In bounds: the surface was made `width` × `height` and its rows are `stride` bytes apart.
      unsafe pixels.append(
        contentsOf: UnsafeBufferPointer(start: data + y * stride, count: width))
    }
  }
}
