/// How the output video is encoded. What is `nil` follows from the container and the encoder.
package struct EncoderOptions: Sendable, Equatable {
  /// FFmpeg's name of an encoder; `nil` takes libx264, or what the container needs.
  package var codec: String?
  /// Constant rate factor, lower is better; only for encoders that know one.
  package var crf: Double?
  /// Speed against size, such as `veryfast`; only for encoders that know presets.
  package var preset: String?
  /// In bits per second; replaces constant quality.
  package var bitrate: Int?
  /// FFmpeg's name of a pixel format; `nil` keeps the input's where the encoder takes it.
  package var pixelFormat: String?
  /// Part of the result: an encoder's stream may depend on it, so it does not follow the machine. `nil` takes
  /// `defaultThreads`; live, no more than `liveThreads`.
  package var threads: Int?
  /// Whether pictures come at their own pace and are to leave with as little delay as possible.
  package var isLive = false
  /// Threads a live encoder may use when the user does not say.
  package var liveThreads = EncoderOptions.defaultThreads
  /// A key frame begins every so many seconds, for a recording that goes on in a new file.
  package var segmentSeconds: Double?

  package static let defaultThreads = 4

  package init(
    codec: String? = nil, crf: Double? = nil, preset: String? = nil, bitrate: Int? = nil,
    pixelFormat: String? = nil, threads: Int? = nil
  ) {
    self.codec = codec
    self.crf = crf
    self.preset = preset
    self.bitrate = bitrate
    self.pixelFormat = pixelFormat
    self.threads = threads
  }
}
