import ArgumentParser
import Pipeline

/// How long the files of a recording are.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Begin a new file every so often (30s, 10m, 1h), named by its time in UTC; OUTPUT may say where the "
        + "time goes, as rec-%Y%m%dT%H%M%S.mp4. (default: off, one file)", valueName: "time"))
  var segment: String?

  var keyed: [KeyedOption] { [KeyedOption(name: "--segment", key: "segment", value: segment)] }
}

extension Configuration {
  /// Applies the repeated option that names outputs.
  mutating func apply(outputs: [String]) throws {
    try wrongUsage { () throws(ConfigurationError) in
      try set("output", to: outputs, namedAs: "--output")
    }
  }
}
