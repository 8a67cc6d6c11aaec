import Imaging

/// Keeps the times of frames while they are inside an encoder.
///
/// Encoders are given the frames' numbers as timestamps, at a constant rate: many can hold no other
/// (MPEG-2, MPEG-4), and others write the time base into the stream as if it were a frame rate. When
/// a packet leaves, its number is replaced by the frame's true time. Decoding times follow the same
/// way: they are the times of earlier frames, so they rise and never pass a presentation time.
struct EncodedFrameTimes {
  /// Of the frames that have not all left.
  private(set) var moments: [PresentationClock.Moment] = []
  /// Number of the first of `moments`.
  private var firstNumber: Int64 = 0
  private var firstTicks: Int64 = 0
  /// Ticks between frames of constant rate, at least 1.
  private let usualTicks: Int64

  /// - Precondition: both are positive.
  init(timeBase: Rational, frameRate: Rational) {
    precondition(timeBase.isPositive && frameRate.isPositive)
    let ticks = 1 / (frameRate.doubleValue * timeBase.doubleValue)
    usualTicks = max(1, Int64(ticks.rounded()))
  }

  /// Takes in the next frame's time.
  ///
  /// - Returns: The number that stands for it.
  mutating func add(_ moment: PresentationClock.Moment) -> Int64 {
    if moments.isEmpty && firstNumber == 0 { firstTicks = moment.ticks }
    moments.append(moment)
    return firstNumber + Int64(moments.count) - 1
  }

  /// The times of a packet, given the numbers the encoder stamped it with. Call it once for each
  /// packet, in the encoder's order.
  ///
  /// - Parameter decodeNumber: Negative for the packets an encoder that reorders frames must send
  ///   ahead of the first presentation time.
  /// - Returns: `nil` when no such frame waits: the encoder made one up, or sent one twice.
  mutating func take(
    number: Int64, decodeNumber: Int64
  ) -> (moment: PresentationClock.Moment, decodeTicks: Int64)? {
    guard number >= firstNumber, number - firstNumber < moments.count else { return nil }
    let index = Int(number - firstNumber)
    let moment = moments[index]
    guard decodeNumber >= 0 else {
      return (
        moment, firstTicks.saturatingAdding(decodeNumber.saturatingMultiplied(by: usualTicks))
      )
    }
    // Later packets decode later, and are presented no earlier than they decode: what lies before
    // is done with.
    let decodeIndex = max(0, min(index, Int(decodeNumber - firstNumber)))
    let decodeTicks = moments[decodeIndex].ticks
    moments.removeFirst(decodeIndex + 1)
    firstNumber += Int64(decodeIndex) + 1
    return (moment, decodeTicks)
  }
}
