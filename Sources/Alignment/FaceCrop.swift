package import Imaging

/// A face as networks for recognition expect it: upright, its landmarks at fixed places.
package struct FaceCrop: Equatable, Sendable {
  /// In pixels, both ways.
  package static let side = 112

  /// Where the landmarks of an aligned face lie, the middle of the top left pixel being (0, 0).
  ///
  /// Source: Deng et al., "ArcFace", CVPR 2019, section 4.1 (faces aligned by five points to 112 × 112),
  /// in the numbers its authors published with it.
  package static let template = Landmarks(
    leftEye: Point(x: 38.2946, y: 51.6963), rightEye: Point(x: 73.5318, y: 51.5014),
    noseTip: Point(x: 56.0252, y: 71.7366), leftMouthCorner: Point(x: 41.5493, y: 92.3655),
    rightMouthCorner: Point(x: 70.7299, y: 92.2041))

  /// Shape `[side, side, 3]`, order R, G, B.
  package let pixels: [UInt8]

  /// Cuts a face out of a picture; what lies outside of the picture is black.
  ///
  /// Every pixel is the mean of as many bilinear samples as it covers pixels of the picture, so that
  /// large faces do not alias. Chroma samples lie left in their blocks, as in MPEG-2 and H.264.
  ///
  /// - Parameter landmarks: In pixels of the picture.
  /// - Returns: `nil` where the landmarks define no transform.
  package init?(of landmarks: Landmarks, in image: PlanarImage) {
    guard let alignment = SimilarityTransform(from: landmarks, to: Self.template) else {
      return nil
    }
    let toPicture = alignment.inverse
    // 32 × 32 samples a pixel are plenty, also for a face of many thousands of pixels.
    let steps = Int(max(1, min(32, toPicture.scale.rounded(.up))))
    let sampler = unsafe PictureSampler(image)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * Self.side * Self.side)
    for row in 0..<Self.side {
      for column in 0..<Self.side {
        var sum = SIMD3<Double>()
        for stepY in 0..<steps {
          let y = Double(row) - 0.5 + (Double(stepY) + 0.5) / Double(steps)
          for stepX in 0..<steps {
            let x = Double(column) - 0.5 + (Double(stepX) + 0.5) / Double(steps)
            let place = toPicture.apply(x: x, y: y)
            sum += unsafe sampler.color(x: place.x, y: place.y)
          }
        }
        let mean = sum / Double(steps * steps)
        for channel in 0..<3 {
          pixels.append(UInt8(max(0, min(255, (255 * mean[channel]).rounded()))))
        }
      }
    }
    self.pixels = pixels
  }
}

/// Colours of a picture between its pixels.
@unsafe
private struct PictureSampler {
  private let image: PlanarImage
  private let kr: Double
  private let kb: Double
  private let lumaZero: Double
  private let lumaRange: Double
  private let chromaZero: Double
  private let chromaRange: Double

  /// Source of the numbers: ITU-T H.273, section 8.3.
  init(_ image: PlanarImage) {
    unsafe self.image = image
    let (kr, kb): (Double, Double) =
      switch unsafe image.color.matrix {
      case .bt601: (0.299, 0.114)
      case .bt709: (0.2126, 0.0722)
      case .bt2020: (0.2627, 0.0593)
      case .identity: (0, 0)
      }
    unsafe self.kr = kr
    unsafe self.kb = kb
    let depth = unsafe image.format.bitDepth
    unsafe chromaZero = Double(1 << (depth - 1))
    switch unsafe image.color.range {
    case .limited:
      let step = Double(1 << (depth - 8))
      unsafe (lumaZero, lumaRange, chromaRange) = (16 * step, 219 * step, 224 * step)
    case .full:
      let greatest = Double((1 << depth) - 1)
      unsafe (lumaZero, lumaRange, chromaRange) = (0, greatest, greatest)
    }
  }

  /// R, G and B in 0...1 at a position in pixels of the picture; black outside of it.
  func color(x: Double, y: Double) -> SIMD3<Double> {
    let (width, height) = unsafe (Double(image.width), Double(image.height))
    guard x >= 0, y >= 0, x < width, y < height else {
      return SIMD3()
    }
    let luma = unsafe (value(image.luma, x - 0.5, y - 0.5) - lumaZero) / lumaRange
    if unsafe image.color.matrix == .identity, let blue = unsafe image.chromaBlue,
      let red = unsafe image.chromaRed
    {
      // No matrix: the planes are green, blue and red.
      let samples = unsafe SIMD3(
        value(red, x - 0.5, y - 0.5), value(image.luma, x - 0.5, y - 0.5),
        value(blue, x - 0.5, y - 0.5))
      return unsafe ((samples - lumaZero) / lumaRange)
        .clamped(lowerBound: SIMD3(), upperBound: SIMD3(repeating: 1))
    }
    var (blueDifference, redDifference) = (0.0, 0.0)
    if let blue = unsafe image.chromaBlue, let red = unsafe image.chromaRed {
      let format = unsafe image.format
      let chromaX = (x - 0.5) / Double(1 << format.log2ChromaWidth)
      let chromaY = y / Double(1 << format.log2ChromaHeight) - 0.5
      blueDifference = unsafe (value(blue, chromaX, chromaY) - chromaZero) / chromaRange
      redDifference = unsafe (value(red, chromaX, chromaY) - chromaZero) / chromaRange
    }
    let red = unsafe luma + 2 * (1 - kr) * redDifference
    let blue = unsafe luma + 2 * (1 - kb) * blueDifference
    let green = unsafe (luma - kr * red - kb * blue) / (1 - kr - kb)
    return SIMD3(red, green, blue).clamped(lowerBound: SIMD3(), upperBound: SIMD3(repeating: 1))
  }

  /// Between the four samples around a place, in samples from the middle of the first one; edges go on.
  private func value(_ plane: ImagePlane, _ x: Double, _ y: Double) -> Double {
    let (left, top) = (x.rounded(.down), y.rounded(.down))
    let (shareX, shareY) = (x - left, y - top)
    let (column, row) = (Int(left), Int(top))
    let topLeft = unsafe sample(plane, column, row)
    let topRight = unsafe sample(plane, column + 1, row)
    let bottomLeft = unsafe sample(plane, column, row + 1)
    let bottomRight = unsafe sample(plane, column + 1, row + 1)
    let above = topLeft * (1 - shareX) + topRight * shareX
    let below = bottomLeft * (1 - shareX) + bottomRight * shareX
    return above * (1 - shareY) + below * shareY
  }

  private func sample(_ plane: ImagePlane, _ column: Int, _ row: Int) -> Double {
    // In bounds: moved into the plane.
    let x = unsafe max(0, min(plane.width - 1, column))
    let y = unsafe max(0, min(plane.height - 1, row))
    let start = unsafe plane.base + y * plane.bytesPerRow
    if unsafe image.format.bytesPerSample == 1 {
      return unsafe Double(start.assumingMemoryBound(to: UInt8.self)[x])
    }
    return unsafe Double(UInt16(littleEndian: start.assumingMemoryBound(to: UInt16.self)[x]))
  }
}
