import Media
import Pipeline

/// What is said at the end of a run, be it of one input or of several.
extension PipelineSession {
  /// What a run did and how fast, such as
  /// `25 frames, 1 face, 1 identity in 1.0 s on 2 threads (25.0 fps, 1.00x)`.
  ///
  /// - Parameter threads: `nil` where they are those of other inputs, too.
  static func workText(_ summary: RunSummary, threads: Int? = nil) -> String {
    let identities = counted(summary.identities, "identity", "identities")
    return workText(
      summary.progress, identities: identities, threads: threads,
      speed: ", \(decimals(summary.progress.speed, 2))x")
  }

  /// The same of several inputs together, whose identities and speeds do not add up.
  static func workText(_ total: RunProgress, threads: Int) -> String {
    workText(total, identities: nil, threads: threads, speed: "")
  }

  private static func workText(
    _ progress: RunProgress, identities: String?, threads: Int?, speed: String
  ) -> String {
    let counts = [
      counted(progress.frames, "frame"), counted(progress.faces, "face"), identities,
    ]
    return counts.compactMap { $0 }.joined(separator: ", ")
      + " in \(decimals(progress.elapsedSeconds, 1)) s "
      + (threads.map { "on \(counted($0, "thread")) " } ?? "")
      + "(\(decimals(progress.framesPerSecond, 1)) fps\(speed))"
  }

  /// What is said of an input that was damaged.
  static func damageText(_ examples: [String], count: Int) -> String {
    let more = count > examples.count ? " (\(count) in all)" : ""
    return "damaged input: " + examples.joined(separator: "; ") + more
  }

  /// What is unusual about a run, and worth a word at its end.
  static func remarks(on summary: RunSummary) -> [String] {
    var remarks: [String] = []
    if summary.damagedFrames > 0 {
      remarks.append(counted(summary.damagedFrames, "frame") + " damaged")
    }
    if summary.repairedTimestamps > 0 {
      remarks.append(
        counted(summary.repairedTimestamps, "timestamp") + " missing or not rising, repaired")
    }
    if summary.clockJumps > 0 {
      remarks.append(
        counted(summary.clockJumps, "jump") + " of the input's clock joined")
    }
    if summary.reconnects > 0 {
      let times = summary.reconnects == 1 ? "once" : "\(summary.reconnects) times"
      remarks.append("connected anew \(times)")
    }
    if summary.rejectedPackets > 0 {
      remarks.append(
        counted(summary.rejectedPackets, "copied packet") + " refused by the container")
    }
    for output in summary.outputs {
      let reconnects =
        output.reconnects == 1 ? "reconnected once" : "reconnected \(output.reconnects) times"
      let parts = [
        output.reconnects > 0 ? reconnects : nil,
        output.droppedPackets > 0 ? counted(output.droppedPackets, "frame") + " left out" : nil,
      ].compactMap { $0 }
      if parts.isEmpty { continue }
      remarks.append("\(withoutPassword(output.path)) \(parts.joined(separator: " and "))")
    }
    if summary.missingPoses.total > 0 {
      remarks.append(
        counted(summary.missingPoses.total, "face") + " without a pose "
          + "(\(summary.missingPoses.description))")
    }
    if summary.reviews.total > 0 { remarks.append("to check: \(summary.reviews.description)") }
    return remarks
  }

  /// How long frames took, stage by stage.
  static func latencyText(_ latency: LatencySnapshot) -> String {
    let all = latency.endToEnd
    // By the camera's clock only where it told the time of most frames.
    let start = 2 * latency[.network].count > all.count ? "capture" : "arrival"
    let stages = latency.stages.filter { $0.summary.count > 0 }
      .map { "\($0.stage.rawValue) \(milliseconds($0.summary.median))" }
    return "latency from \(start) to output: \(Self.percentiles(of: all)), "
      + "at most \(milliseconds(all.maximum)); " + stages.joined(separator: ", ") + " ms (p50)"
  }

  /// Such as `94 / 180 / 315 ms (p50 / p95 / p99)`.
  static func percentiles(of summary: LatencySummary) -> String {
    let seconds = [summary.median, summary.percentile95, summary.percentile99]
    return seconds.map(milliseconds).joined(separator: " / ") + " ms (p50 / p95 / p99)"
  }
}

/// A number of things, such as `1 frame` or `2 frames`.
///
/// - Parameter plural: Where that is not the noun with an s.
func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
