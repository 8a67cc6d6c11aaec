/// Where and as what the output is written.
package struct OutputOptions: Sendable, Equatable {
  /// A path or URL; `-` is standard output.
  package var path: String
  /// FFmpeg's name of the container; `nil` follows from the path.
  package var format: String?
  /// The path names one picture, also where it looks like the pattern of a sequence, such as
  /// `my%20dog.png`.
  package var isOnePicture: Bool

  package init(path: String, format: String? = nil, isOnePicture: Bool = false) {
    self.path = path
    self.format = format
    self.isOnePicture = isOnePicture
  }
}
