import Testing

@testable import Media

@Suite("The sender's clock")
struct SenderClockTests {
  private static let now = 1_700_000_000.0

  @Test("without reports there is no time")
  func silent() {
    var clock = SenderClock(ticksPerSecond: 90_000)
    let seconds = clock.seconds(pts: 1, attached: nil, start: nil, now: Self.now)
    #expect(seconds == nil)
  }

  @Test("a time that came with the next frame's packet is the next frame's")
  func nextFrame() {
    var clock = SenderClock(ticksPerSecond: 90_000)
    var seconds: [Double?] = []
    for number in 0..<5 {
      let pts = 10 + Double(number) * 0.04
      seconds.append(
        clock.seconds(
          pts: pts, attached: Self.now + pts + 0.04, start: Self.now, now: Self.now + pts))
    }
    #expect(seconds[0] == nil)
    for number in 1..<5 {
      #expect(abs((seconds[number] ?? 0) - (Self.now + 10 + Double(number) * 0.04)) < 1e-5)
    }
  }

  @Test("a time that came with the frame's own packet is its own")
  func ownFrame() {
    var clock = SenderClock(ticksPerSecond: 90_000)
    var last: Double?
    for number in 0..<5 {
      let pts = 10 + Double(number) * 0.04
      last = clock.seconds(
        pts: pts, attached: Self.now + pts, start: Self.now, now: Self.now + pts)
    }
    #expect(abs((last ?? 0) - (Self.now + 10.16)) < 1e-5)
  }

  @Test("times stay right where RTP timestamps begin anew", arguments: [1.0, -1.0])
  func wrap(sign: Double) {
    var clock = SenderClock(ticksPerSecond: 90_000)
    _ = clock.seconds(pts: 1, attached: Self.now + 1, start: nil, now: Self.now + 1)
    let wrapped = clock.seconds(
      pts: 2, attached: Self.now + 2 + sign * 4_294_967_296 / 90_000, start: nil, now: Self.now + 2
    )
    #expect(abs((wrapped ?? 0) - (Self.now + 2)) < 1e-5)
    let after = clock.seconds(pts: 3, attached: Self.now + 3, start: nil, now: Self.now + 3)
    #expect(abs((after ?? 0) - (Self.now + 3)) < 1e-5)
  }

  @Test(
    "a clock nobody has set, or set to local time, is not believed",
    arguments: [1234, now + 3599.9, now - 3600.1, now + 1800])
  func unset(sender: Double) {
    var clock = SenderClock(ticksPerSecond: 90_000)
    let seconds = clock.seconds(pts: 1, attached: sender, start: nil, now: Self.now)
    #expect(seconds == nil)
  }
}

@Suite("When frames were taken")
struct CaptureHistoryTests {
  private func capture(_ number: Int) -> FrameCapture {
    FrameCapture(wallSeconds: Double(number), isBySender: false, arrival: .now)
  }

  @Test("frames find their packets, in whatever order they come out")
  func order() {
    var history = CaptureHistory()
    for number in [0, 3, 1, 2] { history.note(capture(number), at: Int64(number) * 100) }
    for number in 0...3 {
      #expect(history.capture(at: Int64(number) * 100)?.wallSeconds == Double(number))
    }
    #expect(history.capture(at: 250)?.wallSeconds == 2)
    #expect(history.capture(at: -1) == nil)
  }

  @Test("only the latest packets are kept")
  func bounded() {
    var history = CaptureHistory()
    for number in 0..<1000 { history.note(capture(number), at: Int64(number)) }
    #expect(history.capture(at: 999)?.wallSeconds == 999)
    #expect(history.capture(at: 936)?.wallSeconds == 936)
    #expect(history.capture(at: 935) == nil)
  }
}
