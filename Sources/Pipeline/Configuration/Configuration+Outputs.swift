import Media

extension Configuration {
  /// How the outputs of a run are opened.
  ///
  /// - Parameter isStillPicture: Whether the input is one picture.
  func outputOptions(isStillPicture: Bool) -> [OutputOptions] {
    outputs.map { path in
      let takesFormat = outputs.count == 1 || !OutputOptions.tellsFormat(path)
      var options = OutputOptions(
        path: path, format: takesFormat ? format : nil, isOnePicture: isStillPicture,
        keepsEarlier: tracksFrom != nil)
      options.isLive = readsLive
      options.timeoutSeconds = live.timeout
      if canBeSegmented(path) { options.segmentSeconds = segment }
      return options
    }
  }

  /// How the video is encoded, with what follows from the rest of the configuration.
  var encoderOptions: EncoderOptions {
    var options = encode
    options.isLive = readsLive
    options.liveThreads = threads ?? availableProcessors()
    options.segmentSeconds = segment
    return options
  }
}

/// Whether an output can go on in a new file: it is a file, and one that holds a video by itself.
func canBeSegmented(_ path: String) -> Bool {
  let isElsewhere =
    path == "-" || path.hasPrefix("pipe:")
    || (path.contains("://") && !path.hasPrefix("file:"))
  return !isElsewhere && !path.hasSuffix(".m3u8") && !isPictureFile(path)
}
