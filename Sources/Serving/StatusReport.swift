import Foundation
import HTTPTypes
import Hummingbird
import Media
import Pipeline

/// The state of all cameras as JSON, for the page and for other programs.
struct StatusReport: Encodable {
  let version: String
  /// When the server began, in seconds since 1970: tells one from that after a restart.
  let started: Double
  let cameras: [Camera]

  /// One camera. Names become `snake_case`; what is not known is left out.
  struct Camera: Encodable {
    let name: String
    let connection: String
    let isReady: Bool
    let secondsSinceFrame: Double?
    let width: Int?
    let height: Int?
    let frames: Frames
    let decodeErrors: Int
    let reconnects: Int
    let epoch: Int
    let faces: Faces
    let framesPerSecond: Rates
    /// By stage.
    let latency: [Latency]
    let outputs: [Output]
    let trackFiles: [TrackFile]
    let watchers: Watchers
  }

  /// `index` is the position among those that were given, from 0: paths without their secrets may be alike.
  struct Output: Encodable {
    let index: Int
    let path: String
    let isConnected, hasFailed: Bool
    let reconnects, droppedPackets: Int
  }

  struct TrackFile: Encodable {
    let index: Int
    let path: String
    let hasFailed: Bool
    let droppedLines: Int
  }

  struct Frames: Encodable {
    let decoded, analyzed, searched, written, dropped, damaged: Int
  }

  struct Faces: Encodable {
    let now, total, identities: Int
  }

  struct Rates: Encodable {
    let input, output: Double
  }

  /// How long frames took through a stage.
  struct Latency: Encodable {
    let stage: String
    /// Those of the last ten to twenty seconds, where there are any.
    let recent: Distribution?
    /// All since the run began.
    let lifetime: Distribution
  }

  struct Distribution: Encodable {
    let count: Int
    let meanSeconds, p50Seconds, p95Seconds, p99Seconds: Double
  }

  struct Watchers: Encodable {
    let pictures, records, dropped: Int
  }

  init(_ site: Site) {
    version = site.version
    started = site.started
    cameras = site.cameras.map { Camera($0.status, readySeconds: site.readySeconds) }
  }

  func response() throws -> Response { try .json(self) }
}

extension StatusReport.Camera {
  init(_ status: CameraStatus, readySeconds: Double) {
    name = status.name
    connection = status.connection.rawValue
    isReady = status.isReady(within: readySeconds)
    secondsSinceFrame = status.secondsSinceFrame
    width = status.width
    height = status.height
    frames = StatusReport.Frames(
      decoded: status.decodedFrames, analyzed: status.analyzedFrames,
      searched: status.searchedFrames, written: status.writtenFrames,
      dropped: status.droppedFrames, damaged: status.damagedFrames)
    decodeErrors = status.decodeErrors
    reconnects = status.reconnects
    epoch = status.epoch
    faces = StatusReport.Faces(
      now: status.facesNow(within: readySeconds), total: status.faces,
      identities: status.identities)
    framesPerSecond = StatusReport.Rates(
      input: status.inputFramesPerSecond, output: status.outputFramesPerSecond)
    let recent = status.recentLatency?.parts ?? []
    latency = (status.latency?.parts ?? []).map { part in
      StatusReport.Latency(
        stage: part.name,
        recent: recent.first { $0.name == part.name }.map { StatusReport.Distribution($0.summary) },
        lifetime: StatusReport.Distribution(part.summary))
    }
    outputs = status.outputs.enumerated().map { index, output in
      StatusReport.Output(
        index: index, path: withoutPassword(output.path), isConnected: output.isConnected,
        hasFailed: output.hasFailed, reconnects: output.reconnects,
        droppedPackets: output.droppedPackets)
    }
    trackFiles = status.trackFiles.enumerated().map { index, file in
      StatusReport.TrackFile(
        index: index, path: file.path, hasFailed: file.hasFailed, droppedLines: file.droppedLines)
    }
    watchers = StatusReport.Watchers(
      pictures: status.pictureWatchers, records: status.recordWatchers,
      dropped: status.droppedForWatchers)
  }
}

extension StatusReport.Distribution {
  /// - Precondition: there is a frame in the summary.
  init(_ summary: LatencySummary) {
    count = summary.count
    meanSeconds = summary.sumSeconds / Double(summary.count)
    p50Seconds = summary.median
    p95Seconds = summary.percentile95
    p99Seconds = summary.percentile99
  }
}

/// Whether every camera delivers, for load balancers and supervisors.
struct ReadinessReport: Encodable {
  let isReady: Bool
  /// Those that are connected but silent, not connected, or ended.
  let notReady: [Camera]

  struct Camera: Encodable {
    let name: String
    let connection: String
    let secondsSinceFrame: Double?
  }

  init(_ site: Site) {
    notReady = site.cameras.map(\.status).filter { !$0.isReady(within: site.readySeconds) }.map {
      Camera(
        name: $0.name, connection: $0.connection.rawValue, secondsSinceFrame: $0.secondsSinceFrame)
    }
    isReady = notReady.isEmpty
  }

  func response() throws -> Response {
    try .json(self, status: isReady ? .ok : .serviceUnavailable)
  }
}
