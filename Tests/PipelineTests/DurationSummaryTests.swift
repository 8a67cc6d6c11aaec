import Testing

@testable import Pipeline

@Suite("Summary of durations")
struct DurationSummaryTests {
  @Test("percentiles are durations that were measured, by nearest rank")
  func percentiles() {
    let summary = DurationSummary((1...100).reversed().map(Double.init))
    #expect(summary.median == 50)
    #expect(summary.percentile95 == 95)
    #expect(summary.percentile99 == 99)
    #expect(summary.worst == 100)
  }

  @Test("one duration is all of them")
  func single() {
    let summary = DurationSummary([7])
    #expect(summary.median == 7)
    #expect(summary.percentile95 == 7)
    #expect(summary.worst == 7)
  }
}
