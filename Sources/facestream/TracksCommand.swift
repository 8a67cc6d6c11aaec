import ArgumentParser
import Pipeline

struct TracksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracks",
    abstract: "Writes face tracks without a video.",
    discussion: """
      The same faces as annotate finds, one line or row for each.

      Examples:
        facestream tracks talk.mp4 -o faces.jsonl
        facestream tracks talk.mp4 -o faces.csv -o faces.txt
        facestream tracks photos/ -o faces.jsonl
        facestream tracks rtsp://camera/stream -o - | jq -c '.faces | length'
      """)

  @Argument(help: "A file, folder of pictures, URL or device; - is standard input.")
  var input: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to: .jsonl, .csv or .txt (MOT); - is JSONL on standard output. May be repeated, and left "
        + "out with --http.", valueName: "file"))
  var output: [String] = []

  @OptionGroup(title: "Detection") var detection: DetectionOptions
  @OptionGroup(title: "Tracking and pose") var tracking: TrackingOptions
  @OptionGroup(title: "Live inputs") var live: LiveOptions
  @OptionGroup(title: "Run") var running: RunOptions
  @OptionGroup(title: "Watching") var serving: ServingOptions

  func validate() throws { try serving.checkOutput(output, named: "file") }

  func run() throws {
    try PipelineSession(pipeline(), isQuiet: running.quiet).run()
  }

  /// What the arguments say.
  func pipeline() throws -> Configuration {
    var configuration = Configuration()
    configuration.input = input
    try configuration.apply(tracks: output, namedAs: "--output")
    try configuration.apply(
      detection.keyed + tracking.keyed + live.keyed + running.keyed + serving.keyed)
    return configuration
  }
}
