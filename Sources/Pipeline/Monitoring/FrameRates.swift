/// Frames a second over the last seconds, from counters looked at now and then.
struct FrameRates {
  private struct Sample {
    var instant: ContinuousClock.Instant
    var input: Int
    var output: Int
  }

  /// As long as rates are averaged over: short enough to see a camera stall, long enough for one of few
  /// frames a second.
  private static let window = Duration.seconds(5)

  private var samples: [Sample] = []
  /// When the input's counter was seen to have risen, `nil` before that.
  private(set) var lastInput: ContinuousClock.Instant?

  /// Frames a second; 0 before there are two samples.
  var input: Double { rate(\.input) }
  var output: Double { rate(\.output) }

  /// - Parameters:
  ///   - input: Frames that came in so far.
  ///   - output: Frames that went out so far.
  mutating func add(input: Int, output: Int, at instant: ContinuousClock.Instant) {
    if input > samples.last?.input ?? 0 { lastInput = instant }
    samples.append(Sample(instant: instant, input: input, output: output))
    // The oldest one kept is the last from before the window.
    while samples.count > 2, instant - samples[1].instant >= Self.window { samples.removeFirst() }
  }

  private func rate(_ count: (Sample) -> Int) -> Double {
    guard let first = samples.first, let last = samples.last, last.instant > first.instant else {
      return 0
    }
    return Double(count(last) - count(first)) / ((last.instant - first.instant) / .seconds(1))
  }
}
