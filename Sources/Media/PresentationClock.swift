package import Imaging

/// Gives every frame a timestamp and a duration, whatever the input leaves out.
///
/// Timestamps that are there and rise are kept to the tick. A missing one follows from the frame
/// before; one that does not rise is moved one tick past it, because no container can hold it. When a
/// frame was far ahead of all that follow, those go on from it at their own pace.
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
  /// In ticks; 0 when the time base is of no use.
  private let toleratedLead: Int64
  /// Of the frame before, as the input gave it.
  private var lastGiven: Int64?
  /// In a row, frames behind the one before them whose own times rise.
  private var framesBehind = 0
  /// Added to the input's times since they fell far behind; never negative.
  private var shift: Int64 = 0

  /// A frame that is less ahead, in seconds, is waited for, so that the picture does not stay behind the
  /// sound for ever.
  private static let toleratedLeadSeconds = 2
  /// So many frames may be out of order before those that follow count.
  private static let toleratedFramesBehind = 4

  /// - Parameters:
  ///   - timeBase: Of the ticks given and returned.
  ///   - frameRate: Of the stream, for frames that tell no duration.
  package init(timeBase: Rational, frameRate: Rational?) {
    toleratedLead =
      timeBase.isPositive
      ? Int64(timeBase.denominator).saturatingMultiplied(by: Int64(Self.toleratedLeadSeconds))
        / Int64(timeBase.numerator)
      : 0
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
    if let last, let ticks {
      moment.ticks = next(ticks, after: last)
    } else if let last {
      moment.ticks = last.ticks.saturatingAdding(max(1, last.durationTicks))
    }
    if ticks == nil { repairedCount += 1 }
    lastGiven = ticks ?? lastGiven
    last = moment
    return moment
  }

  /// Where a frame goes whose time the input gives.
  private mutating func next(_ ticks: Int64, after last: Moment) -> Int64 {
    // The input's own time counts as soon as it is ahead again.
    if ticks > last.ticks { shift = 0 }
    let placed = ticks.saturatingAdding(shift)
    guard placed <= last.ticks else {
      framesBehind = 0
      return placed
    }
    repairedCount += 1
    framesBehind = ticks > lastGiven ?? ticks ? framesBehind + 1 : 1
    guard framesBehind > Self.toleratedFramesBehind,
      placed < last.ticks.saturatingAdding(-toleratedLead)
    else { return last.ticks.saturatingAdding(1) }
    framesBehind = 0
    let following = last.ticks.saturatingAdding(max(1, last.durationTicks))
    let (difference, overflows) = following.subtractingReportingOverflow(ticks)
    shift = overflows ? 0 : difference
    return following
  }
}
