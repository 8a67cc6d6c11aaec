import ArgumentParser
import Pipeline

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a pipeline file.",
    discussion: """
      The keys of a pipeline file have the names and meanings of the options of annotate. A list of \
      inputs is worked on side by side, with one network.

      Examples:
        facestream run pipelines/annotate-file.yaml --input talk.mp4
        facestream run pipelines/rtsp-camera.yaml --set detect.score=0.6 --set overwrite=true
        facestream run pipelines/cameras.yaml --set inputs[0].input=rtsp://camera/stream
      """)

  @Argument(help: "A YAML file; pipelines/ holds some to start from.")
  var pipeline: String

  @Option(help: ArgumentHelp("Read this instead of the file's input.", valueName: "url"))
  var input: String?

  @Option(
    help: ArgumentHelp(
      "Set a key, such as detect.score=0.6 or inputs[0].detect.score=0.6. May be repeated.",
      valueName: "key=value"))
  var set: [String] = []

  @Flag(name: .shortAndLong, help: "Show no progress and no summary.")
  var quiet = false

  func run() throws {
    let cameras = try configured().cameras
    if cameras.count == 1 {
      try PipelineSession(cameras[0], isQuiet: quiet).run()
    } else {
      try CamerasSession(cameras, isQuiet: quiet).run()
    }
  }

  /// What the file and the arguments say.
  func configured() throws -> PipelineFile {
    let (pipeline, settings, input) = (pipeline, set, input)
    return try wrongUsage { () throws(ConfigurationError) in
      try PipelineFile(file: pipeline, settings: settings, input: input)
    }
  }
}
