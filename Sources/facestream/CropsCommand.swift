import ArgumentParser
import Pipeline

struct CropsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crops",
    abstract: "Writes aligned pictures of every face, the best ones first.",
    discussion: """
      Each track has a folder with PNG files of 112×112 pixels, the landmarks at the places of ArcFace's \
      template, as networks for recognition expect them; index.jsonl lists all with their frames and \
      quality. Best are faces of a high score, large, and turned to the camera. Of a folder of pictures, \
      each picture has such a folder.

      Examples:
        facestream crops talk.mp4 -o crops
        facestream crops talk.mp4 -o crops --per-track 1 --min-face 40
      """)

  @Argument(help: "A file, URL or device; - is standard input.")
  var input: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write to.", valueName: "folder"))
  var output: String

  @Option(
    help: ArgumentHelp("Crops to keep of each track, at most. (default: 5)", valueName: "n"))
  var perTrack: String?

  @OptionGroup(title: "Detection") var detection: DetectionOptions
  @OptionGroup(title: "Tracking and pose") var tracking: TrackingOptions
  @OptionGroup(title: "Live inputs") var live: LiveOptions
  @OptionGroup(title: "Run") var running: RunOptions

  func run() throws {
    try PipelineSession(pipeline(), isQuiet: running.quiet).run()
  }

  /// What the arguments say.
  func pipeline() throws -> Configuration {
    var configuration = Configuration()
    configuration.input = input
    try configuration.apply(
      [
        KeyedOption(name: "--output", key: "crops.folder", value: output),
        KeyedOption(name: "--per-track", key: "crops.per-track", value: perTrack),
      ] + detection.keyed + tracking.keyed + live.keyed + running.keyed)
    return configuration
  }
}
