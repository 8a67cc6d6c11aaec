internal import CFFmpeg
import Imaging

/// The streams of the output and where they come from.
extension Muxer {
  /// Fills the output's first stream, the encoded video, from its encoder.
  ///
  /// - Throws: `cannotWrite`, `outOfMemory`.
  package func setVideo(from encoder: Encoder, replacing demuxer: Demuxer) throws(MediaError) {
    guard let stream = unsafe context.pointee.streams[0] else { throw .outOfMemory }
    var hasGlobalHeader = false
    let code = unsafe encoder.withHandle {
      unsafe hasGlobalHeader = $0.pointee.flags & Int32(AV_CODEC_FLAG_GLOBAL_HEADER) != 0
      return unsafe avcodec_parameters_from_context(stream.pointee.codecpar, $0)
    }
    guard code >= 0, let parameters = unsafe stream.pointee.codecpar else { throw .outOfMemory }
    guard mayHold(unsafe stream.pointee.codecpar.pointee.codec_id) else {
      throw .cannotWrite(
        path: path, reason: "container '\(formatName)' cannot hold what '\(encoder.name)' encodes")
    }
    unsafe stream.pointee.time_base = encoder.timeBase.avRational
    unsafe stream.pointee.sample_aspect_ratio =
      stream.pointee.codecpar.pointee.sample_aspect_ratio
    let from = unsafe demuxer.videoHandle
    unsafe stream.pointee.avg_frame_rate = from.pointee.avg_frame_rate
    unsafe stream.pointee.r_frame_rate = from.pointee.r_frame_rate
    unsafe stream.pointee.disposition = from.pointee.disposition
    unsafe copyMetadata(
      from: from.pointee.metadata, to: &stream.pointee.metadata, encodedAnew: true)
    guard unsafe facestream_copy_side_data(stream, from, 1) >= 0 else { throw .outOfMemory }
    videoTimeBase = encoder.timeBase
    // The description of an RTSP stream has the parameters; who comes in late may not have read it.
    if hasGlobalHeader, !needsGlobalHeader || formatName == "rtsp" {
      parameterSets = unsafe ParameterSetRepeater(parameters, timeBase: encoder.timeBase)
    }
  }

  /// Gives an empty container the streams and tags of another one.
  ///
  /// - Throws: `outOfMemory`.
  func adoptStreams(of template: Muxer) throws(MediaError) {
    let source = unsafe template.context
    for index in 0..<Int(unsafe source.pointee.nb_streams) {
      guard let from = unsafe source.pointee.streams[index],
        let stream = unsafe avformat_new_stream(context, nil),
        unsafe avcodec_parameters_copy(stream.pointee.codecpar, from.pointee.codecpar) >= 0,
        unsafe av_dict_copy(&stream.pointee.metadata, from.pointee.metadata, 0) >= 0,
        unsafe facestream_copy_side_data(stream, from, 0) >= 0
      else { throw .outOfMemory }
      unsafe stream.pointee.time_base = from.pointee.time_base
      unsafe stream.pointee.sample_aspect_ratio = from.pointee.sample_aspect_ratio
      unsafe stream.pointee.avg_frame_rate = from.pointee.avg_frame_rate
      unsafe stream.pointee.r_frame_rate = from.pointee.r_frame_rate
      unsafe stream.pointee.disposition = from.pointee.disposition
    }
    guard unsafe av_dict_copy(&context.pointee.metadata, source.pointee.metadata, 0) >= 0 else {
      throw .outOfMemory
    }
    if template.parameterSets != nil, let timeBase = videoTimeBase,
      let stream = unsafe context.pointee.streams[0],
      let parameters = unsafe stream.pointee.codecpar
    {
      parameterSets = unsafe ParameterSetRepeater(parameters, timeBase: timeBase)
    }
  }

  /// Adds every stream of the input that is no video, its chapters and its metadata, to be copied
  /// untouched.
  ///
  /// - Parameter withPictures: Whether cover pictures and attachments, which may show what the video
  ///   does, are copied; fonts always are.
  /// - Returns: One sentence for each stream that is left out.
  /// - Throws: `outOfMemory`.
  package func addCopies(
    from demuxer: Demuxer, withPictures: Bool = true
  ) throws(MediaError) -> [String] {
    var warnings: [String] = []
    for source in demuxer.streams where source.index != demuxer.videoStream.index {
      if source.kind == .video && !source.isCoverArt {
        warnings.append(
          "video stream \(source.index) is left out: only stream \(demuxer.videoStream.index) is "
            + "processed")
        continue
      }
      let mayBePicture =
        source.isCoverArt
        || source.kind == .attachment && !["ttf", "otf"].contains(source.codec)
      if !withPictures, mayBePicture {
        let what = source.isCoverArt ? "cover picture" : "attachment"
        warnings.append("\(what) \(source.index) (\(source.codec)) is left out: it may show faces")
        continue
      }
      let accepted = unsafe try demuxer.withHandle { input throws(MediaError) in
        guard let from = unsafe input.pointee.streams[source.index] else { return false }
        // Streams the input itself hides, such as the text track behind an MP4's chapters.
        if unsafe from.pointee.discard == AVDISCARD_ALL && !source.isCoverArt { return true }
        return try unsafe addCopy(of: from, as: source)
      }
      if !accepted {
        let what = source.isCoverArt ? "cover picture" : "\(source.kind.rawValue) stream"
        warnings.append(
          "\(what) \(source.index) (\(source.codec)) is left out: container '\(formatName)' "
            + "cannot hold it" + (formatName == "matroska" ? "" : " (.mkv holds most)"))
      }
    }
    unsafe demuxer.withHandle { input in
      unsafe copyMetadata(
        from: input.pointee.metadata, to: &context.pointee.metadata, encodedAnew: false)
      unsafe copyChapters(from: input)
    }
    return warnings
  }

