/// Lets the pictures of a stream that comes by segments, many at once, go at the pace they were taken.
///
/// All in seconds; moments of any steady clock.
struct Pacer {
  /// The moment minus the timestamp of a picture that goes at once.
  private var lead: Double?

  /// A picture that is later than this has been held up on its way: the pace is set anew by it.
  private static let toleratedDelay = 1.0
  /// The most a picture waits: more is no segment that came early, but a jump of the clock.
  private static let longestWait = 30.0

  /// How long a picture is to wait.
  mutating func wait(timestamp: Double, now: Double) -> Double {
    if let lead {
      let wait = timestamp + lead - now
      if wait >= -Self.toleratedDelay && wait <= Self.longestWait { return max(0, wait) }
    }
    lead = now - timestamp
    return 0
  }

  /// Forgets the pace, as after a reconnection.
  mutating func reset() { lead = nil }
}
