import Testing

@testable import Pipeline

@Suite("Frames a second")
struct FrameRatesTests {
  private let start = ContinuousClock.now

  @Test("rates are those of the last five seconds")
  func window() {
    var rates = FrameRates()
    #expect(rates.input == 0)
    // Ten seconds at 25 in and 20 out, then ten at 10 and 5.
    var (input, output) = (0.0, 0.0)
    for step in 0...100 {
      rates.add(
        input: Int(input), output: Int(output), at: start + .milliseconds(200 * step))
      (input, output) = step < 50 ? (input + 5, output + 4) : (input + 2, output + 1)
      if step == 49 {
        #expect(abs(rates.input - 25) < 1e-9)
        #expect(abs(rates.output - 20) < 1e-9)
      }
    }
    #expect(abs(rates.input - 10) < 1e-9)
    #expect(abs(rates.output - 5) < 1e-9)
  }

  @Test("a camera that stalls comes to zero, and its last frame stays known")
  func stall() {
    var rates = FrameRates()
    for step in 0...100 {
      rates.add(
        input: min(step, 20), output: min(step, 20), at: start + .milliseconds(200 * step))
    }
    #expect(rates.input == 0)
    #expect(rates.lastInput == start + .milliseconds(200 * 20))
  }

  @Test("before the first frame there is no last one")
  func empty() {
    var rates = FrameRates()
    rates.add(input: 0, output: 0, at: start)
    rates.add(input: 0, output: 0, at: start + .seconds(1))
    #expect(rates.lastInput == nil)
    #expect(rates.output == 0)
  }
}
