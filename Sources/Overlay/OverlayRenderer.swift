package import Imaging

/// Draws annotations of faces into pictures, straight into their YUV planes.
///
/// Only samples under something drawn are written. Boxes, dots and lines may lie anywhere, also far
/// outside the frame. Each call draws all outlines first, then cuboids, axes, landmarks and labels,
/// so that no outline crosses a text. Not thread-safe: one renderer for one thread.
package final class OverlayRenderer {
  package let elements: OverlayElements
  package let style: OverlayStyle
  private let atlas: GlyphAtlas
  private var mask = CoverageMask()
  private var label = FaceLabel()

  /// Makes a renderer for frames of about this size, which decides how large text and lines are.
  package init(width: Int, height: Int, elements: OverlayElements) {
    self.elements = elements
    style = OverlayStyle(width: width, height: height)
    atlas = GlyphAtlas(textSize: style.textSize)
  }

  /// Draws the annotations, later ones over earlier ones.
  package func draw(_ annotations: [FaceAnnotation], into image: PlanarImage) {
    guard !annotations.isEmpty && !elements.isEmpty else { return }
    if elements.contains(.boxes) {
      for annotation in annotations { unsafe drawBox(of: annotation, into: image) }
    }
    if elements.contains(.cuboid) {
      for annotation in annotations { unsafe drawCuboid(of: annotation, into: image) }
    }
    if elements.contains(.axes) {
      for annotation in annotations { unsafe drawAxes(of: annotation, into: image) }
    }
    if elements.contains(.landmarks) {
      for annotation in annotations { unsafe drawLandmarks(of: annotation, into: image) }
    }
    if elements.contains(.ids) && !atlas.isEmpty {
      for annotation in annotations { unsafe drawLabel(of: annotation, into: image) }
    }
  }

  // MARK: - Elements

  private func drawBox(of annotation: FaceAnnotation, into image: PlanarImage) {
    guard let outer = unsafe outline(of: annotation.box, in: image) else { return }
    let color = unsafe samples(of: .identity(annotation.identity), in: image)
    let inner = outer.inset(by: style.lineWidth)
    guard !inner.isEmpty else {
      return unsafe paint(outer, color, into: image) { mask in mask.fill(outer, with: 255) }
    }
    // Four bands that share no chroma sample, so that none is blended twice.
    let block = unsafe ChromaBlock(image.format)
    let topEnd = block.alignUp(y: inner.minY)
    let bottomStart = max(topEnd, block.alignDown(y: inner.maxY))
    let leftEnd = block.alignUp(x: inner.minX)
    let rightStart = max(leftEnd, block.alignDown(x: inner.maxX))
    var top = outer
    top.maxY = topEnd
    var bottom = outer
    bottom.minY = bottomStart
    let left = PixelRegion(minX: outer.minX, minY: topEnd, maxX: leftEnd, maxY: bottomStart)
    let right = PixelRegion(
      minX: rightStart, minY: topEnd, maxX: outer.maxX, maxY: bottomStart)
    let ring = { (mask: inout CoverageMask) in
      mask.fill(outer, with: 255)
      mask.fill(inner, with: 0)
    }
    unsafe paint(top, color, into: image, ring)
    unsafe paint(left, color, into: image, ring)
    unsafe paint(right, color, into: image, ring)
    unsafe paint(bottom, color, into: image, ring)
  }

  private func drawCuboid(of annotation: FaceAnnotation, into image: PlanarImage) {
    guard let edges = annotation.cuboid?.edges else { return }
    let color = RGBColor.identity(annotation.identity)
    let radius = style.axisRadius(boxWidth: annotation.box.width)
    // Rims first: none then crosses a line where edges meet.
    for index in edges.indices where edges[index].visibility != .hidden {
      unsafe drawRim(
        from: edges[index].start, to: edges[index].end, radius: radius, into: image)
    }
    for index in edges.indices {
      let edge = edges[index]
      let (share, opacity) =
        switch edge.visibility {
        case .hidden: (0.6, Self.hiddenOpacity)
        case .visible: (0.8, 1.0)
        case .front: (1.3, 1.0)
        }
      unsafe drawBareLine(
        from: edge.start, to: edge.end, radius: radius * share, color, opacity: opacity,
        into: image)
    }
  }

  private func drawAxes(of annotation: FaceAnnotation, into image: PlanarImage) {
    guard let axes = annotation.axes else { return }
    // As in OpenCV's drawFrameAxes: x red, y green, z blue. Here a little lighter, for legibility.
    let radius = style.axisRadius(boxWidth: annotation.box.width)
    unsafe drawLine(from: axes.origin, to: axes.x, radius: radius, .axisX, into: image)
    unsafe drawLine(from: axes.origin, to: axes.y, radius: radius, .axisY, into: image)
    unsafe drawLine(from: axes.origin, to: axes.z, radius: radius, .axisZ, into: image)
  }

  private func drawLandmarks(of annotation: FaceAnnotation, into image: PlanarImage) {
    guard let landmarks = annotation.landmarks else { return }
    let radius = style.dotRadius(boxWidth: annotation.box.width)
    for index in 0..<Landmarks.count {
      let point = landmarks[index]
      unsafe drawLine(from: point, to: point, radius: radius, .landmark(index), into: image)
    }
  }

  private func drawLabel(of annotation: FaceAnnotation, into image: PlanarImage) {
    guard let outer = unsafe outline(of: annotation.box, in: image) else { return }
    let frame = unsafe PixelRegion(minX: 0, minY: 0, maxX: image.width, maxY: image.height)
    guard !outer.intersection(frame).isEmpty else { return }
    label.write(identity: annotation.identity, score: annotation.score)
    let place = LabelPlacement(
      textWidth: atlas.width(of: label.text), ascent: atlas.ascent, style: style, above: outer,
      in: frame)
    let color = RGBColor.identity(annotation.identity)
    unsafe paint(place.background, samples(of: color, in: image), into: image) { mask in
      mask.fill(place.background, with: 255)
    }
    unsafe paint(place.background, samples(of: color.legibleText, in: image), into: image) {
      mask in
      var x = place.textX
      for character in label.text {
        let glyph = atlas[character]
        mask.add(glyph, of: atlas, x: x, y: place.baseLine)
        x += glyph.advance
      }
    }
  }

  // MARK: - Painting

  /// Draws a line with round ends, or a dot, with a dark rim around it.
  private func drawLine(
    from start: Point, to end: Point, radius: Double, _ color: RGBColor, into image: PlanarImage
  ) {
    unsafe drawRim(from: start, to: end, radius: radius, into: image)
    unsafe drawBareLine(from: start, to: end, radius: radius, color, opacity: 1, into: image)
  }

  /// Draws the dark rim of a line.
  private func drawRim(
    from start: Point, to end: Point, radius: Double, into image: PlanarImage
  ) {
    unsafe drawBareLine(
      from: start, to: end, radius: radius + style.rimWidth, .black, opacity: Self.rimOpacity,
      into: image)
  }

  /// Draws a line with round ends, or a dot, without a rim.
  private func drawBareLine(
    from start: Point, to end: Point, radius: Double, _ color: RGBColor, opacity: Double,
    into image: PlanarImage
  ) {
    let line = unsafe Capsule(
      from: (Double(start.x), Double(start.y)), to: (Double(end.x), Double(end.y)),
      radius: radius, frameWidth: image.width, frameHeight: image.height)
    guard let line else { return }
    unsafe paint(line.bounds, samples(of: color, in: image), into: image) { mask in
      mask.add(line, opacity: opacity)
    }
  }

  /// Fills the mask tile by tile where `bounds` and the frame overlap, and blends each into the
  /// picture.
  private func paint(
    _ bounds: PixelRegion, _ color: YCbCrColor, into image: PlanarImage,
    _ fill: (inout CoverageMask) -> Void
  ) {
    let frame = unsafe PixelRegion(minX: 0, minY: 0, maxX: image.width, maxY: image.height)
    let visible = bounds.intersection(frame)
    guard !visible.isEmpty else { return }
    let region = unsafe visible.aligned(to: ChromaBlock(image.format))
    for minY in stride(from: region.minY, to: region.maxY, by: CoverageMask.tileHeight) {
      for minX in stride(from: region.minX, to: region.maxX, by: CoverageMask.tileWidth) {
        let tile = PixelRegion(
          minX: minX, minY: minY, maxX: min(minX + CoverageMask.tileWidth, region.maxX),
          maxY: min(minY + CoverageMask.tileHeight, region.maxY))
        mask.begin(tile.intersection(frame))
        fill(&mask)
        unsafe Compositor.blend(mask, color, into: image)
      }
    }
  }

  /// A box's outline on whole pixels, its line centred on the box's edge; `nil` for a box that is
  /// empty or not finite. Edges far outside the frame are moved in to where they are just invisible.
  private func outline(of box: BoundingBox, in image: PlanarImage) -> PixelRegion? {
    guard !box.isEmpty, box.minX.isFinite, box.minY.isFinite, box.maxX.isFinite, box.maxY.isFinite
    else { return nil }
    let margin = 2 * style.lineWidth
    let half = Float(style.lineWidth) / 2
    func edge(_ position: Float, _ size: Int) -> Int {
      Int(max(Float(-margin), min(Float(size + margin), position.rounded())))
    }
    return unsafe PixelRegion(
      minX: edge(box.minX - half, image.width), minY: edge(box.minY - half, image.height),
      maxX: edge(box.maxX + half, image.width), maxY: edge(box.maxY + half, image.height))
  }

  private func samples(of color: RGBColor, in image: PlanarImage) -> YCbCrColor {
    unsafe YCbCrColor(color, for: image.color, bitDepth: image.format.bitDepth)
  }

  private static let rimOpacity = 0.6
  private static let hiddenOpacity = 0.4
}

extension RGBColor {
  static let axisX = RGBColor(red: 1, green: 0.2, blue: 0.2)
  static let axisY = RGBColor(red: 0.2, green: 0.9, blue: 0.2)
  static let axisZ = RGBColor(red: 0.25, green: 0.45, blue: 1)

  /// The colours usual for RetinaFace's landmarks: eyes red and yellow, nose magenta, mouth corners
  /// green and blue.
  static func landmark(_ index: Int) -> RGBColor {
    switch index {
    case 0: RGBColor(red: 1, green: 0.2, blue: 0.2)
    case 1: RGBColor(red: 1, green: 0.9, blue: 0.1)
    case 2: RGBColor(red: 1, green: 0.3, blue: 1)
    case 3: RGBColor(red: 0.2, green: 1, blue: 0.3)
    default: RGBColor(red: 0.3, green: 0.55, blue: 1)
    }
  }
}
