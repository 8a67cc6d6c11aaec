import Foundation
import Media
import Pipeline

/// All cameras and the process in figures, for Prometheus: base units, counters that end in `_total`.
struct Metrics {
  private let site: Site

  init(_ site: Site) { self.site = site }

  var text: String {
    let statuses = site.cameras.map(\.status)
    var text = PrometheusText()
    text.append(
      "facestream_build_info", .gauge, "Always 1; the label tells the program's version.",
      [PrometheusText.Sample(labels: [("version", site.version)], value: 1)])
    appendCameras(statuses, to: &text)
    Self.appendLatencies(statuses, to: &text)
    Self.appendOutputs(statuses, to: &text)
    Self.appendTrackFiles(statuses, to: &text)
    appendWatchers(statuses, to: &text)
    appendProcess(to: &text)
    return text.text
  }

  private func appendCameras(_ statuses: [CameraStatus], to text: inout PrometheusText) {
    func perCamera(
      _ name: String, _ kind: PrometheusText.Kind, _ help: String,
      _ value: (CameraStatus) -> Double?
    ) {
      text.append(
        name, kind, help,
        statuses.compactMap { status in
          value(status).map {
            PrometheusText.Sample(labels: [("camera", status.name)], value: $0)
          }
        })
    }
    perCamera("facestream_input_up", .gauge, "Whether the camera is connected and delivers.") {
      $0.isReady(within: site.readySeconds) ? 1 : 0
    }
    let now = Date().timeIntervalSince1970
    perCamera(
      "facestream_last_frame_timestamp_seconds", .gauge,
      "When the last frame was decoded, in seconds since 1970."
    ) { status in status.secondsSinceFrame.map { now - $0 } }
    perCamera("facestream_reconnects_total", .counter, "Times the camera was connected again.") {
      Double($0.reconnects)
    }
    perCamera("facestream_frames_decoded_total", .counter, "Frames decoded.") {
      Double($0.decodedFrames)
    }
    perCamera(
      "facestream_frames_dropped_total", .counter,
      "Frames dropped because the analysis could not keep up."
    ) { Double($0.droppedFrames) }
    perCamera(
      "facestream_frames_analyzed_total", .counter, "Frames whose faces were found or predicted."
    ) { Double($0.analyzedFrames) }
    perCamera(
      "facestream_frames_searched_total", .counter, "Frames the network looked at."
    ) { Double($0.searchedFrames) }
    perCamera("facestream_frames_written_total", .counter, "Frames handed to outputs.") {
      Double($0.writtenFrames)
    }
    perCamera("facestream_frames_damaged_total", .counter, "Frames the decoder had to patch.") {
      Double($0.damagedFrames)
    }
    perCamera(
      "facestream_decode_errors_total", .counter, "Parts of the input that were lost or broken."
    ) { Double($0.decodeErrors) }
    perCamera("facestream_faces_detected_total", .counter, "Faces of all analysed frames.") {
      Double($0.faces)
    }
    perCamera(
      "facestream_faces", .gauge, "Faces of the last analysed frame; 0 while the camera is not up."
    ) { Double($0.facesNow(within: site.readySeconds)) }
    perCamera("facestream_identities_total", .counter, "Faces told apart since the start.") {
      Double($0.identities)
    }
  }

  static func appendLatencies(_ statuses: [CameraStatus], to text: inout PrometheusText) {
    var samples: [PrometheusText.Sample] = []
    for status in statuses {
      for (stage, summary) in status.latency?.parts ?? [] {
        let labels = [("camera", status.name), ("stage", stage)]
        let bounds = LatencySummary.bucketBounds.map(\.description)
        for (bound, count) in zip(bounds + ["+Inf"], summary.bucketCounts + [summary.count]) {
          samples.append(
            PrometheusText.Sample(
              suffix: "_bucket", labels: labels + [("le", bound)], value: Double(count)))
        }
        samples.append(
          PrometheusText.Sample(suffix: "_sum", labels: labels, value: summary.sumSeconds))
        samples.append(
          PrometheusText.Sample(suffix: "_count", labels: labels, value: Double(summary.count)))
      }
    }
    text.append(
      "facestream_latency_seconds", .histogram, "Time frames took through a stage.", samples)
  }

