/// Which parts of an annotation are drawn.
package struct OverlayElements: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The outline of the face's box.
  package static let boxes = OverlayElements(rawValue: 1 << 0)
  /// A label with identity and score.
  package static let ids = OverlayElements(rawValue: 1 << 1)
  /// A dot at each of the five landmarks.
  package static let landmarks = OverlayElements(rawValue: 1 << 2)
  /// The three axes of the head.
  package static let axes = OverlayElements(rawValue: 1 << 3)
  /// A box around the head.
  package static let cuboid = OverlayElements(rawValue: 1 << 4)

  package static let all: OverlayElements = [.boxes, .ids, .landmarks, .axes, .cuboid]
}
