import Foundation
import Imaging
import Overlay
import Testing

@Suite("Colours in YCbCr")
struct YCbCrColorTests {
  private func samples(
    _ red: Double, _ green: Double, _ blue: Double, _ matrix: ColorDescription.Matrix,
    _ range: ColorDescription.Range = .limited, bitDepth: Int = 8
  ) -> [Int] {
    let color = YCbCrColor(
      RGBColor(red: red, green: green, blue: blue),
      for: ColorDescription(matrix: matrix, range: range), bitDepth: bitDepth)
    return [color.y, color.cb, color.cr]
  }

  @Test("black, white and grey have no colour in any matrix", arguments: [8, 10, 12, 16])
  func neutral(bitDepth: Int) {
    let scale = 1 << (bitDepth - 8)
    let greatest = (1 << bitDepth) - 1
    for matrix in [ColorDescription.Matrix.bt601, .bt709, .bt2020] {
      let middle = 128 * scale
      #expect(samples(0, 0, 0, matrix, bitDepth: bitDepth) == [16 * scale, middle, middle])
      #expect(samples(1, 1, 1, matrix, bitDepth: bitDepth) == [235 * scale, middle, middle])
      #expect(samples(0, 0, 0, matrix, .full, bitDepth: bitDepth) == [0, middle, middle])
      #expect(samples(1, 1, 1, matrix, .full, bitDepth: bitDepth) == [greatest, middle, middle])
    }
  }

  @Test("primary colours have the values of the standards' colour bars")
  func primaries() {
    #expect(samples(1, 0, 0, .bt601) == [81, 90, 240])
    #expect(samples(0, 1, 0, .bt601) == [145, 54, 34])
    #expect(samples(0, 0, 1, .bt601) == [41, 240, 110])
    #expect(samples(1, 0, 0, .bt709) == [63, 102, 240])
    #expect(samples(0, 1, 0, .bt709) == [173, 42, 26])
    #expect(samples(0, 0, 1, .bt709) == [32, 240, 118])
    // 4 · (16 + 219 · 0.2627) = 294.1, 512 - 448 · 0.2627 / 0.9407 = 386.9.
    #expect(samples(1, 0, 0, .bt2020, bitDepth: 10) == [294, 387, 960])
    // As in JPEG (JFIF): 255 · 0.299 = 76.2; 255.5 for Cr is more than a byte holds.
    #expect(samples(1, 0, 0, .bt601, .full) == [76, 85, 255])
    #expect(samples(0, 0, 1, .bt601, .full) == [29, 255, 107])
  }

  @Test("without a matrix, the planes are green, blue and red")
  func withoutMatrix() {
    #expect(samples(1, 0.4, 0.2, .identity, .full) == [102, 51, 255])
    #expect(samples(1, 0.4, 0, .identity, .full, bitDepth: 16) == [26_214, 0, 65_535])
    #expect(samples(1, 0, 1, .identity, .limited) == [16, 235, 235])
  }
}

@Suite("Colours of identities")
struct IdentityColorTests {
  /// Relative luminance and contrast of WCAG 2.
  private func luminance(_ color: RGBColor) -> Double {
    func linear(_ value: Double) -> Double {
      value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(color.red) + 0.7152 * linear(color.green)
      + 0.0722 * linear(color.blue)
  }

  @Test("carry text with a contrast of at least 4.5, as WCAG asks for")
  func contrast() {
    for identity in 1...1000 {
      let color = RGBColor.identity(identity)
      let (a, b) = (luminance(color), luminance(color.legibleText))
      #expect((max(a, b) + 0.05) / (min(a, b) + 0.05) > 4.5, "identity \(identity)")
    }
  }

  @Test("of any ten identities in a row are told apart")
  func distinct() {
    func distance(_ a: RGBColor, _ b: RGBColor) -> Double {
      let (red, green, blue) = (a.red - b.red, a.green - b.green, a.blue - b.blue)
      return (red * red + green * green + blue * blue).squareRoot()
    }
    for first in 1...200 {
      for second in first + 1..<first + 10 {
        let between = distance(.identity(first), .identity(second))
        #expect(between > 0.1, "identities \(first) and \(second)")
      }
    }
  }

  @Test("exist for every number", arguments: [Int.min, -1, 0, 1, Int.max])
  func anyNumber(identity: Int) {
    let color = RGBColor.identity(identity)
    for part in [color.red, color.green, color.blue] { #expect((0...1).contains(part)) }
  }
}

@Suite("Overlay style")
struct OverlayStyleTests {
  @Test("grows with the frame and stays legible in small ones")
  func sizes() {
    #expect(OverlayStyle(width: 1920, height: 1080).lineWidth == 3)
    #expect(OverlayStyle(width: 1920, height: 1080).textSize == 24)
    #expect(OverlayStyle(width: 1080, height: 1920) == OverlayStyle(width: 1920, height: 1080))
    #expect(OverlayStyle(width: 3840, height: 2160).lineWidth == 6)
    #expect(OverlayStyle(width: 1280, height: 720).textSize == 16)
    #expect(OverlayStyle(width: 1280, height: 720).lineWidth == 2)
    #expect(OverlayStyle(width: 640, height: 480).lineWidth == 2)
    for side in [0, 1, 240] {
      #expect(OverlayStyle(width: 320, height: side).lineWidth == 1)
      #expect(OverlayStyle(width: 320, height: side).textSize == 10)
    }
  }
}
