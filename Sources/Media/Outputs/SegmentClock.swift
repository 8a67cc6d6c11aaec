/// Says at which frames a recording goes on in a new file: the first one after every so many seconds,
/// counted from the first frame.
///
/// Encoder and output ask one each; for the same timestamps both say the same.
struct SegmentClock: Equatable {
  private let lengthSeconds: Double
  private var nextSeconds: Double?

  /// - Precondition: the length is positive.
  init(lengthSeconds: Double) {
    precondition(lengthSeconds > 0)
    self.lengthSeconds = lengthSeconds
  }

  /// - Parameter seconds: The frame's presentation time; they rise from call to call.
  mutating func isDue(at seconds: Double) -> Bool {
    guard let next = nextSeconds else {
      nextSeconds = seconds + lengthSeconds
      return false
    }
    guard seconds >= next - Self.tolerance else { return false }
    // A pause may be longer than a segment.
    let passed = ((seconds - next + Self.tolerance) / lengthSeconds).rounded(.down)
    nextSeconds = next + (passed + 1) * lengthSeconds
    return true
  }

  /// Less than any tick; sums of thirds of a second are not exact.
  private static let tolerance = 1e-6
}
