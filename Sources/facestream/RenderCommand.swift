import ArgumentParser
import Pipeline

struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Draws tracks exported before, without searching again.",
    discussion: """
      The tracks must be JSON lines that annotate, tracks or redact wrote for the same input: size, time \
      base, number and time of all frames are compared. What annotate drew is drawn again, frame for \
      frame. --redact hides the faces that the tracks list, and no others.

      Examples:
        facestream tracks talk.mp4 -o faces.jsonl
        facestream render talk.mp4 --tracks faces.jsonl -o boxes.mp4 --draw boxes,ids
        facestream render talk.mp4 --tracks faces.jsonl -o hidden.mp4 --redact pixelate
      """)

  @Argument(help: "The file the tracks were made from.")
  var input: String

  @Option(help: ArgumentHelp("Tracks as JSON lines (.jsonl).", valueName: "file"))
  var tracks: String

  @Option(
    name: .shortAndLong,
    help: "The video to write; - is standard output (with --format). May be repeated.")
  var output: [String]

  @Option(
    help: ArgumentHelp(
      "Hide the faces: blur, pixelate or solid; --draw is none then by default. (default: none)",
      valueName: "style"))
  var redact: String?

  @OptionGroup var cover: CoverOptions

  @OptionGroup(title: "Output") var encoding: EncodingOptions
  @OptionGroup(title: "Recording") var recording: RecordingOptions
  @OptionGroup(title: "Run") var running: RunOptions

  func run() throws {
    try PipelineSession(pipeline(), isQuiet: running.quiet).run()
  }

  /// What the arguments say.
  func pipeline() throws -> Configuration {
    var configuration = Configuration()
    configuration.input = input
    try configuration.apply(outputs: output)
    if redact != nil { configuration.draw = [.none] }
    try configuration.apply(
      [
        KeyedOption(name: "--tracks", key: "tracks-from", value: tracks),
        KeyedOption(name: "--redact", key: "redact.style", value: redact),
      ] + cover.keyed + encoding.keyed + recording.keyed + running.keyed)
    return configuration
  }
}
