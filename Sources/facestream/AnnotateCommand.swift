import ArgumentParser
import Pipeline

struct AnnotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotate",
    abstract: "Writes a video or picture with every face marked, and its tracks if wanted.",
    discussion: """
      Audio, subtitles, chapters and metadata are copied; every frame keeps its time.

      Examples:
        facestream annotate talk.mp4 -o annotated.mp4
        facestream annotate talk.mkv -o annotated.mkv --draw boxes,ids --tracks faces.jsonl
        facestream annotate talk.mp4 -o small-faces.mp4 --size source --score 0.6
        facestream annotate - -o - --format matroska < talk.mkv > annotated.mkv
        facestream annotate rtsp://camera/stream -o rtsp://server/annotated -o rec.mp4 --segment 10m
        facestream annotate rtsp://camera/stream --http 127.0.0.1:8080
        facestream annotate photo.jpg -o annotated.jpg
        facestream annotate photos/ -o annotated/ --tracks faces.jsonl
      """)

  @Argument(help: "A file, folder of pictures, URL or device; - is standard input.")
  var input: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The annotated video, picture, folder or stream; - is standard output (with --format). May be "
        + "repeated, and left out with --http.", valueName: "output"))
  var output: [String] = []

  @Option(
    help: ArgumentHelp(
      "Also write tracks: .jsonl, .csv or .txt (MOT). May be repeated.", valueName: "file"))
  var tracks: [String] = []

  @OptionGroup(title: "Detection") var detection: DetectionOptions
  @OptionGroup(title: "Tracking and pose") var tracking: TrackingOptions
  @OptionGroup(title: "Live inputs") var live: LiveOptions
  @OptionGroup(title: "Output") var encoding: EncodingOptions
  @OptionGroup(title: "Recording") var recording: RecordingOptions
  @OptionGroup(title: "Run") var running: RunOptions
  @OptionGroup(title: "Watching") var serving: ServingOptions

  func validate() throws {
    try serving.checkOutput(output, named: "output")
  }

  func run() throws {
    try PipelineSession(pipeline(), isQuiet: running.quiet).run()
  }

  /// What the arguments say.
  func pipeline() throws -> Configuration {
    var configuration = Configuration()
    configuration.input = input
    try configuration.apply(outputs: output)
    try configuration.apply(tracks: tracks, namedAs: "--tracks")
    try configuration.apply(
      detection.keyed + tracking.keyed + live.keyed + encoding.keyed + recording.keyed
        + running.keyed + serving.keyed)
    return configuration
  }
}
