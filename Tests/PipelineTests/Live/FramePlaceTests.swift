import Imaging
import Testing

@testable import Pipeline

@Suite("Times of frames across connections")
struct FramePlaceTests {
  @Test("times that rise stay to the tick")
  func same() {
    var place = FramePlace(timeBase: Rational(1, 90000))
    for ticks: Int64 in [-3000, 0, 3003, 6006] {
      let timestamp = Timestamp(ticks: ticks, timeBase: Rational(1, 90000))
      let placed = place.next(timestamp, durationTicks: 0)
      #expect(placed == timestamp)
    }
    #expect(place.repairedCount == 0)
  }

  @Test("times of another base are those of the first")
  func otherBase() {
    var place = FramePlace(timeBase: Rational(1, 90000))
    let placed = place.next(Timestamp(ticks: 1500, timeBase: Rational(1, 1000)), durationTicks: 0)
    #expect(placed == Timestamp(ticks: 135_000, timeBase: Rational(1, 90000)))
  }

  @Test("a time that does not rise is moved one tick past the one before")
  func rising() {
    var place = FramePlace(timeBase: Rational(1, 1000))
    _ = place.next(Timestamp(ticks: 40, timeBase: Rational(1, 1000)), durationTicks: 0)
    let placed = place.next(Timestamp(ticks: 40, timeBase: Rational(1, 1000)), durationTicks: 0)
    #expect(placed.ticks == 41)
    #expect(place.repairedCount == 1)
  }

  @Test("one far ahead does not hold up those of the next connections")
  func farAhead() {
    let timeBase = Rational(1, 1000)
    var place = FramePlace(timeBase: timeBase)
    _ = place.next(Timestamp(ticks: 3_600_000, timeBase: timeBase), durationTicks: 40)
    let placed = (1...50).map {
      place.next(Timestamp(ticks: $0 * 40, timeBase: timeBase), durationTicks: 40).ticks
    }
    #expect(zip(placed, placed.dropFirst()).allSatisfy { $0 < $1 })
    #expect(zip(placed.dropFirst(4), placed.dropFirst(5)).allSatisfy { $1 - $0 == 40 })
  }
}
