import Foundation
import TestSupport

/// What a clip holds, as `ffprobe` and `ffmpeg` read it.
struct ClipContents {
  let path: String
  private let report: Report

  /// Reads everything but the pictures.
  init(_ path: String) throws {
    self.path = path
    let result = try runProcess(
      "ffprobe",
      [
        "-v", "error", "-show_data_hash", "md5", "-of", "json", "-show_entries",
        "stream:stream_tags:chapter:chapter_tags:format_tags:"
          + "packet=stream_index,pts,duration,size,data_hash:frame=stream_index,pts", path,
      ])
    guard result.status == 0 else { throw Unreadable(text: result.standardError) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    report = try decoder.decode(Report.self, from: result.standardOutput)
  }

  struct Unreadable: Error {
    var text: String
  }

  /// One stream, with `ffprobe`'s names in our spelling.
  struct Stream: Decodable {
    var index: Int
    var codecType: String
    var codecName: String?
    var timeBase: String
    var width: Int?
    var height: Int?
    var pixFmt: String?
    var sampleAspectRatio: String?
    var colorRange: String?
    var colorSpace: String?
    var colorTransfer: String?
    var colorPrimaries: String?
    var tags: [String: String]?

    /// Everything there is to know of the pictures.
    var pictureProperties: String {
      [
        "\(width ?? 0)×\(height ?? 0)", pixFmt, sampleAspectRatio, colorRange, colorSpace,
        colorTransfer, colorPrimaries,
      ].map { $0 ?? "unknown" }.joined(separator: " ")
    }

    /// The time base: numerator and denominator of a second.
    var tick: (Int, Int) {
      let parts = timeBase.split(separator: "/").compactMap { Int($0) }
      return parts.count == 2 ? (parts[0], parts[1]) : (0, 1)
    }
  }

  struct Chapter: Decodable {
    var startTime: String
    var endTime: String
    var tags: [String: String]?
  }

  /// One packet of a stream that is copied.
  struct Packet: Equatable {
    var ticks: Int
    var size: Int
    var hash: String
  }

  /// The parts of `ffprobe`'s answer the tests read.
  private struct Report: Decodable {
    struct Entry: Decodable {
      var type: String
      var streamIndex: Int?
      var pts: Int?
      var duration: Int?
      var size: String?
      var dataHash: String?
    }

    struct Format: Decodable {
      var tags: [String: String]?
    }

    var packetsAndFrames: [Entry]
    var streams: [Stream]
    var chapters: [Chapter]?
    var format: Format?
  }

  var streams: [Stream] { report.streams }
  var chapters: [Chapter] { report.chapters ?? [] }
  var tags: [String: String] { report.format?.tags ?? [:] }

  func streams(_ kind: String) -> [Stream] { streams.filter { $0.codecType == kind } }

  /// The first video stream.
  var video: Stream { get throws { try first("video") } }

  /// The first audio stream.
  var audio: Stream { get throws { try first("audio") } }

  private func first(_ kind: String) throws -> Stream {
    guard let stream = streams(kind).first else { throw Unreadable(text: "no \(kind)") }
    return stream
  }

  /// Presentation timestamps of the video's frames, in the order a decoder shows them.
  var frameTicks: [Int] {
    get throws {
      let index = try video.index
      return try report.packetsAndFrames.filter {
        $0.type == "frame" && $0.streamIndex == index
      }.map { frame in
        guard let ticks = frame.pts else { throw Unreadable(text: "a frame without a time") }
        return ticks
      }
    }
  }

  /// Durations of the video's packets in ticks, as far as the container tells them.
  var videoDurations: [Int?] {
    get throws {
      let index = try video.index
      return report.packetsAndFrames.filter {
        $0.type == "packet" && $0.streamIndex == index
      }.map(\.duration)
    }
  }

  func packets(of stream: Stream) throws -> [Packet] {
    try report.packetsAndFrames.filter {
      $0.type == "packet" && $0.streamIndex == stream.index
    }.map { packet in
      guard let ticks = packet.pts, let size = packet.size.flatMap({ Int($0) }) else {
        throw Unreadable(text: "a packet without a time")
      }
      return Packet(ticks: ticks, size: size, hash: packet.dataHash ?? "")
    }
  }

  /// Digests of the video's decoded pictures, as stored or after a filter.
  func pictureHashes(filter: String? = nil) throws -> [String] {
    try decoded(
      ["-map", "0:v:0", "-fps_mode", "passthrough"] + (filter.map { ["-vf", $0] } ?? [])
        + ["-f", "framemd5"]
    ).text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
      $0.split(separator: ",").last.map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The samples of the first picture as packed RGB.
  func firstPicture() throws -> [UInt8] {
    try [UInt8](
      decoded(
        ["-map", "0:v:0", "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo"]
      ).standardOutput)
  }

  private func decoded(_ arguments: [String]) throws -> ProcessResult {
    let result = try runProcess(
      "ffmpeg", ["-v", "error", "-nostdin", "-noautorotate", "-i", path] + arguments + ["-"])
    guard result.status == 0 else { throw Unreadable(text: result.standardError) }
    return result
  }
}
