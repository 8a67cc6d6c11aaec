import Imaging
import Testing

@testable import Media

@Suite("Presentation clock")
struct PresentationClockTests {
  private static let ntsc = Rational(30000, 1001)

  /// Ticks of the moments the clock gives to frames of unknown duration.
  private func ticks(_ clock: inout PresentationClock, _ given: [Int64?]) -> [Int64] {
    given.map { clock.next(ticks: $0, durationTicks: 0).ticks }
  }

  @Test("rising timestamps are kept to the tick", arguments: [Self.ntsc, nil])
  func kept(rate: Rational?) {
    var clock = PresentationClock(timeBase: Rational(1, 90000), frameRate: rate)
    let irregular: [Int64] = [-7000, -6999, 0, 1, 3003, 3004, 900_000_000_000]
    #expect(ticks(&clock, irregular) == irregular)
    #expect(clock.repairedCount == 0)
  }

  @Test("a missing timestamp follows from the frame before")
  func missing() {
    var clock = PresentationClock(timeBase: Rational(1, 30000), frameRate: Self.ntsc)
    #expect(ticks(&clock, [nil, nil, 5005, nil, 7007]) == [0, 1001, 5005, 6006, 7007])
    #expect(clock.repairedCount == 3)
  }

  @Test("a missing timestamp follows from the duration where a frame has one")
  func missingWithDuration() {
    var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: Rational(25, 1))
    #expect(clock.next(ticks: 100, durationTicks: 70) == .init(ticks: 100, durationTicks: 70))
    #expect(clock.next(ticks: nil, durationTicks: 0) == .init(ticks: 170, durationTicks: 40))
    #expect(clock.next(ticks: nil, durationTicks: -5) == .init(ticks: 210, durationTicks: 40))
  }

  @Test("timestamps that do not rise move one tick past the frame before")
  func notRising() {
    var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: Rational(25, 1))
    #expect(ticks(&clock, [0, 40, 40, 40, 20, 80]) == [0, 40, 41, 42, 43, 80])
    #expect(clock.repairedCount == 3)
  }

  @Test("frames that one before was far ahead of go on from it at their own pace")
  func farAhead() {
    var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: Rational(25, 1))
    #expect(ticks(&clock, [0, 40, 90_000]) == [0, 40, 90_000])
    #expect(
      ticks(&clock, [80, 120, 160, 200, 240, 280, 330, nil])
        == [90_001, 90_002, 90_003, 90_004, 90_044, 90_084, 90_134, 90_174])
    #expect(clock.repairedCount == 6)
    // Once the input is there, its own times count again.
    #expect(ticks(&clock, [90_200, 90_240]) == [90_200, 90_240])
  }

  @Test("frames that one before was a little ahead of wait until they are there")
  func littleAhead() {
    var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: Rational(25, 1))
    let given = (0..<100).map { Int64($0) * 40 }
    var expected = given
    expected[10] = 1900
    for number in 11...48 { expected[number] = 1890 + Int64(number) }
    var changed = given
    changed[10] = 1900
    #expect(ticks(&clock, changed) == expected)
  }

  @Test("frames that all have the same time stay one tick apart")
  func constant() {
    var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: Rational(25, 1))
    let given = [90_000] + [Int64?](repeating: 7, count: 20)
    #expect(ticks(&clock, given) == (0...20).map { 90_000 + $0 })
  }

  @Test("without a rate a missing timestamp is one tick later, and durations stay unknown")
  func unknownRate() {
    for rate in [nil, Rational(0, 1), Rational(25, 0), Rational(-25, 1)] {
      var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: rate)
      #expect(ticks(&clock, [10, nil, nil]) == [10, 11, 12])
      #expect(clock.next(ticks: 100, durationTicks: 0).durationTicks == 0)
    }
  }

  @Test("the usual duration is rounded to the nearest tick")
  func usualDuration() {
    func duration(_ timeBase: Rational, _ rate: Rational) -> Int64 {
      var clock = PresentationClock(timeBase: timeBase, frameRate: rate)
      return clock.next(ticks: 0, durationTicks: 0).durationTicks
    }
    #expect(duration(Rational(1, 30000), Self.ntsc) == 1001)
    #expect(duration(Rational(1, 1000), Self.ntsc) == 33)
    #expect(duration(Rational(1, 1000), Rational(24, 1)) == 42)
    #expect(duration(Rational(1001, 30000), Self.ntsc) == 1)
    #expect(duration(Rational(0, 1), Self.ntsc) == 0)
  }

  @Test("rates and time bases of any size do not overflow")
  func extremeRates() {
    let largest = Int(Int64.max)
    for rate in [Rational(largest, 1), Rational(1, largest), Rational(largest, largest)] {
      for timeBase in [Rational(largest, 1), Rational(1, largest), Rational(largest, largest)] {
        var clock = PresentationClock(timeBase: timeBase, frameRate: rate)
        #expect(clock.next(ticks: 0, durationTicks: 0).durationTicks >= 0)
      }
    }
  }

  @Test("times at the end of what 64 bits hold do not overflow")
  func extremeTimes() {
    var clock = PresentationClock(timeBase: Rational(1, 1000), frameRate: Rational(25, 1))
    #expect(clock.next(ticks: .max - 10, durationTicks: .max).ticks == .max - 10)
    #expect(clock.next(ticks: nil, durationTicks: 0).ticks == .max)
    #expect(clock.next(ticks: nil, durationTicks: 0).ticks == .max)
    #expect(clock.next(ticks: 0, durationTicks: 0).ticks == .max)
  }
}
