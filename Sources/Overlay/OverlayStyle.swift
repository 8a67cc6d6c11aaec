/// The sizes of everything drawn, in pixels, chosen once for a size of frame.
///
/// They grow with the frame's shorter side, so that an overlay looks alike at every resolution and
/// in upright pictures: 3 px lines and 24 px text at 1080 lines, never below 1 px and 10 px.
package struct OverlayStyle: Equatable, Sendable {
  /// Of box outlines.
  package let lineWidth: Int
  /// Height of the font's em square.
  package let textSize: Int
  /// Between a label's text and its left and right edge.
  let labelPaddingX: Int
  /// Between a label's text and its top and bottom edge.
  let labelPaddingY: Int
  /// Of a landmark's dot, on faces large enough for it.
  let dotRadius: Double
  /// Half the width of a head axis, on faces large enough for it.
  let axisRadius: Double
  /// Width of the dark rim that sets dots and axes off from a bright picture.
  let rimWidth: Double

  package init(width: Int, height: Int) {
    let scale = Double(max(0, min(width, height))) / 1080
    // The quarter of a pixel gives 480 lines a width of 2: 1 is hard to see from there on.
    lineWidth = max(1, Int((3 * scale + 0.25).rounded()))
    textSize = max(10, Int((24 * scale).rounded()))
    labelPaddingX = max(3, Int((8 * scale).rounded()))
    labelPaddingY = max(2, Int((6 * scale).rounded()))
    dotRadius = max(1.25, 4 * scale)
    axisRadius = max(0.75, 2 * scale)
    rimWidth = max(0.5, 1.25 * scale)
  }

  /// The dot radius for a face of the given box width: dots of small faces must not flow together.
  func dotRadius(boxWidth: Float) -> Double {
    min(dotRadius, max(0.75, Double(boxWidth) * 0.04))
  }

  /// Half the width of a head axis for a face of the given box width.
  func axisRadius(boxWidth: Float) -> Double {
    min(axisRadius, max(0.5, Double(boxWidth) * 0.02))
  }
}