  private func addCopy(
    of source: UnsafeMutablePointer<AVStream>, as description: StreamDescription
  ) throws(MediaError) -> Bool {
    if description.isCoverArt { return unsafe try addCover(of: source) }
    guard let parameters = unsafe source.pointee.codecpar, unsafe canHold(source) else {
      return false
    }
    let stream = unsafe try newStream()
    guard unsafe avcodec_parameters_copy(stream.pointee.codecpar, parameters) >= 0 else {
      throw .outOfMemory
    }
    let outputIndex = unsafe stream.pointee.index
    if formatName == "rtsp", unsafe AudioSpecificConfig.add(to: stream.pointee.codecpar) {
      streamsWithHeaders.insert(outputIndex)
    }
    // The tag belongs to the input's container unless this one gives it the same meaning.
    let tags = unsafe context.pointee.oformat.pointee.codec_tag
    if let tags = unsafe tags,
      unsafe av_codec_get_id(tags, parameters.pointee.codec_tag) != parameters.pointee.codec_id
    {
      unsafe stream.pointee.codecpar.pointee.codec_tag = 0
    }
    unsafe stream.pointee.time_base = source.pointee.time_base
    unsafe stream.pointee.disposition = source.pointee.disposition
    unsafe stream.pointee.avg_frame_rate = source.pointee.avg_frame_rate
    unsafe stream.pointee.sample_aspect_ratio = source.pointee.sample_aspect_ratio
    unsafe copyMetadata(
      from: source.pointee.metadata, to: &stream.pointee.metadata, encodedAnew: false)
    guard unsafe facestream_copy_side_data(stream, source, 0) >= 0 else { throw .outOfMemory }
    let delay = unsafe delaySeconds(of: parameters)
    copies.withLock {
      $0.register(
        inputIndex: description.index, outputIndex: outputIndex, timeBase: description.timeBase,
        delaySeconds: delay)
    }
    return true
  }

  /// Writes a cover picture as Matroska holds one: an attachment with a known name. Fragmented MP4
  /// has no place for it.
  private func addCover(of source: UnsafeMutablePointer<AVStream>) throws(MediaError) -> Bool {
    let codec = unsafe source.pointee.codecpar.pointee.codec_id
    let picture = unsafe source.pointee.attached_pic
    guard formatName == "matroska", codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG,
      unsafe picture.size > 0, let bytes = unsafe picture.data
    else { return false }
    let stream = unsafe try newStream()
    guard let parameters = unsafe stream.pointee.codecpar,
      let copy = unsafe av_mallocz(Int(picture.size) + Int(AV_INPUT_BUFFER_PADDING_SIZE))
    else { throw .outOfMemory }
    unsafe copy.copyMemory(from: bytes, byteCount: Int(picture.size))
    unsafe parameters.pointee.codec_type = AVMEDIA_TYPE_ATTACHMENT
    unsafe parameters.pointee.codec_id = codec
    unsafe parameters.pointee.extradata = copy.assumingMemoryBound(to: UInt8.self)
    unsafe parameters.pointee.extradata_size = picture.size
    let isJPEG = codec == AV_CODEC_ID_MJPEG
    unsafe av_dict_set(
      &stream.pointee.metadata, "filename", isJPEG ? "cover.jpg" : "cover.png", 0)
    unsafe av_dict_set(
      &stream.pointee.metadata, "mimetype", isJPEG ? "image/jpeg" : "image/png", 0)
    return true
  }

  private func newStream() throws(MediaError) -> UnsafeMutablePointer<AVStream> {
    guard let stream = unsafe avformat_new_stream(context, nil) else { throw .outOfMemory }
    return unsafe stream
  }

  /// Whether the container takes packets, or the attachment, of this stream.
  private func canHold(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    let parameters = unsafe stream.pointee.codecpar.pointee
    let type = unsafe parameters.codec_type
    let codec = unsafe parameters.codec_id
    if type == AVMEDIA_TYPE_ATTACHMENT {
      // Matroska takes any file, by its name and type.
      let metadata = unsafe stream.pointee.metadata
      return unsafe formatName == "matroska" && av_dict_get(metadata, "filename", nil, 0) != nil
        && av_dict_get(metadata, "mimetype", nil, 0) != nil
    }
    if codec == AV_CODEC_ID_NONE { return false }
    if type == AVMEDIA_TYPE_DATA, !isMatroska, formatName != "mpegts" { return false }
    return unsafe formatAccepts(codec) && headerTakes(stream)
  }

