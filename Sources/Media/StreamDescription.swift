package import Imaging

/// What the container says of one of its streams.
package struct StreamDescription: Sendable, Equatable {
  /// What a stream carries.
  package enum Kind: String, Sendable {
    case video, audio, subtitle, data, attachment, unknown
  }

  package var index: Int
  package var kind: Kind
  /// FFmpeg's name of the codec, such as `h264`.
  package var codec: String
  package var timeBase: Rational
  /// First presentation timestamp in seconds, where the container gives one.
  package var startSeconds: Double?
  package var durationSeconds: Double?
  package var isDefault: Bool
  /// A still shown by music players, not a video.
  package var isCoverArt: Bool
  package var language: String?
  /// Set for video streams.
  package var video: VideoProperties?
  /// Set for audio streams.
  package var audio: AudioProperties?
}

/// What a container says of a video stream before anything is decoded.
package struct VideoProperties: Sendable, Equatable {
  /// As stored, before rotation; 0 when unknown.
  package var codedWidth: Int
  package var codedHeight: Int
  /// How the stored picture is turned to stand upright.
  package var orientation: Orientation
  /// FFmpeg's name of the pixel format, such as `yuv420p`.
  package var pixelFormat: String
  /// Width to height of one stored sample; 1/1 when unknown.
  package var sampleAspectRatio: Rational
  /// Frames by duration; `nil` when unknown.
  package var averageFrameRate: Rational?
  /// The lowest rate at which all timestamps fall on a frame, as far as FFmpeg can tell: at variable
  /// rate more than the average. `nil` when unknown.
  package var nominalFrameRate: Rational?
  /// FFmpeg's names, such as `bt709`; `unknown` where the stream is silent.
  package var colorMatrix: String
  package var colorRange: String
  package var colorPrimaries: String
  package var colorTransfer: String
  /// Frames, where the container counts them.
  package var frameCount: Int?

  /// Size of the upright picture.
  package var width: Int { orientation.isTransposed ? codedHeight : codedWidth }
  package var height: Int { orientation.isTransposed ? codedWidth : codedHeight }
}

/// What a container says of an audio stream.
package struct AudioProperties: Sendable, Equatable {
  package var sampleRate: Int
  package var channels: Int
}
