/// Where and as what the output is written.
package struct OutputOptions: Sendable, Equatable {
  /// A path or URL; `-` is standard output.
  package var path: String
  /// FFmpeg's name of the container; `nil` follows from the path.
  package var format: String?

  package init(path: String, format: String? = nil) {
    self.path = path
    self.format = format
  }
}
