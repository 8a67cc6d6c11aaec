extension Configuration.InputSize: CustomStringConvertible {
  /// Sizes outside make no sense to the network: its coarsest cells are 32 pixels wide.
  static let accepted = 32...8192

  /// Reads `640`, `640x360` or `source`; `nil` for anything else.
  package init?(_ text: String) {
    if text == "source" {
      self = .source
      return
    }
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    switch (sides.count, sides.first ?? nil, sides.last ?? nil) {
    case (1, .some(let side), _) where Self.accepted.contains(side):
      self = .longSide(side)
    case (2, .some(let width), .some(let height))
    where Self.accepted.contains(width) && Self.accepted.contains(height):
      self = .within(width: width, height: height)
    default:
      return nil
    }
  }

  package var description: String {
    switch self {
    case .longSide(let side): "\(side)"
    case .within(let width, let height): "\(width)x\(height)"
    case .source: "source"
    }
  }

  /// The network's picture for a frame, without padding.
  ///
  /// - Parameters:
  ///   - width: Of the upright frame in pixels.
  ///   - height: Of the upright frame in pixels.
  ///   - pixelAspect: Width to height of one pixel: the network is shown faces as viewers see them.
  package func picture(
    forWidth width: Int, height: Int, pixelAspect: Double
  ) -> (width: Int, height: Int) {
    let shownWidth = Double(width) * pixelAspect
    let shownHeight = Double(height)
    let factor: Double =
      switch self {
      case .longSide(let side): Double(side) / max(shownWidth, shownHeight)
      case .within(let width, let height):
        min(Double(width) / shownWidth, Double(height) / shownHeight)
      case .source: 1
      }
    return (
      max(1, Int((shownWidth * factor).rounded())), max(1, Int((shownHeight * factor).rounded()))
    )
  }
}
