/// Joins the stretches of a clock that jumps, as those of broadcasts do at a programme's end or where
/// recordings were put one behind the other: each stretch is moved to follow the one before.
///
/// All in microseconds of decoding time.
struct ClockContinuity {
  private(set) var jumpCount = 0
  private var current: Int64 = 0
  private var previous: Int64 = 0
  /// Where each stream has come to, after joining.
  private var ends: [Int: Int64] = [:]

  /// A smaller step back is a muxer's disorder. As in FFmpeg's own command.
  private static let toleratedStepBack: Int64 = 100_000
  /// A shorter gap is a pause. As in FFmpeg's own command.
  private static let toleratedGap: Int64 = 10_000_000

  /// What is to be added to the times of a packet.
  ///
  /// - Parameters:
  ///   - steadyStream: Number of an audio or video stream, each of which shows a jump by itself;
  ///     `nil` for streams with pauses, which go along.
  ///   - begin: The packet's decoding time as the input has it.
  ///   - duration: 0 when unknown.
  mutating func offset(steadyStream stream: Int?, begin: Int64, duration: Int64) -> Int64 {
    guard let stream else { return current }
    var offset = current
    if let end = ends[stream] {
      let gap = begin + current - end
      if gap < -Self.toleratedStepBack || gap > Self.toleratedGap {
        let gapBefore = begin + previous - end
        if abs(gapBefore) <= Self.toleratedStepBack {
          // A straggler of the stretch that another stream has left already.
          offset = previous
        } else {
          previous = current
          current -= gap
          offset = current
          jumpCount += 1
        }
      }
    }
    ends[stream] = begin + offset + duration
    return offset
  }
}
