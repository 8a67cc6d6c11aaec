import Imaging
import Overlay
import TestSupport
import Testing

@Suite("Overlay renderer")
struct OverlayRendererTests {
  private let grey = PixelFormat(
    bitDepth: 8, planeCount: 1, log2ChromaWidth: 0, log2ChromaHeight: 0)

  /// A face with all elements, in a box of the given corner and width.
  private func face(_ x: Float, _ y: Float, width: Float, identity: Int = 1) -> FaceAnnotation {
    func at(_ shareX: Float, _ shareY: Float) -> Point {
      Point(x: x + shareX * width, y: y + shareY * width * 1.25)
    }
    return FaceAnnotation(
      identity: identity, score: 0.987,
      box: BoundingBox(x: x, y: y, width: width, height: width * 1.25),
      landmarks: Landmarks(
        leftEye: at(0.3, 0.4), rightEye: at(0.7, 0.4), noseTip: at(0.5, 0.6),
        leftMouthCorner: at(0.35, 0.8), rightMouthCorner: at(0.65, 0.8)),
      axes: PoseAxes(
        origin: at(0.5, 0.6), x: at(0.95, 0.62), y: at(0.5, 0.2), z: at(0.3, 0.7)),
      cuboid: PoseCuboid(
        front: .init(
          topLeft: at(0.1, 0.2), topRight: at(0.8, 0.2), bottomRight: at(0.8, 0.95),
          bottomLeft: at(0.1, 0.95)),
        back: .init(
          topLeft: at(0.4, 0.1), topRight: at(0.9, 0.1), bottomRight: at(0.9, 0.8),
          bottomLeft: at(0.4, 0.8))))
  }

  private func drawn(
    _ annotations: [FaceAnnotation], _ elements: OverlayElements, width: Int, height: Int,
    format: PixelFormat = .yuv420
  ) -> TestPicture {
    let picture = TestPicture(width: width, height: height, format: format)
    let renderer = OverlayRenderer(width: width, height: height, elements: elements)
    unsafe picture.withImage { unsafe renderer.draw(annotations, into: $0) }
    return picture
  }

  @Test("touches nothing away from the face", arguments: PixelFormat.tested)
  func untouched(format: PixelFormat) {
    let before = TestPicture(width: 321, height: 243, format: format)
    let picture = drawn(
      [face(100, 90, width: 80)], .all, width: 321, height: 243, format: format)
    #expect(picture.guardsAreIntact)
    for plane in picture.sizes.indices {
      let changed = picture.changed(since: before, plane: plane)
      #expect(!changed.isEmpty)
      let scaleX = plane == 0 ? 1 : 1 << format.log2ChromaWidth
      let scaleY = plane == 0 ? 1 : 1 << format.log2ChromaHeight
      // The box of 100...180 × 90...190 with its line, and a label of some 12 px above it.
      for (x, y) in changed {
        #expect((96...184).contains(x * scaleX) && (74...192).contains(y * scaleY))
      }
    }
  }

  @Test("draws each element alone, and none of them for none")
  func elements() {
    let before = TestPicture(width: 200, height: 200)
    let elements: [OverlayElements] = [.boxes, .ids, .landmarks, .axes, .cuboid]
    for element in elements {
      let picture = drawn([face(60, 60, width: 80)], element, width: 200, height: 200)
      #expect(!picture.changed(since: before, plane: 0).isEmpty, "\(element)")
    }
    let none = drawn([face(60, 60, width: 80)], [], width: 200, height: 200)
    #expect(none.changed(since: before, plane: 0).isEmpty)
    let nobody = drawn([], .all, width: 200, height: 200)
    #expect(nobody.changed(since: before, plane: 0).isEmpty)
    #expect(OverlayElements(elements) == .all)
  }

