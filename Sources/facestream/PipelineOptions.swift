import ArgumentParser
import Pipeline

/// One option of the command line and the key of the pipeline file it sets.
struct KeyedOption {
  var name: String
  var key: String
  var value: String?
}

/// The options `annotate` and `tracks` share. Values are checked where pipeline files are, so that
/// both accept the same and complain alike.
struct DetectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Size the network sees: a long side, WxH, or source. Larger finds smaller faces. (default: 640)",
      valueName: "size"))
  var size: String?

  @OptionGroup var search: FaceSearchOptions

  @Option(
    help: ArgumentHelp(
      "Search every n-th frame and predict faces in between; auto: all of a file, what a live input leaves "
        + "time for. (default: auto)", valueName: "n"))
  var detectEvery: String?

  var keyed: [KeyedOption] {
    [KeyedOption(name: "--size", key: "detect.size", value: size)] + search.keyed
      + [KeyedOption(name: "--detect-every", key: "detect.every", value: detectEvery)]
  }
}

/// Following faces.
struct FollowingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Least overlap (IoU) of a face with its track. (default: 0.1)", valueName: "iou"))
  var iou: String?

  @Option(
    help: ArgumentHelp(
      "Go on with a track, though not begin one, down to this probability. (default: 0.1)",
      valueName: "p"))
  var lowScore: String?

  @Option(
    help: ArgumentHelp(
      "Frames in a row until a face counts as tracked. (default: 3)", valueName: "n"))
  var minHits: String?

  @Option(
    help: ArgumentHelp(
      "How long a face may be hidden and keep its identity. (default: 1)", valueName: "seconds"))
  var lostFor: String?

  @Option(
    help: ArgumentHelp(
      "Look so far ahead to fill gaps and to begin tracks where they began. (default: 0)",
      valueName: "frames"))
  var lookahead: String?

  @Option(
    help: ArgumentHelp(
      "Leave out shorter tracks; --lookahead must reach as far. (default: 1)", valueName: "frames"))
  var minTrack: String?

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--iou", key: "track.iou", value: iou),
      KeyedOption(name: "--low-score", key: "track.low-score", value: lowScore),
      KeyedOption(name: "--min-hits", key: "track.min-hits", value: minHits),
      KeyedOption(name: "--lost-for", key: "track.lost-for", value: lostFor),
      KeyedOption(name: "--lookahead", key: "track.lookahead", value: lookahead),
      KeyedOption(name: "--min-track", key: "track.min-track", value: minTrack),
    ]
  }
}

/// Following faces and measuring their pose.
struct TrackingOptions: ParsableArguments {
  @OptionGroup var following: FollowingOptions

  @Option(
    help: ArgumentHelp(
      "Smooth landmarks, beside the raw ones: one-euro or off. (default: one-euro)",
      valueName: "name"))
  var smoothing: String?

  @Option(
    help: ArgumentHelp(
      "Measure how the camera moves and make up for it: auto (where there are faces) or off. "
        + "(default: auto)", valueName: "name"))
  var cameraMotion: String?

  @Option(
    help: ArgumentHelp(
      "Focal length for the pose. (default: the frame's long side)", valueName: "px"))
  var focal: String?

  @Option(
    help: ArgumentHelp(
      "Distance between the eyes of the heads, for their position. (default: 63)",
      valueName: "mm"))
  var ipd: String?

  @Option(
    help: ArgumentHelp(
      "Smooth the pose over time: on, off, or auto (on with a video or live). (default: auto)",
      valueName: "name"))
  var smoothPose: String?

  var keyed: [KeyedOption] {
    following.keyed + [
      KeyedOption(name: "--smoothing", key: "track.smoothing", value: smoothing),
      KeyedOption(name: "--camera-motion", key: "track.camera-motion", value: cameraMotion),
      KeyedOption(name: "--focal", key: "focal", value: focal),
      KeyedOption(name: "--ipd", key: "pose.ipd", value: ipd),
      KeyedOption(name: "--smooth-pose", key: "pose.smooth", value: smoothPose),
    ]
  }
}