  /// Whether the container takes a stream like `source` when its header is written: some refuse then
  /// what their list of codecs promises, such as QuickTime Opus. Tried on a container in memory.
  private func headerTakes(_ source: UnsafeMutablePointer<AVStream>) -> Bool {
    // RTP asks the network how long its packets may be, which memory does not know.
    guard unsafe context.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0,
      formatName != "rtp_mpegts"
    else { return true }
    var allocated: UnsafeMutablePointer<AVFormatContext>?
    guard unsafe avformat_alloc_output_context2(&allocated, nil, formatName, nil) >= 0,
      let trial = unsafe allocated
    else { return true }
    defer {
      var written: UnsafeMutablePointer<UInt8>?
      if unsafe trial.pointee.pb != nil {
        _ = unsafe avio_close_dyn_buf(trial.pointee.pb, &written)
        unsafe trial.pointee.pb = nil
        unsafe av_free(written)
      }
      unsafe avformat_free_context(trial)
    }
    guard unsafe avio_open_dyn_buf(&trial.pointee.pb) >= 0,
      let stream = unsafe avformat_new_stream(trial, nil),
      unsafe avcodec_parameters_copy(stream.pointee.codecpar, source.pointee.codecpar) >= 0
    else { return true }
    unsafe stream.pointee.codecpar.pointee.codec_tag = 0
    unsafe stream.pointee.time_base = source.pointee.time_base
    return unsafe avformat_write_header(trial, nil) >= 0
  }

  /// Matroska's readers subtract the codec's delay from a track's timestamps (RFC 9559, section
  /// 5.1.4.1.28, CodecDelay). FFmpeg's muxer writes the delay, but does not add it.
  private func delaySeconds(of parameters: UnsafeMutablePointer<AVCodecParameters>) -> Double {
    let parameters = unsafe parameters.pointee
    guard isMatroska, unsafe parameters.initial_padding > 0, unsafe parameters.sample_rate > 0
    else { return 0 }
    return unsafe Double(parameters.initial_padding) / Double(parameters.sample_rate)
  }

  /// Copies tags, except those that describe the input's container or the encoding that is gone.
  private func copyMetadata(
    from source: OpaquePointer?, to target: inout OpaquePointer?, encodedAnew: Bool
  ) {
    var outdated: Set<String> = [
      "major_brand", "minor_version", "compatible_brands", "encoder", "rotate",
    ]
    if encodedAnew {
      outdated.formUnion(["vendor_id", "DURATION", "BPS", "NUMBER_OF_BYTES", "NUMBER_OF_FRAMES"])
    }
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while let next = unsafe av_dict_get(source, "", entry, AV_DICT_IGNORE_SUFFIX) {
      unsafe entry = next
      let key = unsafe String(cString: next.pointee.key)
      let isStatistic = encodedAnew && key.hasPrefix("_STATISTICS")
      if outdated.contains(key) || isStatistic { continue }
      unsafe av_dict_set(&target, next.pointee.key, next.pointee.value, 0)
    }
  }

  /// Copies the chapter marks; the context owns the copies and frees them.
  private func copyChapters(from input: UnsafeMutablePointer<AVFormatContext>) {
    let count = unsafe Int(input.pointee.nb_chapters)
    guard count > 0,
      let memory = unsafe av_calloc(count, MemoryLayout<UnsafeMutablePointer<AVChapter>?>.stride)
    else { return }
    let list = unsafe memory.assumingMemoryBound(to: UnsafeMutablePointer<AVChapter>?.self)
    unsafe context.pointee.chapters = list
    for index in 0..<count {
      guard let from = unsafe input.pointee.chapters[index],
        let memory = unsafe av_mallocz(MemoryLayout<AVChapter>.size)
      else { return }
      let chapter = unsafe memory.assumingMemoryBound(to: AVChapter.self)
      unsafe chapter.pointee.id = from.pointee.id
      unsafe chapter.pointee.time_base = from.pointee.time_base
      unsafe chapter.pointee.start = from.pointee.start
      unsafe chapter.pointee.end = from.pointee.end
      unsafe av_dict_copy(&chapter.pointee.metadata, from.pointee.metadata, 0)
      unsafe list[index] = chapter
      unsafe context.pointee.nb_chapters = UInt32(index + 1)
    }
  }

  /// Moves the chapters with the streams.
  func shiftChapters(bySeconds seconds: Double) {
    for index in 0..<Int(unsafe context.pointee.nb_chapters) {
      guard let chapter = unsafe context.pointee.chapters[index] else { continue }
      let shift = unsafe Int64(
        (seconds / Rational(chapter.pointee.time_base).doubleValue).rounded())
      unsafe chapter.pointee.start -= shift
      unsafe chapter.pointee.end -= shift
    }
  }
}
