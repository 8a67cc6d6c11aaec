import Foundation
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

@Suite("Metrics", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct MetricsTests {
  /// Names that need escaping, here and there.
  private static let names = ["door", "a \"b\" \\ <c> ü"]

  /// Prints one line a sample: name, labels and value, as the parser of Prometheus' Python client sees
  /// them.
  private static let parser = """
    import json, sys
    from prometheus_client.parser import text_string_to_metric_families
    for family in text_string_to_metric_families(sys.stdin.read()):
        for sample in family.samples:
            print(json.dumps([family.type, family.documentation != "", sample.name, sample.labels, sample.value]))
    """

  @Test(
    "Prometheus' Python client reads all cameras with all their labels",
    .enabled(if: WebClients.missingPrometheusClient == nil, "see TestSupport.WebClients"))
  func parsed() async throws {
    let station = try Station(Self.names)
    try #require(try await station.isReady())
    let answer = try station.ask("/metrics")
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let result = try runProcess("/usr/bin/python3", ["-c", Self.parser], input: answer.body)
    try #require(result.status == 0, "\(result.standardError)")
    let samples = try result.text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [Any])
    }
    #expect(samples.allSatisfy { $0[1] as? Bool == true })
    func values(_ name: String) -> [String: Double] {
      var values: [String: Double] = [:]
      for sample in samples where sample[2] as? String == name {
        values[(sample[3] as? [String: String])?["camera"] ?? ""] = sample[4] as? Double
      }
      return values
    }
    for name in [
      "input_up", "last_frame_timestamp_seconds", "reconnects_total", "frames_decoded_total",
      "frames_dropped_total", "frames_analyzed_total", "frames_searched_total",
      "frames_written_total", "frames_damaged_total", "decode_errors_total",
      "faces_detected_total", "faces", "identities_total", "http_stream_drops_total",
    ] {
      #expect(Set(values("facestream_" + name).keys) == Set(Self.names), "\(name)")
    }
    #expect(values("facestream_input_up").values.allSatisfy { $0 == 1 })
    #expect(values("facestream_frames_decoded_total").values.allSatisfy { $0 > 0 })
    let now = Date().timeIntervalSince1970
    #expect(values("facestream_last_frame_timestamp_seconds").values.allSatisfy { now - $0 < 60 })
    for name in [
      "process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
      "process_threads", "process_open_fds", "process_max_fds",
    ] {
      let value = try #require(values(name)[""])
      #expect(value > 0, "\(name)")
    }
    let start = try #require(values("process_start_time_seconds")[""])
    #expect(start > now - 36000 && start < now)
  }

  @Test(
    "Prometheus' own checker has nothing to say",
    .enabled(if: WebClients.missingPromtool == nil, "see TestSupport.WebClients"))
  func checked() async throws {
    let station = try Station(Self.names)
    try #require(try await station.isReady())
    let result = try runProcess(
      "promtool", ["check", "metrics"], input: try station.ask("/metrics").body)
    #expect(result.status == 0)
    #expect(result.text + result.standardError == "")
  }

  @Test("latencies are a histogram by stage, whose percentiles are part of the state")
  func latencies() throws {
    var text = PrometheusText()
    var summary = LatencySummary()
    (summary.count, summary.sumSeconds) = (3, 0.25)
    (summary.median, summary.percentile95, summary.percentile99) = (0.0625, 0.125, 0.25)
    summary.bucketCounts = [0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3]
    var status = CameraStatus(name: "door")
    status.latency = LatencySnapshot(endToEnd: summary)
    Metrics.appendLatencies([status], to: &text)
    #expect(
      text.text == """
        # HELP facestream_latency_seconds Time frames took through a stage.
        # TYPE facestream_latency_seconds histogram
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.005"} 0
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.01"} 0
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.025"} 0
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.05"} 0
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.1"} 1
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.25"} 2
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="0.5"} 3
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="1.0"} 3
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="2.5"} 3
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="5.0"} 3
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="10.0"} 3
        facestream_latency_seconds_bucket{camera="door",stage="end_to_end",le="+Inf"} 3
        facestream_latency_seconds_sum{camera="door",stage="end_to_end"} 0.25
        facestream_latency_seconds_count{camera="door",stage="end_to_end"} 3

        """)
    if WebClients.missingPromtool == nil {
      let result = try runProcess(
        "promtool", ["check", "metrics"], input: Data(text.text.utf8))
      #expect(result.status == 0, "\(result.standardError)")
    }
    summary.median = 0.5
    status.recentLatency = LatencySnapshot(endToEnd: summary)
    let report = StatusReport.Camera(status, readySeconds: 5).latency
    #expect(report.map(\.stage) == ["end_to_end"])
    let shown = try #require(report.first?.lifetime)
    #expect((shown.p50Seconds, shown.p95Seconds, shown.p99Seconds) == (0.0625, 0.125, 0.25))
    #expect(report.first?.recent?.p50Seconds == 0.5)
    // No frame came of late.
    status.recentLatency = LatencySnapshot()
    let silent = StatusReport.Camera(status, readySeconds: 5).latency.first
    #expect(silent?.recent == nil && silent?.lifetime.count == 3)
  }

  @Test("outputs and track files are told apart also where their masked names are alike")
  func outputs() throws {
    var status = CameraStatus(name: "door")
    status.outputs = ["one", "two", "two"].map { OutputStatistics(path: "rtmp://a/live/\($0)") }
    status.outputs[1].isConnected = true
    status.outputs[2].droppedPackets = 7
    status.trackFiles = ["a.csv", "b.csv"].map { TrackFileStatistics(path: $0) }
    status.trackFiles[1].hasFailed = true
    status.trackFiles[1].droppedLines = 9
    var text = PrometheusText()
    Metrics.appendOutputs([status], to: &text)
    Metrics.appendTrackFiles([status], to: &text)
    let samples = text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(Set(samples.map { $0.split(separator: "}")[0] }).count == samples.count)
    for (index, isUp, drops) in [(0, 0, 0), (1, 1, 0), (2, 0, 7)] {
      let labels = "{camera=\"door\",index=\"\(index)\",output=\"rtmp://a/live/***\"}"
      #expect(samples.contains("facestream_output_up\(labels) \(isUp)"))
      #expect(samples.contains("facestream_output_reconnects_total\(labels) 0"))
      #expect(samples.contains("facestream_output_dropped_packets_total\(labels) \(drops)"))
    }
    for (index, name, isUp, drops) in [(0, "a", 1, 0), (1, "b", 0, 9)] {
      let labels = "{camera=\"door\",index=\"\(index)\",file=\"\(name).csv\"}"
      #expect(samples.contains("facestream_track_file_up\(labels) \(isUp)"))
      #expect(samples.contains("facestream_track_file_dropped_lines_total\(labels) \(drops)"))
    }
    let report = StatusReport.Camera(status, readySeconds: 5)
    #expect(report.outputs.map(\.index) == [0, 1, 2])
    #expect(report.outputs.map(\.isConnected) == [false, true, false])
    #expect(report.trackFiles.map(\.index) == [0, 1])
    #expect(report.trackFiles.map(\.hasFailed) == [false, true])
  }

  @Test("a camera that is gone shows no faces")
  func facesNow() throws {
    let station = try Station(isSilent: true)
    let camera = station.cameras[0]
    let connection = Mutex(ConnectionState.live)
    camera.begin(update: { status in
      status.connection = connection.withLock { $0 }
      status.decodedFrames = 1
      status.facesInFrame = 2
    })
    func isShown(_ count: Int) throws -> Bool {
      let status = try station.ask("/status").text
      let metrics = try station.ask("/metrics").text
      return status.contains("\"now\":\(count),")
        && metrics.contains("facestream_faces{camera=\"door\"} \(count)\n")
    }
    #expect(try isShown(2))
    connection.withLock { $0 = .reconnecting }
    #expect(try isShown(0))
    connection.withLock { $0 = .live }
    #expect(try isShown(2))
    camera.end()
    #expect(try isShown(0))
  }

  @Test("labels and explanations are escaped, and numbers written as Prometheus reads them")
  func escapes() {
    var text = PrometheusText()
    text.append(
      "a", .gauge, "x \\ y\nz",
      [.init(labels: [("b", "\"\\\n")], value: .infinity), .init(labels: [], value: .nan)])
    text.append("none", .gauge, "left out", nil)
    text.append("c_total", .counter, "d", 12_345_678_901)
    #expect(
      text.text == #"""
        # HELP a x \\ y\nz
        # TYPE a gauge
        a{b="\"\\\n"} +Inf
        a NaN
        # HELP c_total d
        # TYPE c_total counter
        c_total 12345678901

        """#)
  }
}
