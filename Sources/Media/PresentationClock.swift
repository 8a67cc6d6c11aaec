package import Imaging

/// Gives every frame a timestamp and a duration, whatever the input leaves out.
///
/// Timestamps that are there and rise are kept to the tick. A missing one follows from the frame
/// before; one that does not rise is moved one tick past it, because no container can hold it.
package struct PresentationClock: Sendable {
  /// When a frame is shown and how long.
  package struct Moment: Equatable, Sendable {
    package var ticks: Int64
    /// 0 when unknown.
    package var durationTicks: Int64
  }

  /// Frames whose timestamp was missing or did not rise.
  package private(set) var repairedCount = 0

  /// Duration of a frame of constant rate, in ticks, 0 when the rate is unknown.
  private let usualDuration: Int64
  private var last: Moment?

  /// - Parameters:
  ///   - timeBase: Of the ticks given and returned.
  ///   - frameRate: Of the stream, for frames that tell no duration.
  package init(timeBase: Rational, frameRate: Rational?) {
    guard let frameRate, frameRate.isPositive, timeBase.isPositive else {
      usualDuration = 0
      return
    }
    // Exact for what containers hold, 32 bits each; larger fractions tell no usable duration.
    let (ticks, overflows) = frameRate.denominator.multipliedReportingOverflow(
      by: timeBase.denominator)
    let (divisor, divisorOverflows) = frameRate.numerator.multipliedReportingOverflow(
      by: timeBase.numerator)
    guard !overflows, !divisorOverflows else {
      usualDuration = 0
      return
    }
    let (quotient, remainder) = ticks.quotientAndRemainder(dividingBy: divisor)
    usualDuration = Int64(remainder >= divisor - remainder ? quotient + 1 : quotient)
  }

  /// - Parameters:
  ///   - ticks: The frame's presentation timestamp, `nil` when the input gives none.
  ///   - durationTicks: 0 when unknown.
  package mutating func next(ticks: Int64?, durationTicks: Int64) -> Moment {
    let duration = durationTicks > 0 ? durationTicks : usualDuration
    var moment = Moment(ticks: ticks ?? 0, durationTicks: duration)
    if let last {
      if ticks == nil {
        moment.ticks = last.ticks.saturatingAdding(max(1, last.durationTicks))
        repairedCount += 1
      } else if moment.ticks <= last.ticks {
        moment.ticks = last.ticks.saturatingAdding(1)
        repairedCount += 1
      }
    } else if ticks == nil {
      repairedCount += 1
    }
    last = moment
    return moment
  }
}
