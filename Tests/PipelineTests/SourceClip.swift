import Foundation
import TestSupport
import Testing

/// A clip the tests send through the pipeline, made by `ffmpeg`.
struct SourceClip: Sendable, CustomTestStringConvertible {
  var name: String
  /// The file's ending.
  var ending = "mp4"
  /// What `ffmpeg` is told, without the output.
  var arguments: [String]
  /// Copies the clip into its final form, told the options of that copy.
  var copying: [String]?
  /// Packets of sound before the first that is heard, but the last of them, which decoders need.
  var prerollPackets = 0
  /// Whether all frames last equally long, so that decoding order tells durations as well.
  var hasConstantRate = false

  var testDescription: String { name }

  /// Makes the clip in a folder and returns its path.
  func make(in folder: TemporaryFolder) throws -> String {
    let path = folder.path("source.\(ending)")
    guard let copying else {
      try Clips.make(path, arguments)
      return path
    }
    let whole = folder.path("whole.\(ending)")
    try Clips.make(whole, arguments)
    // Options before "-i" belong to the input.
    try Clips.make(path, copying.map { $0 == "WHOLE" ? whole : $0 })
    return path
  }

  static func pictures(
    _ size: String = "96x64", rate: String = "25", seconds: Double = 1
  ) -> [String] {
    ["-f", "lavfi", "-i", "testsrc2=size=\(size):rate=\(rate):duration=\(seconds)"]
  }

  static func tone(_ seconds: Double = 1, frequency: Int = 440) -> [String] {
    ["-f", "lavfi", "-i", "sine=frequency=\(frequency):duration=\(seconds)"]
  }

  private static let h264 = ["-c:v", "libx264", "-preset", "veryfast"]

  /// Pictures at moments of no rate.
  private static let irregular = [
    "-vf", "settb=1/90000,setpts='N*3003+mod(N*N*977,2500)'", "-fps_mode", "vfr", "-enc_time_base",
    "1/90000",
  ]

  static let constantRate = SourceClip(
    name: "30000/1001 with B-frames and AAC",
    arguments: pictures(rate: "30000/1001", seconds: 1.5) + tone(1.5) + h264
      + ["-bf", "3", "-b_strategy", "0", "-g", "20", "-c:a", "aac"],
    hasConstantRate: true)

  static let timing: [SourceClip] = [
    constantRate,
    SourceClip(
      name: "irregular moments in MP4",
      arguments: pictures() + tone() + irregular + h264
        + ["-video_track_timescale", "90000", "-c:a", "aac"]),
    SourceClip(
      name: "irregular moments in Matroska", ending: "mkv",
      arguments: pictures() + tone() + irregular + h264 + ["-c:a", "aac"]),
    SourceClip(
      name: "dropped frames", ending: "mp4",
      arguments: pictures(rate: "24000/1001") + tone() + h264
        + ["-vf", "select='mod(n,5)*gt(mod(n,11),1)'", "-fps_mode", "vfr", "-c:a", "aac"]),
    SourceClip(
      name: "cut before its first frame",
      arguments: pictures(seconds: 2) + tone(2) + h264
        + ["-bf", "2", "-g", "25", "-c:a", "aac"],
      copying: ["-ss", "0.5", "-i", "WHOLE", "-c", "copy"], prerollPackets: 21),
    SourceClip(
      name: "video that begins late",
      arguments: ["-itsoffset", "0.52"] + pictures() + tone(1.5) + h264
        + ["-fps_mode", "passthrough", "-c:a", "aac"]),
    SourceClip(
      name: "sound that begins late", ending: "mkv",
      arguments: pictures() + ["-itsoffset", "0.3"] + tone(0.7) + h264 + ["-c:a", "libopus"]),
    SourceClip(
      name: "transport stream", ending: "ts",
      arguments: pictures(rate: "30000/1001") + tone() + h264 + ["-bf", "2", "-c:a", "mp2"]),
    SourceClip(
      name: "one frame", arguments: pictures(seconds: 0.04) + h264, hasConstantRate: true),
    SourceClip(
      name: "one frame a second",
      arguments: pictures(rate: "1", seconds: 2) + tone(2) + h264
        + ["-c:a", "aac"]),
  ]

  private static let short = pictures(seconds: 0.4)

  static let pictureKinds: [SourceClip] = [
    SourceClip(name: "4:2:0", arguments: short + h264 + ["-pix_fmt", "yuv420p"]),
    SourceClip(name: "4:2:2", arguments: short + h264 + ["-pix_fmt", "yuv422p"]),
    SourceClip(name: "4:4:4", arguments: short + h264 + ["-pix_fmt", "yuv444p"]),
    SourceClip(name: "full range", arguments: short + h264 + ["-pix_fmt", "yuvj420p"]),
    SourceClip(
      name: "full range in MJPEG", ending: "mov",
      arguments: short + ["-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "2"]),
    SourceClip(name: "10 bits", arguments: short + h264 + ["-pix_fmt", "yuv420p10le"]),
    SourceClip(name: "4:2:2, 10 bits", arguments: short + h264 + ["-pix_fmt", "yuv422p10le"]),
    SourceClip(name: "grey", arguments: short + h264 + ["-pix_fmt", "gray"]),
    SourceClip(
      name: "odd 4:4:4",
      arguments: pictures("100x70", seconds: 0.4) + [
        "-vf", "crop=97:65:exact=1", "-pix_fmt", "yuv444p",
      ] + h264),
    SourceClip(
      name: "samples of 16:11", arguments: short + h264 + ["-vf", "setsar=16/11"]),
    SourceClip(
      name: "BT.709",
      arguments: short + h264 + [
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range",
        "tv",
      ]),
    SourceClip(
      name: "BT.2020 with PQ, 10 bits",
      arguments: short + h264 + [
        "-pix_fmt", "yuv420p10le", "-colorspace", "bt2020nc", "-color_primaries", "bt2020",
        "-color_trc", "smpte2084", "-color_range", "tv",
      ]),
  ]
}
