/// Where and as what the output is written.
package struct OutputOptions: Sendable, Equatable {
  /// A path or URL; `-` is standard output.
  package var path: String
  /// FFmpeg's name of the container; `nil` follows from the path.
  package var format: String?
  /// The path names one picture, also where it looks like the pattern of a sequence, such as
  /// `my%20dog.png`.
  package var isOnePicture: Bool
  /// Whether what is written is watched while it is written: little delay, and no end in sight.
  package var isLive = false
  /// How long opening a network output, or writing a packet to it, may take.
  package var timeoutSeconds = OutputOptions.usualTimeoutSeconds
  /// A file is followed by the next one after so many seconds; `nil` writes one.
  package var segmentSeconds: Double?

  package static let usualTimeoutSeconds = 10.0
  /// A file that stands there stays until the new one is finished. Pictures always do so.
  package var keepsEarlier: Bool

  package init(
    path: String, format: String? = nil, isOnePicture: Bool = false, keepsEarlier: Bool = false
  ) {
    self.path = path
    self.format = format
    self.isOnePicture = isOnePicture
    self.keepsEarlier = keepsEarlier
  }

  /// Whether a path's ending or scheme says which container it is.
  package static func tellsFormat(_ path: String) -> Bool {
    Muxer.formatOfScheme(path) != nil || (path != "-" && Muxer.isNamedAsMedia(path))
  }

  /// Where an output leads.
  enum Place {
    case file, pipe, network
  }

  var place: Place {
    if PipeOutput.isPipe(path) { return .pipe }
    return path.contains("://") && !path.hasPrefix("file:") ? .network : .file
  }
}