  /// Where the picture goes, each by the camera, its position among those that were given, and its masked path
  /// or URL, which may be that of another one.
  static func appendOutputs(_ statuses: [CameraStatus], to text: inout PrometheusText) {
    func perOutput(
      _ name: String, _ kind: PrometheusText.Kind, _ help: String,
      _ value: (OutputStatistics) -> Double
    ) {
      text.append(
        name, kind, help,
        statuses.flatMap { status in
          status.outputs.enumerated().map { index, output in
            PrometheusText.Sample(
              labels: [
                ("camera", status.name), ("index", "\(index)"),
                ("output", withoutPassword(output.path)),
              ], value: value(output))
          }
        })
    }
    perOutput("facestream_output_up", .gauge, "Whether the output is open or connected.") {
      $0.isConnected ? 1 : 0
    }
    perOutput(
      "facestream_output_reconnects_total", .counter,
      "Times the connection of the output was made again."
    ) { Double($0.reconnects) }
    perOutput(
      "facestream_output_dropped_packets_total", .counter,
      "Packets of the video that were left out for the output."
    ) { Double($0.droppedPackets) }
  }

  /// Where the records go, likewise.
  static func appendTrackFiles(_ statuses: [CameraStatus], to text: inout PrometheusText) {
    func perFile(
      _ name: String, _ kind: PrometheusText.Kind, _ help: String,
      _ value: (TrackFileStatistics) -> Double
    ) {
      text.append(
        name, kind, help,
        statuses.flatMap { status in
          status.trackFiles.enumerated().map { index, file in
            PrometheusText.Sample(
              labels: [("camera", status.name), ("index", "\(index)"), ("file", file.path)],
              value: value(file))
          }
        })
    }
    perFile("facestream_track_file_up", .gauge, "Whether the track file can be written.") {
      $0.hasFailed ? 0 : 1
    }
    perFile(
      "facestream_track_file_dropped_lines_total", .counter,
      "Lines that were left out because nobody read them quickly enough."
    ) { Double($0.droppedLines) }
  }

  private func appendWatchers(_ statuses: [CameraStatus], to text: inout PrometheusText) {
    text.append(
      "facestream_http_streams", .gauge, "Clients that watch or read along.",
      statuses.flatMap { status in
        [("pictures", status.pictureWatchers), ("records", status.recordWatchers)].map {
          PrometheusText.Sample(
            labels: [("camera", status.name), ("kind", $0.0)], value: Double($0.1))
        }
      })
    text.append(
      "facestream_http_stream_drops_total", .counter,
      "Pictures and records that clients were too slow for.",
      statuses.map {
        PrometheusText.Sample(
          labels: [("camera", $0.name)], value: Double($0.droppedForWatchers))
      })
  }

  private func appendProcess(to text: inout PrometheusText) {
    let figures = ProcessFigures()
    text.append(
      "process_cpu_seconds_total", .counter, "Processor time of the process, user and system.",
      figures.cpuSeconds)
    text.append(
      "process_resident_memory_bytes", .gauge, "Memory the process holds.", figures.residentBytes)
    text.append(
      "process_virtual_memory_bytes", .gauge, "Address space the process has.",
      figures.virtualBytes)
    text.append(
      "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.",
      figures.startSeconds)
    text.append("process_threads", .gauge, "Threads of the process.", figures.threads)
    text.append("process_open_fds", .gauge, "Open files of the process.", figures.openFiles)
    text.append(
      "process_max_fds", .gauge, "Files the process may open.", figures.maximumOpenFiles)
  }
}
