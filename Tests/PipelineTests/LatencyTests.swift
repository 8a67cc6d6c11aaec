import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite("Latency")
struct LatencyTests {
  private let start = ContinuousClock.now

  /// A frame whose stages from `decode` on took these milliseconds each.
  private func times(
    _ milliseconds: [Int], network: Double? = nil
  ) -> FrameTimes {
    var instants = [start]
    for duration in milliseconds {
      instants.append(instants[instants.count - 1] + .milliseconds(duration))
    }
    var times = FrameTimes(arrived: instants[0], decoded: instants[1])
    times.networkSeconds = network
    times.analysisBegan = instants[2]
    times.analyzed = instants[3]
    times.outputBegan = instants[4]
    times.written = instants[5]
    return times
  }

  @Test("the stages of a frame add up to its way from end to end")
  func stages() throws {
    let times = times([3, 20, 11, 2, 8], network: 0.04)
    let seconds = LatencyStage.allCases.map { times.seconds(in: $0) ?? -1 }
    for (found, expected) in zip(seconds, [0.04, 0.003, 0.02, 0.011, 0.002, 0.008]) {
      #expect(abs(found - expected) < 1e-9)
    }
    #expect(abs(try #require(times.endToEndSeconds) - seconds.reduce(0, +)) < 1e-9)
  }

  @Test("a frame that is still on its way has no latency, and clocks never make one negative")
  func unfinished() {
    var times = FrameTimes(arrived: start + .seconds(1), decoded: start)
    #expect(times.seconds(in: .decode) == 0 && times.seconds(in: .network) == nil)
    #expect(times.seconds(in: .wait) == nil && times.endToEndSeconds == nil)
    times.analysisBegan = start - .seconds(1)
    #expect(times.seconds(in: .wait) == 0)
  }

  @Test("a camera's clock is believed only where it makes sense")
  func cameraClock() throws {
    let now = 1_700_000_000.25
    let network = try #require(FrameTimes.networkSeconds(captured: now - 0.125, arrived: now))
    #expect(network == 0.125)
    #expect(FrameTimes.networkSeconds(captured: now, arrived: now) == 0)
    #expect(FrameTimes.networkSeconds(captured: now + 0.001, arrived: now) == nil)
    #expect(FrameTimes.networkSeconds(captured: now - 31, arrived: now) == nil)
    #expect(FrameTimes.networkSeconds(captured: .nan, arrived: now) == nil)
    // Its packet arrived half a second before it was decoded.
    let times = FrameTimes(
      arrived: start, decoded: start + .milliseconds(500), captured: now - 0.75, clock: now)
    #expect(times.networkSeconds == 0.25)
    #expect(FrameTimes(decoded: start, captured: now + 1, clock: now).networkSeconds == nil)
  }

  @Test("percentiles are exact to a hundredth, sums and counts exactly")
  func percentiles() {
    let recorder = LatencyRecorder()
    #expect(recorder.recentMedianSeconds == nil && recorder.snapshot.endToEnd.count == 0)
    var generator = SeededGenerator(seed: 5)
    let waits = (1...1000).shuffled(using: &generator)
    for wait in waits { recorder.record(times([0, wait, 0, 0, 0])) }
    let snapshot = recorder.snapshot
    for summary in [snapshot.endToEnd, snapshot[.wait]] {
      #expect(summary.count == 1000 && abs(summary.sumSeconds - 500.5) < 1e-6)
      #expect(abs(summary.median / 0.5 - 1) < 0.01)
      #expect(abs(summary.percentile95 / 0.95 - 1) < 0.01)
      #expect(abs(summary.percentile99 / 0.99 - 1) < 0.01)
      #expect(abs(summary.maximum - 1) < 1e-6)
      for (bound, count) in zip(LatencySummary.bucketBounds, summary.bucketCounts) {
        #expect(abs(Double(count) - min(1000, bound * 1000)) <= 0.01 * bound * 1000)
      }
    }
    #expect(snapshot[.network].count == 0 && snapshot[.detect].maximum == 0)
    #expect(snapshot.stages.map(\.stage) == LatencyStage.allCases)
  }

  @Test("the latency of late follows the last seconds, whatever came before")
  func recent() throws {
    let recorder = LatencyRecorder()
    func latency(_ second: Int) -> LatencySummary {
      recorder.recent(at: start + .seconds(second)).endToEnd
    }
    for second in 0..<3600 {
      recorder.record(times([0, 10, 0, 0, 0]), at: start + .seconds(second))
    }
    for second in 3600..<3620 {
      recorder.record(times([0, 100, 0, 0, 0]), at: start + .seconds(second))
    }
    #expect(abs(recorder.snapshot.endToEnd.percentile95 / 0.01 - 1) < 0.01)
    #expect(abs(latency(3619).median / 0.1 - 1) < 0.01)
    #expect(abs(recorder.recent(at: start + .seconds(3619))[.wait].median / 0.1 - 1) < 0.01)
    // One span and what there is of the next; then nothing, also when no frame comes that moves it on.
    #expect((latency(3619).count, latency(3620).count) == (20, 10))
    #expect((latency(3629).count, latency(3630).count) == (10, 0))
    recorder.record(times([0, 1000, 0, 0, 0]), at: start + .seconds(3700))
    #expect(latency(3700).count == 1)
  }

  @Test("the median of late is that of the frames of the last seconds")
  func recentMedian() throws {
    let recorder = LatencyRecorder()
    for _ in 0..<5000 {
      recorder.record(times([0, 900, 0, 0, 0]), at: .now - RecentDurations.span * 2)
    }
    for _ in 0..<120 { recorder.record(times([0, 10, 0, 0, 0])) }
    #expect(abs(try #require(recorder.recentMedianSeconds) / 0.01 - 1) < 0.01)
    #expect(recorder.snapshot.endToEnd.median > 0.89)
  }

  @Test("hours count as a minute and do not end the run")
  func tooLong() {
    let recorder = LatencyRecorder()
    recorder.record(times([0, 7_200_000, 0, 0, 0]))
    #expect(recorder.snapshot.endToEnd.maximum == 60)
  }
}
