import ArgumentParser
import Pipeline

/// What hides a face, whoever found it.
struct CoverOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Hide an ellipse or a box. (default: ellipse)", valueName: "name"))
  var shape: String?

  @Option(
    help: ArgumentHelp(
      "Hide so many times a face's width and height. (default: 1.3)", valueName: "n"))
  var scale: String?

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--shape", key: "redact.shape", value: shape),
      KeyedOption(name: "--scale", key: "redact.scale", value: scale),
    ]
  }
}
