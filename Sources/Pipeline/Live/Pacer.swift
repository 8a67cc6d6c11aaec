/// Lets the pictures of a stream that comes by segments, many at once, go at the pace they were taken, or a little
/// faster.
///
/// Nothing shows how many segments the sender is ahead: at a pace that is exactly ours, pictures would fall behind
/// a sender whose clock is faster by seconds a day, until segments are gone before they are read. So the pace is
/// faster than clocks differ: what there is is caught up with in any case, and then, for once, a segment is not
/// there yet.
///
/// All in seconds; moments of any steady clock.
struct Pacer {
  /// A picture and when it went, by which the pace is set.
  private var start: (timestamp: Double, moment: Double)?

  /// Five times as much as the quartz oscillators of clocks and sound cards are off (0.0001), and as NTP puts
  /// clocks forward or back at most (adjtimex(2)).
  private static let haste = 0.0005
  /// A picture that is later than this was not there in time: the pace is set anew by it.
  private static let toleratedDelay = 0.2
  /// How long it waits then, so that the next ones are there in time: an hour later it has been won back.
  private static let reserve = 2.0
  /// The most a picture waits: more is no segment that came early, but a jump of the clock.
  private static let longestWait = 30.0

  /// How long a picture is to wait.
  mutating func wait(timestamp: Double, now: Double) -> Double {
    guard let start else {
      start = (timestamp, now)
      return 0
    }
    let wait = start.moment + (timestamp - start.timestamp) * (1 - Self.haste) - now
    if (-Self.toleratedDelay...Self.longestWait).contains(wait) { return max(0, wait) }
    let isLate = wait < 0
    let delay = isLate ? Self.reserve : 0
    self.start = (timestamp, now + delay)
    return delay
  }

  /// Forgets the pace, as after a reconnection.
  mutating func reset() { start = nil }
}
