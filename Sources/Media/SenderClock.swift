/// Tells when the camera took the picture of each packet, by its RTCP sender reports.
///
/// FFmpeg attaches to a packet the sender's time of the RTP packet that completed it. Where a parser puts
/// frames together, that is the first one of the next frame; otherwise it is the frame's own.
///
/// All in seconds; times of the sender are since 1970.
struct SenderClock {
  /// After how many seconds RTP timestamps begin anew (32 bits, RFC 3550, section 5.1).
  private let wrapSeconds: Double
  private var attachedBefore: Double?
  private var isOfNextFrame: Bool?
  /// The sender's time minus the presentation timestamp, of the packet before.
  private var lastDifference: Double?

  /// A sender whose clock is further from ours has not been set, or sends its local time: time zones are at
  /// least half an hour apart from UTC.
  private static let plausibleError = 900.0
  private static let tolerance = 1.0

  init(ticksPerSecond: Double) {
    wrapSeconds = ticksPerSecond > 0 ? 4_294_967_296 / ticksPerSecond : .infinity
  }

  /// When the picture of the next packet was taken, `nil` when the sender does not say.
  ///
  /// - Parameters:
  ///   - pts: Its presentation timestamp as the demuxer gives it.
  ///   - attached: The sender's time that came with it.
  ///   - start: The sender's time at timestamp 0, where the demuxer tells one.
  ///   - now: Our own clock.
  mutating func seconds(pts: Double, attached: Double?, start: Double?, now: Double) -> Double? {
    defer { attachedBefore = attached }
    if isOfNextFrame == nil, let start, let attached, let attachedBefore {
      let expected = start + pts
      isOfNextFrame = abs(attachedBefore - expected) < abs(attached - expected)
    }
    if isOfNextFrame == nil, start != nil { return nil }
    guard let own = isOfNextFrame == true ? attachedBefore : attached else { return nil }
    var seconds = own
    if let lastDifference {
      // Between the wrap of the timestamps and the next report FFmpeg is off by one round.
      let change = seconds - pts - lastDifference
      if abs(change + wrapSeconds) < Self.tolerance { seconds += wrapSeconds }
      if abs(change - wrapSeconds) < Self.tolerance { seconds -= wrapSeconds }
    }
    lastDifference = seconds - pts
    return abs(seconds - now) <= Self.plausibleError ? seconds : nil
  }
}
