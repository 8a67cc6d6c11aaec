import Pipeline
import Testing

@Suite("Tracker benchmark")
struct TrackerBenchmarkTests {
  @Test("measures crowds of any size", arguments: [1, 30])
  func measures(faces: Int) {
    let benchmark = TrackerBenchmark(faces: faces)
    #expect(benchmark.faces == faces)
    #expect(benchmark.duration.median > 0 && benchmark.duration.worst >= benchmark.duration.median)
    #expect(benchmark.allocations == nil)
  }
}
