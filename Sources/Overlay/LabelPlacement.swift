/// Where a label and its text go.
struct LabelPlacement: Equatable {
  let background: PixelRegion
  /// Position of the pen for the first character.
  let textX: Int
  let baseLine: Int

  /// Places a label on top of an outline, its left edge in line with it, or inside the outline where
  /// there is no room above it; and in any case inside the frame, as far as it fits.
  init(
    textWidth: Int, ascent: Int, style: OverlayStyle, above outline: PixelRegion,
    in frame: PixelRegion
  ) {
    let width = textWidth + 2 * style.labelPaddingX
    let height = ascent + 2 * style.labelPaddingY
    // Its bottom covers the outline's upper line, so that both touch without a seam in the chroma.
    var top = outline.minY + style.lineWidth - height
    if top < frame.minY { top = max(frame.minY, outline.minY) }
    top = max(frame.minY, min(top, frame.maxY - height))
    let left = max(frame.minX, min(outline.minX, frame.maxX - width))
    background = PixelRegion(minX: left, minY: top, maxX: left + width, maxY: top + height)
    textX = left + style.labelPaddingX
    baseLine = top + style.labelPaddingY + ascent
  }
}
