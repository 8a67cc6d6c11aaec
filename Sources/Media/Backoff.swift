/// How long to wait before each further attempt: twice as long every time, up to a limit, and each time
/// by a part that chance decides, so that many who lost the same server do not come back at once.
package struct Backoff: Sendable {
  private let first: Double
  private let limit: Double
  private var attempts = 0
  private var state: UInt64

  /// - Parameters:
  ///   - first: Longest first wait in seconds.
  ///   - limit: Longest wait in seconds.
  ///   - seed: The same seed gives the same waits.
  package init(first: Double, limit: Double, seed: UInt64) {
    self.first = first
    self.limit = limit
    state = seed
  }

  /// The next wait in seconds: from half of the longest one to all of it.
  package mutating func next() -> Double {
    // Doubling further would only lose the number's exactness.
    let longest = min(limit, first * Double(UInt64(1) << UInt64(min(attempts, 30))))
    attempts += 1
    // SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return longest * (0.5 + 0.5 * Double(bits >> 11) / Double(UInt64(1) << 53))
  }

  /// The next attempt is a first one again.
  package mutating func reset() { attempts = 0 }
}
