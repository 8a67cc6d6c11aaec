import Imaging
import Overlay
import TestSupport
import Testing

@Suite("Outlines of boxes")
struct BoxOutlineTests {
  /// Draws outlines the slow and obvious way: each sample asks which of its pixels are on the line.
  private func expected(
    _ boxes: [FaceAnnotation], on picture: TestPicture, lineWidth: Int
  ) -> [[Int]] {
    let format = picture.format
    var planes = picture.sizes.enumerated().map { plane, size in
      (0..<size.width * size.height).map { picture[plane, $0 % size.width, $0 / size.width] }
    }
    for annotation in boxes {
      let box = annotation.box
      let half = Float(lineWidth) / 2
      let (left, top) = ((box.minX - half).rounded(), (box.minY - half).rounded())
      let (right, bottom) = ((box.maxX + half).rounded(), (box.maxY + half).rounded())
      func isOnLine(_ x: Int, _ y: Int) -> Bool {
        let (x, y, width) = (Float(x), Float(y), Float(lineWidth))
        let isInside = x >= left && x < right && y >= top && y < bottom
        let isInHole =
          x >= left + width && x < right - width && y >= top + width && y < bottom - width
        return isInside && !isInHole
      }
      let color = YCbCrColor(
        .identity(annotation.identity), for: picture.color, bitDepth: format.bitDepth)
      for (plane, value) in zip(planes.indices, [color.y, color.cb, color.cr]) {
        let isChroma = plane > 0
        let blockWidth = isChroma ? 1 << format.log2ChromaWidth : 1
        let blockHeight = isChroma ? 1 << format.log2ChromaHeight : 1
        let size = picture.sizes[plane]
        for y in 0..<size.height {
          for x in 0..<size.width {
            var (count, covered) = (0, 0)
            for pixelY in y * blockHeight..<min((y + 1) * blockHeight, picture.height) {
              for pixelX in x * blockWidth..<min((x + 1) * blockWidth, picture.width) {
                count += 1
                if isOnLine(pixelX, pixelY) { covered += 1 }
              }
            }
            let old = planes[plane][y * size.width + x]
            // Halves round up: (a + b) / count + ½, without fractions.
            planes[plane][y * size.width + x] =
              (2 * (old * (count - covered) + value * covered) + count) / (2 * count)
          }
        }
      }
    }
    return planes
  }

  private func check(
    _ annotations: [FaceAnnotation], width: Int, height: Int, format: PixelFormat,
    color: ColorDescription = ColorDescription(matrix: .bt709, range: .limited),
    style: (width: Int, height: Int)? = nil
  ) {
    let picture = TestPicture(width: width, height: height, format: format, color: color)
    let renderer = OverlayRenderer(
      width: style?.width ?? width, height: style?.height ?? height, elements: .boxes)
    let expected = expected(annotations, on: picture, lineWidth: renderer.style.lineWidth)
    unsafe picture.withImage { unsafe renderer.draw(annotations, into: $0) }
    #expect(picture.guardsAreIntact, "\(width)×\(height) \(format)")
    for plane in expected.indices {
      let size = picture.sizes[plane]
      let wrong = expected[plane].indices.first {
        picture[plane, $0 % size.width, $0 / size.width] != expected[plane][$0]
      }
      guard let wrong else { continue }
      let (x, y) = (wrong % size.width, wrong / size.width)
      Issue.record(
        """
        \(width)×\(height) \(format) plane \(plane) at \(x), \(y): \(picture[plane, x, y]) instead \
        of \(expected[plane][wrong]), boxes \(annotations.map(\.box))
        """)
      return
    }
  }

  @Test(
    "are exact in every pixel format, with even and odd positions", arguments: PixelFormat.tested)
  func formats(format: PixelFormat) {
    for (width, height) in [(40, 30), (41, 31), (43, 29)] {
      for offset in 0..<4 {
        let box = BoundingBox(
          x: Float(5 + offset), y: Float(7 + offset), width: Float(20 - offset), height: 15)
        // Lines of 1 and of 3 pixels.
        for style in [(40, 30), (1920, 1080)] {
          check(
            [FaceAnnotation(identity: 1 + offset, score: 1, box: box)], width: width,
            height: height, format: format, style: style)
        }
      }
    }
  }

  @Test(
    "are exact for every matrix and range",
    arguments: [ColorDescription.Matrix.bt601, .bt709, .bt2020])
  func colors(matrix: ColorDescription.Matrix) {
    for range in [ColorDescription.Range.limited, .full] {
      check(
        [FaceAnnotation(identity: 3, score: 1, box: BoundingBox(x: 3, y: 4, width: 9, height: 9))],
        width: 24, height: 20, format: .yuv420,
        color: ColorDescription(matrix: matrix, range: range))
    }
  }

  @Test("are exact in tiny pictures and for boxes anywhere", arguments: 1...8)
  func random(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<60 {
      let width = Int.random(in: 1...40, using: &generator)
      let height = Int.random(in: 1...40, using: &generator)
      let reach = Float.random(in: 2...120, using: &generator)
      let annotations = (0..<3).map { index in
        FaceAnnotation(
          identity: index, score: 1,
          box: BoundingBox(
            x: .random(in: -reach...reach, using: &generator),
            y: .random(in: -reach...reach, using: &generator),
            width: .random(in: 0.1...reach, using: &generator),
            height: .random(in: 0.1...reach, using: &generator)))
      }
      check(
        annotations, width: width, height: height,
        format: PixelFormat.tested[Int.random(in: 0..<30, using: &generator)],
        style: Bool.random(using: &generator) ? (1920, 1080) : nil)
    }
  }

  @Test("are exact when they cross many tiles")
  func large() {
    check(
      [
        FaceAnnotation(identity: 1, score: 1, box: BoundingBox(x: 5, y: 3, width: 391, height: 201))
      ],
      width: 401, height: 209, format: .yuv420)
  }

  @Test("of boxes that are no boxes are not drawn")
  func noBoxes() {
    let boxes = [
      BoundingBox(minX: .nan, minY: 0, maxX: 9, maxY: 9),
      BoundingBox(minX: 0, minY: 0, maxX: .infinity, maxY: 9),
      BoundingBox(minX: 5, minY: 5, maxX: 5, maxY: 9),
      BoundingBox(minX: 9, minY: 9, maxX: 1, maxY: 1),
    ]
    let before = TestPicture(width: 20, height: 20)
    let picture = TestPicture(width: 20, height: 20)
    let renderer = OverlayRenderer(width: 20, height: 20, elements: .all)
    let annotations = boxes.map { FaceAnnotation(identity: 1, score: 1, box: $0) }
    unsafe picture.withImage { unsafe renderer.draw(annotations, into: $0) }
    for plane in 0..<3 { #expect(picture.changed(since: before, plane: plane).isEmpty) }
  }
}