  @Test("puts a dot of its colour on a landmark")
  func landmarkDot() {
    var annotation = face(30, 30, width: 160)
    annotation.landmarks?.noseTip = Point(x: 100.5, y: 120.5)
    let picture = drawn([annotation], .landmarks, width: 200, height: 240, format: .yuv444)
    let magenta = YCbCrColor(
      RGBColor(red: 1, green: 0.3, blue: 1), for: picture.color, bitDepth: 8)
    #expect(
      [0, 1, 2].map { picture[$0, 100, 120] } == [magenta.y, magenta.cb, magenta.cr])
  }

  @Test("draws the axes to their ends in red, green and blue")
  func axes() {
    var annotation = face(0, 0, width: 200)
    annotation.axes = PoseAxes(
      origin: Point(x: 100, y: 100), x: Point(x: 160, y: 100), y: Point(x: 100, y: 40),
      z: Point(x: 60, y: 140))
    let picture = drawn([annotation], .axes, width: 1920, height: 1080, format: .yuv444)
    // Away from the other axes: the strongest of Cr, Cb, and neither.
    #expect(picture[2, 158, 100] > 200)
    #expect(picture[1, 100, 42] < 90 && picture[2, 100, 42] < 90)
    #expect(picture[1, 62, 138] > 190)
  }

  @Test("draws the edges of the cuboid that the head hides fainter than the others")
  func cuboid() {
    var annotation = face(0, 0, width: 200)
    // Turned to the image's left: the sides to the front and to the image's right are seen.
    annotation.cuboid = PoseCuboid(
      front: .init(
        topLeft: Point(x: 20, y: 40), topRight: Point(x: 120, y: 40),
        bottomRight: Point(x: 120, y: 180), bottomLeft: Point(x: 20, y: 180)),
      back: .init(
        topLeft: Point(x: 80, y: 60), topRight: Point(x: 170, y: 60),
        bottomRight: Point(x: 170, y: 160), bottomLeft: Point(x: 80, y: 160)))
    let before = TestPicture(width: 200, height: 240, format: .yuv444)
    let picture = drawn([annotation], .cuboid, width: 200, height: 240, format: .yuv444)
    func change(_ x: Int, _ y: Int) -> Int {
      (1...2).map { abs(Int(picture[$0, x, y]) - Int(before[$0, x, y])) }.max() ?? 0
    }
    let front = change(70, 40)
    let side = change(170, 110)
    let hidden = change(80, 110)
    #expect(front > 20 && side > 20)
    #expect(hidden > 4 && hidden < side * 3 / 4, "\(hidden) of \(side)")
    #expect(change(70, 100) == 0)
  }

  @Test("draws a label as large at every corner as in the middle")
  func labelStaysInside() {
    let before = TestPicture(width: 320, height: 240, format: grey)
    func label(_ x: Float, _ y: Float) -> [(x: Int, y: Int)] {
      drawn([face(x, y, width: 50)], .ids, width: 320, height: 240, format: grey)
        .changed(since: before, plane: 0)
    }
    func extent(_ pixels: [(x: Int, y: Int)]) -> [Int] {
      let (xs, ys) = (pixels.map(\.x), pixels.map(\.y))
      return [(xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0)]
    }
    let middle = extent(label(120, 100))
    #expect(middle[0] > 40 && middle[1] > 8)
    for (x, y) in [(-30, -40), (300, -40), (-30, 230), (310, 220), (120, -20)] as [(Float, Float)] {
      #expect(extent(label(x, y)) == middle, "box at \(x), \(y)")
    }
    #expect(label(400, 100).isEmpty && label(-60, 0).isEmpty)
  }

  @Test("draws the same every time, with a used renderer and with a new one")
  func determinism() {
    let faces = (0..<9).map {
      face(Float($0) * 31 - 20, Float($0) * 17 - 9, width: 55, identity: $0)
    }
    let first = drawn(faces, .all, width: 255, height: 143)
    let second = TestPicture(width: 255, height: 143)
    let renderer = OverlayRenderer(width: 255, height: 143, elements: .all)
    unsafe TestPicture(width: 255, height: 143).withImage {
      unsafe renderer.draw([face(3, 3, width: 99, identity: 77)], into: $0)
    }
    unsafe second.withImage { unsafe renderer.draw(faces, into: $0) }
    for plane in 0..<3 { #expect(first.changed(since: second, plane: plane).isEmpty) }
  }

  @Test("draws in 10 bits what it draws in 8, but finer")
  func tenBits() {
    let ten = PixelFormat(bitDepth: 10, planeCount: 3, log2ChromaWidth: 1, log2ChromaHeight: 1)
    let faces = [face(40, 40, width: 90)]
    let fine = drawn(faces, .all, width: 200, height: 200, format: ten)
    let coarse = drawn(faces, .all, width: 200, height: 200)
    for plane in 0..<3 {
      for y in 0..<fine.sizes[plane].height {
        for x in 0..<fine.sizes[plane].width {
          // Four blends over each other at most: each adds half a step of 8 bits, the colour another.
          let difference = abs(fine[plane, x, y] - 4 * coarse[plane, x, y])
          #expect(difference <= 10, "plane \(plane) at \(x), \(y)")
        }
      }
    }
  }

  @Test("survives every coordinate and every size of picture", arguments: 1...6)
  func anything(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let special: [Float] = [
      .nan, .infinity, -.infinity, 3e38, -3e38, 1e9, -1e9, 0, -0.5, 7, .leastNonzeroMagnitude, 12.5,
      30,
    ]
    func any() -> Float { special.randomElement(using: &generator) ?? 0 }
    func point() -> Point { Point(x: any(), y: any()) }
    let sizes = [(1, 1), (1, 9), (9, 1), (2, 2), (3, 5), (33, 17), (130, 67)]
    for (width, height) in sizes {
      for format in PixelFormat.tested {
        let faces = (0..<8).map { _ in
          FaceAnnotation(
            identity: Int.random(in: Int.min...Int.max, using: &generator), score: any(),
            box: BoundingBox(minX: any(), minY: any(), maxX: any(), maxY: any()),
            landmarks: Landmarks(
              leftEye: point(), rightEye: point(), noseTip: point(), leftMouthCorner: point(),
              rightMouthCorner: point()),
            axes: PoseAxes(origin: point(), x: point(), y: point(), z: point()),
            cuboid: PoseCuboid(
              front: .init(
                topLeft: point(), topRight: point(), bottomRight: point(), bottomLeft: point()),
              back: .init(
                topLeft: point(), topRight: point(), bottomRight: point(), bottomLeft: point())))
        }
        let picture = drawn(faces, .all, width: width, height: height, format: format)
        #expect(picture.guardsAreIntact, "seed \(seed), \(width)×\(height) \(format)")
      }
    }
  }

  @Test("draws a line that begins and ends far outside where it crosses the picture")
  func longLine() {
    var annotation = face(0, 0, width: 100)
    annotation.axes = PoseAxes(
      origin: Point(x: -10000, y: 50.5), x: Point(x: 10000, y: 50.5), y: Point(x: -1e30, y: 9),
      z: Point(x: .nan, y: 0))
    let picture = drawn([annotation], .axes, width: 100, height: 100, format: .yuv444)
    for x in 0..<100 { #expect(picture[2, x, 50] > 200, "column \(x)") }
    for x in 0..<100 { #expect(picture[2, x, 60] < 150, "column \(x)") }
  }

  @Test("holds to the planes it is given where a picture claims more")
  func shortPlanes() {
    let picture = TestPicture(width: 40, height: 40)
    let renderer = OverlayRenderer(width: 640, height: 480, elements: .all)
    unsafe picture.withImage { image in
      let larger = unsafe PlanarImage(
        width: 64, height: 64, format: image.format, color: image.color, luma: image.luma,
        chromaBlue: image.chromaBlue, chromaRed: image.chromaRed)
      unsafe renderer.draw([face(10, 10, width: 60)], into: larger)
    }
    #expect(picture.guardsAreIntact)
  }
}