/// Encoding the annotated video.
struct EncodingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to draw: boxes,ids,landmarks,axes,cuboid or none. (default: all but cuboid)",
      valueName: "list"))
  var draw: String?

  @Option(help: ArgumentHelp("Any video encoder of FFmpeg. (default: libx264)", valueName: "name"))
  var codec: String?

  @Option(
    help: ArgumentHelp(
      "Constant quality, lower is better. (default for libx264: 20, for JPEG: 2)",
      valueName: "n"))
  var crf: String?

  @Option(
    help: ArgumentHelp("Encoder preset. (default for libx264: veryfast)", valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp("Bits per second, such as 4M, instead of constant quality.", valueName: "n"))
  var bitrate: String?

  @Option(
    help: ArgumentHelp("Pixel format of the output. (default: the input's)", valueName: "name"))
  var pixelFormat: String?

  @Option(
    help: ArgumentHelp(
      "Threads of the encoder; part of the result, so independent of --threads. (default: 4)",
      valueName: "n"))
  var encoderThreads: String?

  @Option(help: ArgumentHelp("Container of the output. (default: by its name)", valueName: "name"))
  var format: String?

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--draw", key: "draw", value: draw),
      KeyedOption(name: "--codec", key: "encode.codec", value: codec),
      KeyedOption(name: "--crf", key: "encode.crf", value: crf),
      KeyedOption(name: "--preset", key: "encode.preset", value: preset),
      KeyedOption(name: "--bitrate", key: "encode.bitrate", value: bitrate),
      KeyedOption(name: "--pixel-format", key: "encode.pixel-format", value: pixelFormat),
      KeyedOption(name: "--encoder-threads", key: "encode.encoder-threads", value: encoderThreads),
      KeyedOption(name: "--format", key: "format", value: format),
    ]
  }
}

/// How the run goes.
struct RunOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Container of the input. (default: probed)", valueName: "name"))
  var inputFormat: String?

  @Option(
    help: ArgumentHelp("Worker threads. (default: the processors available)", valueName: "n"))
  var threads: String?

  @Option(
    help: ArgumentHelp("Refuse pictures with more pixels. (default: 67108864)", valueName: "n"))
  var maxPixels: String?

  @Option(
    help: ArgumentHelp("Frames between decoding and detection. (default: 8)", valueName: "frames"))
  var capacity: String?

  @Option(
    help: ArgumentHelp(
      "When these are full: wait, drop-oldest, or auto (live inputs drop). (default: auto)",
      valueName: "name"))
  var whenFull: String?

  @Flag(help: "Replace files that exist.")
  var overwrite = false

  @Flag(name: .shortAndLong, help: "Show no progress and no summary.")
  var quiet = false

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--input-format", key: "input-format", value: inputFormat),
      KeyedOption(name: "--threads", key: "threads", value: threads),
      KeyedOption(name: "--max-pixels", key: "max-pixels", value: maxPixels),
      KeyedOption(name: "--capacity", key: "buffer.capacity", value: capacity),
      KeyedOption(name: "--when-full", key: "buffer.when-full", value: whenFull),
      KeyedOption(name: "--overwrite", key: "overwrite", value: overwrite ? "true" : nil),
    ]
  }
}

extension Configuration {
  /// Applies the options that were given.
  mutating func apply(_ options: [KeyedOption]) throws {
    for option in options {
      guard let value = option.value else { continue }
      try wrongUsage { () throws(ConfigurationError) in
        try set(option.key, to: value, namedAs: option.name)
      }
    }
  }

  /// Applies a repeated option that names track files.
  mutating func apply(tracks: [String], namedAs name: String) throws {
    guard !tracks.isEmpty else { return }
    try wrongUsage { () throws(ConfigurationError) in
      try set("tracks", to: tracks, namedAs: name)
    }
  }
}

/// Turns a configuration error into the failure of the command.
func wrongUsage<Result>(
  _ body: () throws(ConfigurationError) -> Result
) throws(Failure) -> Result {
  do throws(ConfigurationError) {
    return try body()
  } catch {
    throw Failure(message: error.description, status: .wrongUsage)
  }
}
