import Imaging
import Overlay
import TestSupport
import Testing

@Suite("Face redactor")
struct FaceRedactorTests {
  private static let box = BoundingBox(x: 61, y: 43, width: 70, height: 92)

  private func cover(_ box: BoundingBox = box, _ shape: FaceCover.Shape = .ellipse) throws
    -> FaceCover
  {
    try #require(FaceCover(box: box, landmarks: nil, shape: shape, scale: 1.3))
  }

  private func hidden(
    _ picture: TestPicture, _ style: FaceRedactor.Style, _ covers: [FaceCover]
  ) {
    let redactor = FaceRedactor(style: style)
    unsafe picture.withImage { image in
      for cover in covers { unsafe redactor.hide(cover, in: image) }
    }
  }

  /// Whether a pixel lies well within the shape, worked out from the ellipse's equation.
  private func isInside(_ cover: FaceCover, _ x: Int, _ y: Int) -> Bool {
    let dx = (Double(x) + 0.5 - cover.centerX) / cover.radiusX
    let dy = (Double(y) + 0.5 - cover.centerY) / cover.radiusY
    return dx * dx + dy * dy <= 1
  }

  @Test("solid leaves black inside and nothing changed outside", arguments: PixelFormat.tested)
  func solid(format: PixelFormat) throws {
    let (before, picture) = (
      TestPicture(width: 201, height: 203, format: format),
      TestPicture(width: 201, height: 203, format: format)
    )
    let cover = try cover()
    hidden(picture, .solid, [cover])
    #expect(picture.guardsAreIntact)
    let bounds = cover.bounds(width: 201, height: 203)
    for plane in picture.sizes.indices {
      let (shiftX, shiftY) =
        plane == 0 ? (0, 0) : (format.log2ChromaWidth, format.log2ChromaHeight)
      let black = (plane == 0 ? 16 : 128) << (format.bitDepth - 8)
      for y in 0..<picture.sizes[plane].height {
        for x in 0..<picture.sizes[plane].width {
          let (left, top) = (x << shiftX, y << shiftY)
          if isInside(cover, left, top) { #expect(picture[plane, x, y] == black) }
          let isFar =
            left >= bounds.maxX || left + (1 << shiftX) <= bounds.minX || top >= bounds.maxY
            || top + (1 << shiftY) <= bounds.minY
          if isFar { #expect(picture[plane, x, y] == before[plane, x, y]) }
        }
      }
    }
  }

  @Test(
    "what is hidden shows only means: opposite patterns come out alike",
    arguments: [FaceRedactor.Style.blur, .pixelate], PixelFormat.tested)
  func meansOnly(style: FaceRedactor.Style, format: PixelFormat) throws {
    let pictures = (0...1).map { phase in
      TestPicture(width: 201, height: 203, format: format) { _, x, y in
        (x + y + phase) % 2 == 0 ? 60 : 160
      }
    }
    let cover = try cover()
    for picture in pictures { hidden(picture, style, [cover]) }
    for plane in pictures[0].sizes.indices {
      let (shiftX, shiftY) =
        plane == 0 ? (0, 0) : (format.log2ChromaWidth, format.log2ChromaHeight)
      var greatest = 0
      for y in 0..<pictures[0].sizes[plane].height {
        for x in 0..<pictures[0].sizes[plane].width
        where isInside(cover, x << shiftX, y << shiftY) {
          greatest = max(greatest, abs(pictures[0][plane, x, y] - pictures[1][plane, x, y]))
        }
      }
      // Cells cut off at the rim may hold an odd number of samples, of which one is left over.
      #expect(greatest <= 12 << (format.bitDepth - 8))
    }
  }

  @Test("no fine detail is left", arguments: [FaceRedactor.Style.blur, .pixelate])
  func detail(style: FaceRedactor.Style) throws {
    var random = SeededGenerator(seed: 7)
    let noise = (0..<200 * 200).map { _ in Int.random(in: 16...235, using: &random) }
    func picture() -> TestPicture {
      TestPicture(width: 200, height: 200, format: .yuv444) { _, x, y in noise[y * 200 + x] }
    }
    let (before, after) = (picture(), picture())
    let cover = try cover()
    hidden(after, style, [cover])
    func energy(_ picture: TestPicture) -> Double {
      var (sum, count) = (0.0, 0.0)
      for y in 0..<200 {
        for x in 1..<200 where isInside(cover, x - 1, y) && isInside(cover, x, y) {
          let step = Double(picture[0, x, y] - picture[0, x - 1, y])
          sum += step * step
          count += 1
        }
      }
      return sum / count
    }
    // Independent samples: the means of cells of 16 × 16 differ 256 times less in energy, and only
    // at one step in 16.
    #expect(energy(after) < 0.01 * energy(before))
    #expect(energy(before) > 1000)
  }

  @Test(
    "a face has at most eight blocks a side, a tiny one fewer",
    arguments: [3, 12, 40, 300, 5000] as [Float])
  func blocks(size: Float) throws {
    let cover = try cover(BoundingBox(x: 10, y: 10, width: size, height: size))
    let side = FaceRedactor.cellSide(of: cover)
    #expect(side >= FaceRedactor.leastCellSize)
    #expect(Double(side * FaceRedactor.greatestCellCount) >= 2 * cover.radiusY)
  }

  @Test(
    "shapes that leave the frame, or lie outside, harm nothing",
    arguments: FaceRedactor.Style.allCases, FaceCover.Shape.allCases)
  func outside(style: FaceRedactor.Style, shape: FaceCover.Shape) throws {
    let (before, picture) = (
      TestPicture(width: 65, height: 63), TestPicture(width: 65, height: 63)
    )
    let far = [
      BoundingBox(x: -500, y: 10, width: 20, height: 20),
      BoundingBox(x: 10, y: 1e6, width: 1e5, height: 20),
      BoundingBox(x: 70, y: 10, width: 1, height: 1),
    ]
    hidden(picture, style, try far.map { try cover($0, shape) })
    for plane in 0..<3 { #expect(picture.changed(since: before, plane: plane).isEmpty) }
    let partly = [
      BoundingBox(x: -20, y: -20, width: 40, height: 40),
      BoundingBox(x: 50, y: 50, width: 1e8, height: 1e8),
      BoundingBox(x: 30, y: 30, width: 0.01, height: 0.01),
    ]
    hidden(picture, style, try partly.map { try cover($0, shape) })
    #expect(picture.guardsAreIntact)
    #expect(!picture.changed(since: before, plane: 0).isEmpty)
  }

  @Test("a frame hidden whole keeps no sample", arguments: PixelFormat.tested)
  func wholeFrame(format: PixelFormat) {
    let picture = TestPicture(width: 67, height: 45, format: format)
    hidden(picture, .solid, [FaceCover(frameWidth: 67, frameHeight: 45)])
    for plane in picture.sizes.indices {
      let black = (plane == 0 ? 16 : 128) << (format.bitDepth - 8)
      for y in 0..<picture.sizes[plane].height {
        for x in 0..<picture.sizes[plane].width { #expect(picture[plane, x, y] == black) }
      }
    }
  }
}
