/// Durations of the same work done several times, in milliseconds.
package struct DurationSummary: Sendable, Equatable, Encodable {
  package var median: Double
  /// 95 and 99 of a hundred are no longer than these.
  package var percentile95: Double
  package var percentile99: Double
  package var worst: Double

  /// - Precondition: there is at least one.
  package init(_ milliseconds: [Double]) {
    precondition(!milliseconds.isEmpty)
    let sorted = milliseconds.sorted()
    func percentile(_ part: Double) -> Double {
      sorted[min(sorted.count - 1, Int((part * Double(sorted.count)).rounded(.up)) - 1)]
    }
    median = percentile(0.5)
    percentile95 = percentile(0.95)
    percentile99 = percentile(0.99)
    worst = sorted[sorted.count - 1]
  }
}

/// How long `body` takes, in milliseconds.
func elapsedMilliseconds<Failure: Error>(
  _ body: () throws(Failure) -> Void
) throws(Failure) -> Double {
  let start = ContinuousClock.now
  try body()
  return (ContinuousClock.now - start) / .milliseconds(1)
}
