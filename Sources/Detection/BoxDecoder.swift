import Foundation
package import Imaging

/// Turns the network's regressions into boxes and landmarks in network-input pixels.
///
/// Source: the encoding of SSD (Liu et al., ECCV 2016, section 2.2), landmarks as box centres; the
/// variances are those of training.
package enum BoxDecoder {
  /// What offsets of centres and landmarks were divided by in training.
  package static let centerVariance: Float = 0.1
  /// What logarithms of sizes were divided by in training.
  package static let sizeVariance: Float = 0.2

  /// - Parameters:
  ///   - dx: Offset of the centre in anchor widths, over the variance; `dy` in anchor heights.
  ///   - dw: Logarithm of the width in anchor widths, over the variance; `dh` of the height.
  /// - Returns: The box, not clipped to the image.
  package static func box(
    dx: Float, dy: Float, dw: Float, dh: Float, anchor: AnchorGrid.Anchor
  ) -> BoundingBox {
    let center = point(dx: dx, dy: dy, anchor: anchor)
    let width = anchor.width * exp(dw * sizeVariance)
    let height = anchor.height * exp(dh * sizeVariance)
    return BoundingBox(
      x: center.x - width / 2, y: center.y - height / 2, width: width, height: height)
  }

  /// - Parameter dx: Offset of a landmark from the anchor's centre in anchor widths, over the
  ///   variance; `dy` in anchor heights.
  package static func point(dx: Float, dy: Float, anchor: AnchorGrid.Anchor) -> Point {
    Point(
      x: anchor.centerX + dx * centerVariance * anchor.width,
      y: anchor.centerY + dy * centerVariance * anchor.height)
  }

  /// The probability of a face: softmax of two logits, which is the logistic function of their
  /// difference.
  package static func score(background: Float, face: Float) -> Float {
    1 / (1 + exp(background - face))
  }

  /// The difference of logits, face minus background, at which a score is reached; infinite at the
  /// ends of 0...1.
  package static func logitDifference(for score: Float) -> Float {
    log(score / (1 - score))
  }
}
