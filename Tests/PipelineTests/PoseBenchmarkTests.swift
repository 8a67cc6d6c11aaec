import Pipeline
import Testing

@Suite("Pose benchmark")
struct PoseBenchmarkTests {
  @Test("measures as many poses as it is asked for")
  func measures() {
    let benchmark = PoseBenchmark(poses: 50)
    #expect(benchmark.poses == 50)
    #expect(benchmark.duration.median > 0 && benchmark.duration.worst >= benchmark.duration.median)
    #expect(benchmark.allocations == nil)
  }
}
