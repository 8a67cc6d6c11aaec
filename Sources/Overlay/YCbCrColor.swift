package import Imaging

/// A colour as the integer samples of a picture.
package struct YCbCrColor: Equatable, Sendable {
  package let y: Int
  package let cb: Int
  package let cr: Int

  /// Converts a colour to the picture's own matrix, range and bit depth.
  ///
  /// Source: ITU-T H.273, section 8.3, equations for E'Y, E'PB, E'PR and their quantisation,
  /// with the coefficients KR and KB of each matrix.
  package init(_ color: RGBColor, for description: ColorDescription, bitDepth: Int) {
    let greatest = Double((1 << bitDepth) - 1)
    let middle = Double(1 << (bitDepth - 1))
    let quantize: (Double) -> Int = { Int(max(0, min(greatest, $0.rounded()))) }
    let (kr, kb): (Double, Double)
    switch description.matrix {
    case .identity:
      let step = Double(1 << (bitDepth - 8))
      let samples = [color.green, color.blue, color.red].map { value in
        quantize(description.range == .full ? greatest * value : (219 * value + 16) * step)
      }
      (y, cb, cr) = (samples[0], samples[1], samples[2])
      return

    case .bt601: (kr, kb) = (0.299, 0.114)
    case .bt709: (kr, kb) = (0.2126, 0.0722)
    case .bt2020: (kr, kb) = (0.2627, 0.0593)
    }
    let luma = kr * color.red + (1 - kr - kb) * color.green + kb * color.blue
    let blueDifference = 0.5 * (color.blue - luma) / (1 - kb)
    let redDifference = 0.5 * (color.red - luma) / (1 - kr)

    switch description.range {
    case .limited:
      let step = Double(1 << (bitDepth - 8))
      y = quantize((219 * luma + 16) * step)
      cb = quantize(224 * blueDifference * step + middle)
      cr = quantize(224 * redDifference * step + middle)
    case .full:
      y = quantize(greatest * luma)
      cb = quantize(greatest * blueDifference + middle)
      cr = quantize(greatest * redDifference + middle)
    }
  }
}
