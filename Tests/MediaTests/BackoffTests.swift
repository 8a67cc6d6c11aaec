import TestSupport
import Testing

@testable import Media

@Suite("Delays between attempts")
struct BackoffTests {
  @Test("delays double up to the longest, each between half of that and all of it")
  func doubling() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<50 {
      var backoff = Backoff(firstSeconds: 0.5, longestSeconds: 6)
      for most in [0.5, 1, 2, 4, 6, 6, 6] {
        let delay = backoff.next(using: &generator)
        #expect((most / 2...most).contains(delay), "\(delay) of \(most)")
      }
      #expect(backoff.attempts == 7)
    }
  }

  @Test("the same seed gives the same delays, others give others")
  func seeded() {
    func delays(_ seed: UInt64) -> [Double] {
      var generator = SeededGenerator(seed: seed)
      var backoff = Backoff(longestSeconds: 30)
      return (0..<6).map { _ in backoff.next(using: &generator) }
    }
    #expect(delays(1) == delays(1))
    #expect(delays(1) != delays(2))
  }

  @Test("a success begins anew")
  func reset() {
    var generator = SeededGenerator(seed: 5)
    var backoff = Backoff(longestSeconds: 30)
    for _ in 0..<5 { _ = backoff.next(using: &generator) }
    backoff.reset()
    #expect(backoff.attempts == 0)
    let delay = backoff.next(using: &generator)
    #expect(delay <= 0.5)
  }

  @Test("days of failures overflow nothing")
  func lasting() {
    var generator = SeededGenerator(seed: 6)
    var backoff = Backoff(longestSeconds: 30)
    for _ in 0..<5_000 { _ = backoff.next(using: &generator) }
    let delay = backoff.next(using: &generator)
    #expect((15...30).contains(delay))
  }

  @Test("a longest delay below the first holds from the first on")
  func shortLimit() {
    var generator = SeededGenerator(seed: 7)
    var backoff = Backoff(longestSeconds: 0.1)
    let delay = backoff.next(using: &generator)
    #expect((0.05...0.1).contains(delay))
  }
}
