import ArgumentParser
import Foundation
import Imaging
import Media
import Pipeline

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Shows an input's streams as Facestream sees them.",
    discussion: """
      Examples:
        facestream probe talk.mp4
        facestream probe talk.mp4 --json | jq .streams
        facestream probe rtsp://camera/s --rtsp-transport udp --timeout 30
      """)

  @Argument(help: "A file, URL or device.")
  var input: String

  @Option(help: ArgumentHelp("Container of the input. (default: probed)", valueName: "name"))
  var inputFormat: String?

  @OptionGroup var network: NetworkAccessOptions

  @Flag(help: "As JSON.")
  var json = false

  /// How the input is opened.
  func options() throws -> InputOptions {
    var configuration = Configuration()
    try configuration.apply(
      [KeyedOption(name: "--input-format", key: "input-format", value: inputFormat)] + network.keyed
    )
    return InputOptions(
      format: configuration.inputFormat, network: configuration.live.network)
  }

  func run() throws {
    let options = try options()
    let demuxer: Demuxer
    do throws(MediaError) {
      demuxer = try Demuxer(
        path: input, options: options, interruption: Interruption())
    } catch {
      let failure = PipelineError.media(error)
      throw Failure(
        message: withoutPasswords(failure.description, of: [input]), status: failure.exitStatus)
    }
    let report = ProbeReport(demuxer)
    if json { try printJSON(report) } else { print(report.text) }
  }
}

/// What `probe` tells, in the shape of its JSON form.
private struct ProbeReport: Encodable {
  struct Stream: Encodable {
    var index: Int
    var kind: String
    var codec: String
    var processed: Bool
    var timeBase: [Int]
    var start: Double?
    var duration: Double?
    var language: String?
    var width: Int?
    var height: Int?
    var rotation: String?
    var pixelFormat: String?
    var sampleAspectRatio: [Int]?
    var frameRate: [Int]?
    var frames: Int?
    var colorMatrix: String?
    var colorRange: String?
    var colorPrimaries: String?
    var colorTransfer: String?
    var sampleRate: Int?
    var channels: Int?
  }

  var input: String
  var format: String
  var start: Double?
  var duration: Double?
  var chapters: Int
  var metadata: [String: String]
  var streams: [Stream]

  init(_ demuxer: Demuxer) {
    input = withoutPassword(demuxer.path)
    format = demuxer.formatName
    start = demuxer.startSeconds
    duration = demuxer.durationSeconds
    chapters = demuxer.chapterCount
    metadata = Dictionary(
      demuxer.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    streams = demuxer.streams.map { stream in
      let video = stream.video
      return Stream(
        index: stream.index, kind: stream.isCoverArt ? "cover" : stream.kind.rawValue,
        codec: stream.codec, processed: stream.index == demuxer.videoStream.index,
        timeBase: [stream.timeBase.numerator, stream.timeBase.denominator],
        start: stream.startSeconds, duration: stream.durationSeconds, language: stream.language,
        width: video?.width, height: video?.height, rotation: video?.orientation.summary,
        pixelFormat: video?.pixelFormat,
        sampleAspectRatio: video.map {
          [$0.sampleAspectRatio.numerator, $0.sampleAspectRatio.denominator]
        },
        frameRate: video?.averageFrameRate.map { [$0.numerator, $0.denominator] },
        frames: video?.frameCount, colorMatrix: video?.colorMatrix, colorRange: video?.colorRange,
        colorPrimaries: video?.colorPrimaries, colorTransfer: video?.colorTransfer,
        sampleRate: stream.audio?.sampleRate, channels: stream.audio?.channels)
    }
  }

  var text: String {
    var lines = ["\(input): \(format)" + (duration.map { ", \(decimals($0, 3)) s" } ?? "")]
    if chapters > 0 { lines.append("  \(chapters) chapters") }
    for stream in streams { lines.append("  " + Self.line(stream)) }
    return lines.joined(separator: "\n")
  }

  private static func line(_ stream: Stream) -> String {
    var parts = ["\(stream.index)\(stream.processed ? "*" : " ") \(stream.kind) \(stream.codec)"]
    if let width = stream.width, let height = stream.height {
      parts.append("\(width)x\(height)")
      parts.append(stream.pixelFormat ?? "unknown")
      if let aspect = stream.sampleAspectRatio, aspect[0] != aspect[1] {
        parts.append("pixels \(aspect[0]):\(aspect[1])")
      }
      if let rotation = stream.rotation, rotation != "0" { parts.append("turned by \(rotation)") }
      if let rate = stream.frameRate { parts.append("\(rate[0])/\(rate[1]) fps") }
      parts.append("matrix \(stream.colorMatrix ?? "unknown")")
      parts.append("range \(stream.colorRange ?? "unknown")")
    }
    if let rate = stream.sampleRate, let channels = stream.channels {
      parts.append("\(rate) Hz, \(channels) channel\(channels == 1 ? "" : "s")")
    }
    if let language = stream.language { parts.append(language) }
    parts.append("time base \(stream.timeBase[0])/\(stream.timeBase[1])")
    return parts.joined(separator: ", ")
  }
}

/// Prints a value as JSON with snake-case keys, as in the records.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
