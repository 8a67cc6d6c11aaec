/// A moment of a stream: a whole number of ticks of a time base. Never a float: 30000/1001 stays exact.
package struct Timestamp: Equatable, Hashable, Sendable {
  package var ticks: Int64
  package var timeBase: Rational

  package init(ticks: Int64, timeBase: Rational) {
    self.ticks = ticks
    self.timeBase = timeBase
  }

  /// For display and for the tracker's gaps, not for arithmetic on timestamps.
  package var seconds: Double {
    Double(ticks) * Double(timeBase.numerator) / Double(timeBase.denominator)
  }
}
