/// An exact fraction: a time base, a frame rate or a sample aspect ratio.
package struct Rational: Equatable, Hashable, Sendable, CustomStringConvertible {
  package var numerator: Int
  package var denominator: Int

  package init(_ numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Whether both parts are positive, as those of every usable time base and rate are.
  package var isPositive: Bool { numerator > 0 && denominator > 0 }

  package var doubleValue: Double { Double(numerator) / Double(denominator) }

  package var description: String { "\(numerator)/\(denominator)" }
}
