import Foundation

/// A colour as non-linear R'G'B' in 0...1, sRGB primaries.
package struct RGBColor: Equatable, Sendable {
  package var red: Double
  package var green: Double
  package var blue: Double

  package init(red: Double, green: Double, blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let black = RGBColor(red: 0, green: 0, blue: 0)
  package static let white = RGBColor(red: 1, green: 1, blue: 1)

  /// Luma by the coefficients of BT.709: how bright the colour looks, roughly, in 0...1.
  package var luma: Double { 0.2126 * red + 0.7152 * green + 0.0722 * blue }

  /// Black or white, whichever reads better on this colour.
  package var legibleText: RGBColor { luma > 0.5 ? .black : .white }
}

extension RGBColor {
  /// The colour of an identity: neighbouring numbers get hues far apart, and all hues are equally
  /// bright.
  ///
  /// Source: hues a golden angle apart, 180° · (3 - √5), which spreads any number of them
  /// evenly; in OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020) at
  /// lightness 0.73 and chroma 0.19, less where the display cannot show as much.
  package static func identity(_ identity: Int) -> RGBColor {
    // Green for number 1. The remainder keeps full precision for any number.
    let turns = Double(identity % 100_000 - 1) * (3 - 5.0.squareRoot()) / 2
    let hue = (turns - turns.rounded(.down)) * 2 * Double.pi + 145 * Double.pi / 180
    var low = 0.0
    var high = 0.19
    if let color = okLCH(lightness: 0.73, chroma: high, hue: hue) { return color }
    for _ in 0..<12 {
      let middle = (low + high) / 2
      if okLCH(lightness: 0.73, chroma: middle, hue: hue) != nil {
        low = middle
      } else {
        high = middle
      }
    }
    return okLCH(lightness: 0.73, chroma: low, hue: hue) ?? .white
  }

  /// An OKLCH colour, `nil` when it lies outside of sRGB. The matrices are those of the source above.
  private static func okLCH(lightness: Double, chroma: Double, hue: Double) -> RGBColor? {
    let (a, b) = (chroma * cos(hue), chroma * sin(hue))
    let long = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let medium = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let short = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    let red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    let green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    let blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    guard min(red, green, blue) >= 0 && max(red, green, blue) <= 1 else { return nil }
    return RGBColor(red: encoded(red), green: encoded(green), blue: encoded(blue))
  }

  private static func cube(_ value: Double) -> Double { value * value * value }

  /// The transfer function of sRGB (IEC 61966-2-1).
  private static func encoded(_ linear: Double) -> Double {
    linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
  }
}
