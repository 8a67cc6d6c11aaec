import ArgumentParser
import Pipeline

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a pipeline file.",
    discussion: """
      The keys of a pipeline file have the names and meanings of the options of annotate.

      Examples:
        facestream run pipelines/annotate-file.yaml --input talk.mp4
        facestream run pipelines/rtsp-camera.yaml --set detect.score=0.6 --set overwrite=true
      """)

  @Argument(help: "A YAML file; pipelines/ holds some to start from.")
  var pipeline: String

  @Option(help: ArgumentHelp("Read this instead of the file's input.", valueName: "url"))
  var input: String?

  @Option(
    help: ArgumentHelp(
      "Set a key, such as detect.score=0.6. May be repeated.", valueName: "key=value"))
  var set: [String] = []

  @Flag(name: .shortAndLong, help: "Show no progress and no summary.")
  var quiet = false

  func run() throws {
    try PipelineSession(configured(), isQuiet: quiet).run()
  }

  /// What the file and the arguments say.
  func configured() throws -> Configuration {
    let (pipeline, settings) = (pipeline, set)
    var configuration = try wrongUsage { () throws(ConfigurationError) in
      var configuration = try Configuration(file: pipeline)
      for setting in settings { try configuration.apply(setting: setting) }
      return configuration
    }
    if let input { configuration.input = input }
    return configuration
  }
}
