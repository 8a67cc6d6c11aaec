@testable import Pipeline

extension Configuration {
  /// Becomes what the text of a pipeline file says of its only input.
  mutating func load(yaml text: String, file: String) throws(ConfigurationError) {
    self = try PipelineFile(yaml: text, file: file).cameras[0]
  }
}
