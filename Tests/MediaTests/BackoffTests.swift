import Testing

@testable import Media

@Suite("Backoff")
struct BackoffTests {
  @Test("waits double up to the limit, each by chance between half and all of it")
  func doubling() {
    var backoff = Backoff(first: 0.5, limit: 10, seed: 7)
    for longest in [0.5, 1, 2, 4, 8, 10, 10, 10] {
      let wait = backoff.next()
      #expect(wait >= longest / 2 && wait <= longest)
    }
  }

  @Test("waits begin anew after a success")
  func reset() {
    var backoff = Backoff(first: 0.5, limit: 10, seed: 7)
    for _ in 0..<6 { _ = backoff.next() }
    backoff.reset()
    let wait = backoff.next()
    #expect(wait <= 0.5)
  }

  @Test("a seed repeats, another differs, and a thousand attempts are no trouble")
  func seeds() {
    func waits(_ seed: UInt64) -> [Double] {
      var backoff = Backoff(first: 1, limit: 60, seed: seed)
      return (0..<1000).map { _ in backoff.next() }
    }
    #expect(waits(1) == waits(1))
    #expect(waits(1) != waits(2))
    #expect(waits(3).allSatisfy { $0 <= 60 })
  }
}
