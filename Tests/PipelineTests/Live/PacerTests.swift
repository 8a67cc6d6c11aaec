import Testing

@testable import Pipeline

@Suite("Pace of streams that come by segments")
struct PacerTests {
  @Test("pictures that come at once go at the pace they were taken, a little faster")
  func burst() {
    var pacer = Pacer()
    for number in 0..<50 {
      let timestamp = 100 + Double(number) * 0.04
      let wait = pacer.wait(timestamp: timestamp, now: 7)
      #expect(abs(wait - Double(number) * 0.03998) < 1e-9)
    }
  }

  @Test("a picture that is a little late goes at once, and the pace stays")
  func late() {
    var pacer = Pacer()
    _ = pacer.wait(timestamp: 0, now: 0)
    let late = pacer.wait(timestamp: 1, now: 1.1)
    #expect(late == 0)
    let next = pacer.wait(timestamp: 2, now: 1.5)
    #expect(abs(next - 0.499) < 1e-9)
  }

  @Test("one that was not there in time waits a little longer, so that the next ones are")
  func notThere() {
    var pacer = Pacer()
    _ = pacer.wait(timestamp: 0, now: 0)
    let late = pacer.wait(timestamp: 1, now: 5)
    #expect(late == 2)
    let next = pacer.wait(timestamp: 2, now: 7)
    #expect(abs(next - 0.9995) < 1e-9)
    let lateAgain = pacer.wait(timestamp: 3, now: 9.1)
    #expect(lateAgain == 0)
  }

  @Test("a jump of the clock sets the pace anew")
  func jump() {
    var pacer = Pacer()
    _ = pacer.wait(timestamp: 0, now: 5)
    let jump = pacer.wait(timestamp: 5_000, now: 6)
    #expect(jump == 0)
    let after = pacer.wait(timestamp: 5_001, now: 6)
    #expect(abs(after - 0.9995) < 1e-9)
  }

  /// Follows a playlist for days: a picture a second in segments of six, each listed when it is whole; it begins
  /// with the third last.
  ///
  /// - Parameter rate: Seconds of the sender's clock in one of ours.
  /// - Returns: How many seconds the pictures are behind what is listed, at most, of each day.
  private func follow(rate: Double, days: Int) -> [Double] {
    var pacer = Pacer()
    var now = 18 / rate
    var behind = [Double](repeating: 0, count: days)
    for number in 0..<days * 86_400 {
      // Reading waits until the segment is there.
      now = max(now, Double(number / 6 + 1) * 6 / rate)
      now += pacer.wait(timestamp: Double(number), now: now)
      let listed = (now * rate / 6).rounded(.down) * 6
      behind[number / 86_400] = max(behind[number / 86_400], listed - Double(number))
    }
    return behind
  }

  @Test("no sender's clock makes pictures fall behind", arguments: [1.0003, 1.00005, 1, 0.9995])
  func drift(rate: Double) {
    let behind = follow(rate: rate, days: 7)
    #expect(behind[0] <= 18, "the three segments it begins with")
    // The segment that is shown, and the reserve.
    #expect(behind.dropFirst(2).allSatisfy { $0 <= 9 }, "\(behind)")
  }
}
