import Imaging
import Testing

@testable import Media

/// A display matrix's upper left corner, and the orientation it stands for.
struct OrientationCase: Sendable, CustomTestStringConvertible {
  var a: Int32
  var b: Int32
  var c: Int32
  var d: Int32
  var orientation: Orientation
  var summary: String

  var testDescription: String { summary }

  /// ISO/IEC 14496-12, section 6.2.2: the picture point (p, q) is shown at (ap + cq, bp + dq).
  func matrix(unit: Int32 = 1 << 16, x: Int32 = 0, y: Int32 = 0) -> [Int32] {
    [a * unit, b * unit, 0, c * unit, d * unit, 0, x, y, 1 << 30]
  }

  static let all: [OrientationCase] = [
    make(1, 0, 0, 1, false, false, false, "0"),
    make(0, 1, -1, 0, true, true, false, "90"),
    make(-1, 0, 0, -1, false, true, true, "180"),
    make(0, -1, 1, 0, true, false, true, "270"),
    make(-1, 0, 0, 1, false, true, false, "0, mirrored"),
    make(0, 1, 1, 0, true, false, false, "90, mirrored"),
    make(1, 0, 0, -1, false, false, true, "180, mirrored"),
    make(0, -1, -1, 0, true, true, true, "270, mirrored"),
  ]

  private static func make(
    _ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32, _ transposed: Bool, _ horizontally: Bool,
    _ vertically: Bool, _ summary: String
  ) -> OrientationCase {
    OrientationCase(
      a: a, b: b, c: c, d: d,
      orientation: Orientation(
        isTransposed: transposed, flipsHorizontally: horizontally, flipsVertically: vertically),
      summary: summary)
  }
}

@Suite("Orientation")
struct OrientationTests {
  @Test("a display matrix gives its orientation", arguments: OrientationCase.all)
  func fromMatrix(example: OrientationCase) {
    #expect(Orientation(displayMatrix: example.matrix()) == example.orientation)
    #expect(example.orientation.summary == example.summary)
  }

  @Test("an EXIF tag gives its orientation")
  func fromEXIF() {
    // Exif 2.32, section 4.6.4: where the stored row 0 and column 0 are to be seen.
    let summaries = [
      "0", "0, mirrored", "180", "180, mirrored", "90, mirrored", "90", "270, mirrored", "270",
    ]
    for (index, summary) in summaries.enumerated() {
      #expect(Orientation(exif: index + 1)?.summary == summary)
    }
    for value in [-1, 0, 9] { #expect(Orientation(exif: value) == nil) }
  }

  @Test("scale and translation change nothing", arguments: OrientationCase.all)
  func scaledMatrix(example: OrientationCase) {
    let matrix = example.matrix(unit: 3 << 14, x: 1080 << 16, y: -1920 << 16)
    #expect(Orientation(displayMatrix: matrix) == example.orientation)
  }

  @Test("angles between are rounded to the nearest quarter turn")
  func roundedAngles() {
    // cos and sin of 80 and of 10 degrees in 16.16 fixed point.
    let (small, large): (Int32, Int32) = (11_380, 64_540)
    #expect(
      Orientation(displayMatrix: [small, large, 0, -large, small, 0, 0, 0, 1 << 30]).summary
        == "90")
    #expect(
      Orientation(displayMatrix: [large, small, 0, -small, large, 0, 0, 0, 1 << 30]).summary == "0")
  }

  @Test("extreme coefficients do not overflow")
  func extremeMatrix() {
    let matrix: [Int32] = [.min, 0, 0, 0, .min, 0, 0, 0, 0]
    #expect(Orientation(displayMatrix: matrix).summary == "180")
  }

  static let sizes = [(1, 1), (1, 6), (5, 1), (3, 2), (2, 3), (7, 5), (33, 17), (64, 31)]

  @Test("planes are turned as the matrix says", arguments: OrientationCase.all, sizes)
  func turnedPlanes(example: OrientationCase, size: (Int, Int)) {
    check(example, width: size.0, height: size.1, sample: UInt8.self)
    check(example, width: size.0, height: size.1, sample: UInt16.self)
  }

  /// Compares with the formula of the matrix, sample by sample; the rest of each row stays untouched.
  private func check<Sample: FixedWidthInteger>(
    _ example: OrientationCase, width: Int, height: Int, sample: Sample.Type
  ) {
    let gap = 3
    let guardValue = Sample.max
    let turnedWidth = example.a == 0 ? height : width
    let turnedHeight = example.a == 0 ? width : height
    let source = (0..<(width + gap) * height).map { Sample(truncatingIfNeeded: $0 &* 31) }
    var expected = [Sample](repeating: guardValue, count: (turnedWidth + gap) * turnedHeight)
    for q in 0..<height {
      for p in 0..<width {
        // A negative coefficient counts from the far edge.
        let x =
          Int(example.a) * p + Int(example.c) * q
          + (example.a + example.c < 0 ? turnedWidth - 1 : 0)
        let y =
          Int(example.b) * p + Int(example.d) * q
          + (example.b + example.d < 0 ? turnedHeight - 1 : 0)
        expected[y * (turnedWidth + gap) + x] = source[q * (width + gap) + p]
      }
    }
    var turned = [Sample](repeating: guardValue, count: expected.count)
    var stored = source
    unsafe stored.withUnsafeMutableBytes { from in
      unsafe turned.withUnsafeMutableBytes { to in
        guard let fromBase = from.baseAddress, let toBase = to.baseAddress else { return }
        let bytes = MemoryLayout<Sample>.size
        unsafe example.orientation.turn(
          ImagePlane(
            base: fromBase, width: width, height: height, bytesPerRow: (width + gap) * bytes),
          into: ImagePlane(
            base: toBase, width: turnedWidth, height: turnedHeight,
            bytesPerRow: (turnedWidth + gap) * bytes),
          bytesPerSample: bytes)
      }
    }
    #expect(turned == expected, "\(width)×\(height), \(Sample.self)")
    #expect(stored == source)
  }
}
