import Testing

@testable import Pipeline

@Suite("Pace of streams that come by segments")
struct PacerTests {
  @Test("pictures that come at once go at the pace they were taken")
  func burst() {
    var pacer = Pacer()
    for number in 0..<50 {
      let timestamp = 100 + Double(number) * 0.04
      let wait = pacer.wait(timestamp: timestamp, now: 7)
      #expect(abs(wait - Double(number) * 0.04) < 1e-9)
    }
  }

  @Test("a picture that is a little late goes at once, and the pace stays")
  func late() {
    var pacer = Pacer()
    _ = pacer.wait(timestamp: 0, now: 0)
    let late = pacer.wait(timestamp: 1, now: 1.5)
    #expect(late == 0)
    let next = pacer.wait(timestamp: 2, now: 1.5)
    #expect(abs(next - 0.5) < 1e-9)
  }

  @Test("one that is very late sets the pace anew, and so does a jump")
  func anew() {
    var pacer = Pacer()
    _ = pacer.wait(timestamp: 0, now: 0)
    let late = pacer.wait(timestamp: 1, now: 5)
    #expect(late == 0)
    let next = pacer.wait(timestamp: 2, now: 5)
    #expect(abs(next - 1) < 1e-9)
    let jump = pacer.wait(timestamp: 5_000, now: 6)
    #expect(jump == 0)
    let after = pacer.wait(timestamp: 5_001, now: 6)
    #expect(abs(after - 1) < 1e-9)
  }
}
