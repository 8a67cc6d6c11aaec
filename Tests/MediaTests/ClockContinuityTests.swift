import Testing

@testable import Media

@Suite("Continuity of a jumping clock")
struct ClockContinuityTests {
  @Test("a clock that rises steadily is left alone, also over pauses and small disorder")
  func steady() {
    var continuity = ClockContinuity()
    let begins: [Int64] = [1_400_000, 1_440_000, 1_420_000, 5_000_000]
    let offsets = begins.map {
      continuity.offset(steadyStream: 0, begin: $0, duration: 40_000)
    }
    #expect(offsets == [0, 0, 0, 0])
    #expect(continuity.jumpCount == 0)
  }

  @Test("a recording put behind another follows it without a gap, on every stream")
  func concatenated() {
    var continuity = ClockContinuity()
    _ = continuity.offset(steadyStream: 0, begin: 1_000_000, duration: 500_000)
    _ = continuity.offset(steadyStream: 1, begin: 1_000_000, duration: 480_000)
    // The second recording begins at the same time as the first.
    let video = continuity.offset(steadyStream: 0, begin: 1_000_000, duration: 500_000)
    let audio = continuity.offset(steadyStream: 1, begin: 1_000_000, duration: 480_000)
    #expect(video == 500_000)
    #expect(audio == 500_000)
    #expect(continuity.jumpCount == 1)
  }

  @Test("a straggler of the stretch that ended keeps its place and causes no second jump")
  func straggler() {
    var continuity = ClockContinuity()
    for stream in 0...1 {
      _ = continuity.offset(steadyStream: stream, begin: 1_000_000, duration: 500_000)
    }
    let video = continuity.offset(steadyStream: 0, begin: 100_000_000, duration: 500_000)
    let late = continuity.offset(steadyStream: 1, begin: 1_500_000, duration: 20_000)
    let audio = continuity.offset(steadyStream: 1, begin: 100_000_000, duration: 500_000)
    #expect(video == -98_500_000)
    #expect(late == 0)
    #expect(audio == -98_500_000)
    #expect(continuity.jumpCount == 1)
  }

  @Test("streams with pauses go along and show no jump")
  func pausing() {
    var continuity = ClockContinuity()
    _ = continuity.offset(steadyStream: 0, begin: 0, duration: 40_000)
    #expect(continuity.offset(steadyStream: nil, begin: 60_000_000, duration: 0) == 0)
    #expect(continuity.jumpCount == 0)
  }
}
