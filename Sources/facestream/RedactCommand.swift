import ArgumentParser
import Pipeline

struct RedactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Writes a video with every face hidden.",
    discussion: """
      Audio and subtitles are copied; cover pictures are left out, as they may show faces. A face is \
      hidden also some frames before it is first found, through gaps, and after it is last found. A \
      frame that is damaged or cannot be searched is hidden whole. blur and pixelate keep a few means \
      of a face, solid keeps nothing. What a person should check is counted at the end and listed \
      with --report.

      Examples:
        facestream redact talk.mp4 -o hidden.mp4
        facestream redact talk.mp4 -o hidden.mp4 --style solid --shape box --scale 1.5
        facestream redact street.mp4 -o hidden.mp4 --quality balanced --report check.jsonl
        facestream redact talk.mp4 -o hidden.mp4 --on-failure stop
      """)

  @Argument(help: "A file, URL or device; - is standard input.")
  var input: String

  @Option(
    name: .shortAndLong,
    help:
      "The redacted video or stream; - is standard output (with --format). May be repeated, and left out with --http."
  )
  var output: [String] = []

  @Option(
    help: ArgumentHelp(
      "Also write tracks: .jsonl, .csv or .txt (MOT). May be repeated.", valueName: "file"))
  var tracks: [String] = []

  @OptionGroup(title: "Redaction") var redaction: RedactionOptions
  @OptionGroup(title: "Detection (--score is 0.3 by default)") var detection: DetectionOptions
  @OptionGroup(title: "Tracking (--min-hits is 1, --lookahead 30 by default)")
  var following: FollowingOptions
  @OptionGroup(title: "Live inputs") var live: LiveOptions
  @OptionGroup(title: "Output (--draw is none by default)") var encoding: EncodingOptions
  @OptionGroup(title: "Recording") var recording: RecordingOptions
  @OptionGroup(title: "Run") var running: RunOptions
  @OptionGroup(title: "Watching") var serving: ServingOptions

  func validate() throws { try serving.checkOutput(output, named: "output") }

  func run() throws {
    try PipelineSession(pipeline(), isQuiet: running.quiet).run()
  }

  /// What the arguments say.
  func pipeline() throws -> Configuration {
    var configuration = Configuration.redacting
    configuration.input = input
    try configuration.apply(outputs: output)
    try configuration.apply(tracks: tracks, namedAs: "--tracks")
    try configuration.apply(
      redaction.keyed + detection.keyed + following.keyed + live.keyed + encoding.keyed
        + recording.keyed + running.keyed + serving.keyed)
    return configuration
  }
}

/// Hiding faces.
struct RedactionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Replace faces with: blur, pixelate or solid. (default: blur)", valueName: "name"))
  var style: String?

  @OptionGroup var cover: CoverOptions

  @Option(
    help: ArgumentHelp(
      "Hide a face so long before it is found and after it is lost. (default: 15)",
      valueName: "frames"))
  var extend: String?

  @Option(
    help: ArgumentHelp(
      "A frame that is damaged or cannot be searched: hide it whole, stop, or keep. (default: hide)",
      valueName: "name"))
  var onFailure: String?

  @Option(
    help: ArgumentHelp(
      "List what a person should check, as JSON lines; - is standard output.", valueName: "file"))
  var report: String?

  var keyed: [KeyedOption] {
    [KeyedOption(name: "--style", key: "redact.style", value: style)] + cover.keyed + [
      KeyedOption(name: "--extend", key: "redact.extend", value: extend),
      KeyedOption(name: "--on-failure", key: "redact.on-failure", value: onFailure),
      KeyedOption(name: "--report", key: "redact.report", value: report),
    ]
  }
}
