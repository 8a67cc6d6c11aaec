/// Keeps pictures from being taken for new that were seen before a reconnection: a playlist lists the last
/// segments for some time, and for ever when the sender has died.
struct SeenPictures {
  /// Fingerprints of packets; when there are enough, the earlier ones are forgotten.
  private var recent: Set<Int> = []
  private var earlier: Set<Int> = []
  /// Whether nothing new has come since the reconnection.
  private var isReplaying = false
  /// The first picture that came again.
  private var firstAgain: Int?

  /// More than three segments hold, with which FFmpeg begins: 10 s each at 60 frames a second are 1,800.
  static let keptCount = 4096

  /// Begins the next connection.
  mutating func reconnect() {
    isReplaying = true
    firstAgain = nil
  }

  /// Whether a packet comes for the first time. Sound and all else does with the first new picture.
  ///
  /// - Parameter fingerprint: `nil` for what is no picture.
  mutating func isNew(_ fingerprint: Int?) -> Bool {
    guard let fingerprint else { return !isReplaying }
    if isReplaying, recent.contains(fingerprint) || earlier.contains(fingerprint),
      fingerprint != firstAgain
    {
      firstAgain = firstAgain ?? fingerprint
      return false
    }
    // A picture that comes twice on one connection is part of a loop, which is shown again and again.
    isReplaying = false
    if recent.count >= Self.keptCount {
      swap(&recent, &earlier)
      recent.removeAll(keepingCapacity: true)
    }
    if recent.isEmpty { recent.reserveCapacity(Self.keptCount) }
    recent.insert(fingerprint)
    return true
  }
}
