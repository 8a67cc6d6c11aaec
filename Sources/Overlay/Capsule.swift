/// A line segment of some thickness with round ends, in pixels; a disc when it has no length.
package struct Capsule: Equatable, Sendable {
  package let startX: Double
  package let startY: Double
  package let endX: Double
  package let endY: Double
  package let radius: Double

  /// The part of a line that can be seen in a frame.
  ///
  /// - Returns: `nil` when no part of it can, or a coordinate is no number.
  package init?(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), radius: Double,
    frameWidth: Int, frameHeight: Int
  ) {
    guard start.x.isFinite, start.y.isFinite, end.x.isFinite, end.y.isFinite, radius.isFinite,
      radius > 0
    else { return nil }
    // Widened so that the round ends of a cut line lie outside of the frame.
    let margin = radius + 2
    var part = 0.0...1.0
    guard
      Self.narrow(
        &part, from: start.x, by: end.x - start.x, to: -margin...Double(frameWidth) + margin),
      Self.narrow(
        &part, from: start.y, by: end.y - start.y, to: -margin...Double(frameHeight) + margin)
    else { return nil }
    let (first, last) = (part.lowerBound, part.upperBound)
    startX = start.x + first * (end.x - start.x)
    startY = start.y + first * (end.y - start.y)
    endX = start.x + last * (end.x - start.x)
    endY = start.y + last * (end.y - start.y)
    self.radius = radius
    // Coordinates far beyond any picture lose their fraction, and with it the clipping.
    let limit = 4 * Double(max(frameWidth, frameHeight)) + 4 * margin
    guard
      abs(startX) <= limit && abs(startY) <= limit && abs(endX) <= limit && abs(endY) <= limit
    else { return nil }
  }

  /// Narrows the part of a line, 0 its start and 1 its end, to where one coordinate is in bounds.
  ///
  /// Source: Liang and Barsky, "A new concept and method for line clipping", 1984.
  ///
  /// - Returns: whether any of it is.
  private static func narrow(
    _ part: inout ClosedRange<Double>, from start: Double, by direction: Double,
    to bounds: ClosedRange<Double>
  ) -> Bool {
    if direction == 0 { return bounds.contains(start) }
    let a = (bounds.lowerBound - start) / direction
    let b = (bounds.upperBound - start) / direction
    let first = max(part.lowerBound, min(a, b))
    let last = min(part.upperBound, max(a, b))
    guard first <= last else { return false }
    part = first...last
    return true
  }

  /// Every pixel it may cover, not clipped to the frame.
  var bounds: PixelRegion {
    let margin = radius + 0.5
    return PixelRegion(
      minX: Int((min(startX, endX) - margin).rounded(.down)),
      minY: Int((min(startY, endY) - margin).rounded(.down)),
      maxX: Int((max(startX, endX) + margin).rounded(.up)),
      maxY: Int((max(startY, endY) + margin).rounded(.up)))
  }

  /// The columns that it may cover in one row of pixels, empty when there are none: the extent of
  /// that part of the segment which is close enough to the row, widened by the radius.
  func columns(inRow row: Int) -> Range<Int> {
    let margin = radius + 0.5
    let center = Double(row) + 0.5
    var part = 0.0...1.0
    guard
      Self.narrow(&part, from: startY, by: endY - startY, to: center - margin...center + margin)
    else { return 0..<0 }
    let a = startX + part.lowerBound * (endX - startX)
    let b = startX + part.upperBound * (endX - startX)
    return Int((min(a, b) - margin).rounded(.down))..<Int((max(a, b) + margin).rounded(.up))
  }

  /// How much of a pixel with its centre there is covered, in 0...1.
  func coverage(x: Double, y: Double) -> Double {
    let distance = distance(x: x, y: y)
    return max(0, min(1, radius + 0.5 - distance))
  }

  /// From a position to the segment in the middle of the capsule.
  func distance(x: Double, y: Double) -> Double {
    let (directionX, directionY) = (endX - startX, endY - startY)
    let lengthSquared = directionX * directionX + directionY * directionY
    let along = (x - startX) * directionX + (y - startY) * directionY
    let share = lengthSquared > 0 ? max(0, min(1, along / lengthSquared)) : 0
    let (offX, offY) = (x - startX - share * directionX, y - startY - share * directionY)
    return (offX * offX + offY * offY).squareRoot()
  }
}
