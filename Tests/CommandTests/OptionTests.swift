import ArgumentParser
import Media
import Testing

@testable import Pipeline
@testable import facestream

@Suite("Options and keys")
struct OptionTests {
  /// Every option of `annotate` that stands for a key, with a value it takes.
  private static let options: [(name: String, key: String, value: String)] = [
    ("--size", "detect.size", "320x240"),
    ("--score", "detect.score", "0.75"),
    ("--nms", "detect.nms", "0.3"),
    ("--max-faces", "detect.max-faces", "7"),
    ("--min-face", "detect.min-face", "24"),
    ("--model", "detect.model", "my.safetensors"),
    ("--kernels", "detect.kernels", "reference"),
    ("--quality", "detect.quality", "balanced"),
    ("--multi-scale", "detect.multi-scale", "on"),
    ("--flip", "detect.flip", "off"),
    ("--tiles", "detect.tiles", "on"),
    ("--merging", "detect.merging", "soft"),
    ("--detect-every", "detect.every", "3"),
    ("--iou", "track.iou", "0.25"),
    ("--low-score", "track.low-score", "0.25"),
    ("--min-hits", "track.min-hits", "1"),
    ("--lost-for", "track.lost-for", "2.5"),
    ("--lookahead", "track.lookahead", "15"),
    ("--min-track", "track.min-track", "5"),
    ("--smoothing", "track.smoothing", "off"),
    ("--camera-motion", "track.camera-motion", "off"),
    ("--focal", "focal", "1200"),
    ("--ipd", "pose.ipd", "58.5"),
    ("--smooth-pose", "pose.smooth", "off"),
    ("--live", "live.input", "on"),
    ("--timeout", "live.timeout", "2.5"),
    ("--rtsp-transport", "live.rtsp-transport", "udp"),
    ("--reconnect", "live.reconnect", "off"),
    ("--reconnect-delay", "live.reconnect-delay", "5"),
    ("--reconnect-attempts", "live.reconnect-attempts", "3"),
    ("--reset-on-reconnect", "track.reset-on-reconnect", "true"),
    ("--max-errors", "live.max-errors", "100"),
    ("--wait", "live.wait", "true"),
    ("--draw", "draw", "boxes,ids"),
    ("--codec", "encode.codec", "libx265"),
    ("--crf", "encode.crf", "18"),
    ("--preset", "encode.preset", "slow"),
    ("--bitrate", "encode.bitrate", "4M"),
    ("--pixel-format", "encode.pixel-format", "yuv444p"),
    ("--encoder-threads", "encode.encoder-threads", "2"),
    ("--format", "format", "matroska"),
    ("--segment", "segment", "10m"),
    ("--input-format", "input-format", "mjpeg"),
    ("--threads", "threads", "3"),
    ("--max-pixels", "max-pixels", "1000"),
    ("--capacity", "buffer.capacity", "2"),
    ("--when-full", "buffer.when-full", "wait"),
    ("--overwrite", "overwrite", "true"),
    ("--http", "http", "[::1]:8080"),
    ("--http-token", "http-token", "sesame"),
  ]

  @Test("every key has an option of annotate, and every option a key")
  func complete() throws {
    let command = try AnnotateCommand.parse(["in.mp4", "-o", "out.mp4"])
    let keyed =
      command.detection.keyed + command.tracking.keyed + command.live.keyed
      + command.encoding.keyed + command.recording.keyed + command.running.keyed
      + command.serving.keyed
    #expect(keyed.map(\.name) == Self.options.map(\.name))
    #expect(keyed.map(\.key) == Self.options.map(\.key))
    // The arguments and --tracks stand for the others, redact, render and crops have options of their own, and two keys
    // are set by --quality.
    let redact = try RedactCommand.parse(["in.mp4", "-o", "out.mp4"]).redaction.keyed
    #expect(
      Set(ConfigurationKey.all.map(\.path))
        == Set(Self.options.map(\.key) + redact.map(\.key)).union([
          "input", "name", "output", "tracks", "tracks-from", "crops.folder", "crops.per-track",
        ]))
  }

  @Test("an option and its key give the same configuration")
  func sameMeaning() throws {
    for option in Self.options {
      var expected = Configuration()
      expected.input = "in.mp4"
      expected.output = "out.mp4"
      #expect(try AnnotateCommand.parse(["in.mp4", "-o", "out.mp4"]).pipeline() == expected)
      try expected.apply(setting: "\(option.key)=\(option.value)")
      let value = option.value == "true" ? [] : [option.value]
      let command = try AnnotateCommand.parse(["in.mp4", "-o", "out.mp4", option.name] + value)
      #expect(try command.pipeline() == expected, "\(option.name)")
    }
  }

  @Test("every command that writes a video takes several outputs")
  func severalOutputs() throws {
    let (names, outputs) = (["-o", "a.mp4", "--output", "b.mkv"], ["a.mp4", "b.mkv"])
    #expect(try AnnotateCommand.parse(["in.mp4"] + names).pipeline().outputs == outputs)
    #expect(try RedactCommand.parse(["in.mp4"] + names).pipeline().outputs == outputs)
    let render = try RenderCommand.parse(["in.mp4", "--tracks", "t.jsonl"] + names)
    #expect(try render.pipeline().outputs == outputs)
  }

  @Test("probe reaches an input as the other commands do, and refuses what they refuse")
  func probe() throws {
    let usual = try ProbeCommand.parse(["rtsp://camera/s"]).options()
    #expect(usual.network == NetworkOptions())
    let options = try ProbeCommand.parse(
      ["rtsp://camera/s", "--timeout", "2.5", "--rtsp-transport", "udp", "--input-format", "rtsp"]
    ).options()
    #expect(options.network.timeoutSeconds == 2.5)
    #expect(options.network.rtspTransport == .udp)
    #expect(options.format == "rtsp")
    let wrong = try ProbeCommand.parse(["rtsp://camera/s", "--timeout", "0"])
    let error = #expect(throws: Failure.self) { try wrong.options() }
    #expect(error?.status == .wrongUsage)
    #expect(
      error?.message
        == "--timeout: '0' is not accepted; give a number of seconds from 0.1 to 3600")
  }

  @Test("annotate and tracks fill in the same pipeline")
  func trackFiles() throws {
    var expected = Configuration()
    expected.input = "in.mp4"
    expected.tracks = ["a.jsonl", "b.csv"]
    let tracks = try TracksCommand.parse(["in.mp4", "-o", "a.jsonl", "-o", "b.csv"])
    #expect(try tracks.pipeline() == expected)
    expected.output = "out.mp4"
    let annotate = try AnnotateCommand.parse(
      ["in.mp4", "-o", "out.mp4", "--tracks", "a.jsonl", "--tracks", "b.csv"])
    #expect(try annotate.pipeline() == expected)
  }
}
