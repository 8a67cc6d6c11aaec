import Testing

@testable import Media

@Suite("Pictures that came while the streams were being looked into")
struct CatchUpTests {
  private let first = ContinuousClock.now

  /// How long after the first picture each one came, all read ten seconds after it.
  private func arrivals(_ times: [Double], start: Double?) -> [Double] {
    var catchUp = CatchUp(firstArrival: first, startSeconds: start)
    return times.map { time in
      let delay = catchUp.delay(ofPictureAt: time, read: first + .seconds(10))
      return 10 - delay / .seconds(1)
    }
  }

  private func isClose(_ values: [Double], _ expected: [Double]) -> Bool {
    values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  @Test("they came as far apart as their times say")
  func apart() {
    #expect(isClose(arrivals([5, 5.04, 6, 9], start: 5), [0, 0.04, 1, 4]))
  }

  @Test("none came after it was read")
  func future() {
    #expect(isClose(arrivals([5, 25], start: 5), [0, 10]))
  }

  @Test(
    "a start that is the first packet's made-up time counts no longer than until one lies before it"
  )
  func madeUpStart() {
    let times = [2.07, 0.067, 0.133, 2.067, 2.133]
    #expect(isClose(arrivals(times, start: 2.07), [0, 0, 0.066, 2, 2.066]))
  }

  @Test("where times say nothing of it, they came when they were read")
  func withoutStart() {
    #expect(isClose(arrivals([5, 6], start: nil), [10, 10]))
  }
}
