internal import CFFmpeg
import Foundation
import Imaging

/// What the container is, what it holds, and how its file is opened.
extension Muxer {
  static func url(of path: String) -> String {
    if path == "-" { return "pipe:1" }
    if path.hasSuffix(".m3u8"), let local = localPath(of: path) {
      // The muxer removes old segments by their names, which must be paths therefore.
      return local.hasPrefix("/") ? local : "./" + local
    }
    let isURL = path.contains("://") || path.hasPrefix("pipe:") || path.hasPrefix("file:")
    return isURL ? withPacketSize(path) : "file:" + path
  }

  /// Has a datagram hold whole packets of a transport stream, as receivers expect: seven of 188 bytes
  /// (ISO/IEC 13818-1) are what an Ethernet frame takes.
  private static func withPacketSize(_ url: String) -> String {
    let isDatagrams = ["udp://", "srt://"].contains { url.hasPrefix($0) }
    guard isDatagrams, !url.contains("pkt_size=") else { return url }
    return url + (url.contains("?") ? "&" : "?") + "pkt_size=1316"
  }

  /// The container a streaming scheme goes with.
  static func formatOfScheme(_ path: String) -> String? {
    guard let end = path.range(of: "://") else { return nil }
    switch path[..<end.lowerBound] {
    case "rtsp", "rtsps": return "rtsp"
    case "rtmp", "rtmps": return "flv"
    case "udp", "srt": return "mpegts"
    case "rtp": return "rtp_mpegts"
    default: return nil
    }
  }

  /// Whether a path's ending is that of a container or picture FFmpeg writes.
  static func isNamedAsMedia(_ path: String) -> Bool {
    unsafe av_guess_format(nil, path, nil) != nil
  }

  /// A context for the container that follows from the options, `nil` when there is none.
  static func allocate(
    _ options: OutputOptions, url: String
  ) -> UnsafeMutablePointer<AVFormatContext>? {
    func context(_ format: String?) -> UnsafeMutablePointer<AVFormatContext>? {
      var allocated: UnsafeMutablePointer<AVFormatContext>?
      let code = unsafe avformat_alloc_output_context2(
        &allocated, nil, format, options.path == "-" ? nil : url)
      return unsafe code >= 0 ? allocated : nil
    }
    let wanted = unsafe context(options.format ?? formatOfScheme(options.path))
    guard let wanted = unsafe wanted,
      unsafe FFmpeg.string(wanted.pointee.oformat.pointee.name) == sequenceFormat,
      unsafe options.isOnePicture || av_filename_number_test(options.path) == 0
    else { return unsafe wanted }
    // The muxer of sequences would number the names.
    unsafe avformat_free_context(wanted)
    return unsafe context(pictureFormat)
  }

  /// FFmpeg's muxers of picture files: numbered names, and pictures into one file.
  private static let sequenceFormat = "image2"
  private static let pictureFormat = "image2pipe"

  /// Whether a second picture would make the file useless: pipes and devices may hold several.
  var holdsOnePicture: Bool { formatName == Self.pictureFormat && replacement != nil }

  /// Why the installed FFmpeg cannot reach the place of the output at all, `nil` where it can.
  var missingProtocol: String? {
    // Containers without a file, such as RTSP, find their way themselves.
    guard unsafe context.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0,
      unsafe avio_find_protocol_name(Self.url(of: path)) == nil
    else { return nil }
    return "Protocol not found"
  }

  /// The encoder for this container when the user names none.
  package var usualEncoder: String {
    if formatAccepts(AV_CODEC_ID_H264), unsafe avcodec_find_encoder_by_name("libx264") != nil {
      return "libx264"
    }
    if formatAccepts(AV_CODEC_ID_VP9), unsafe avcodec_find_encoder_by_name("libvpx-vp9") != nil {
      return "libvpx-vp9"
    }
    let codec = unsafe av_guess_codec(
      context.pointee.oformat, nil, context.pointee.url, nil, AVMEDIA_TYPE_VIDEO)
    guard let encoder = unsafe avcodec_find_encoder(codec) else { return "libx264" }
    return unsafe FFmpeg.string(unsafe encoder.pointee.name)
  }

  /// Whether the output is pictures, one or a sequence.
  var holdsPictures: Bool {
    [Self.sequenceFormat, Self.pictureFormat, "webp"].contains(formatName)
  }

  /// Whether the container is not known to refuse what an encoder makes.
  func mayHold(encoder name: String) -> Bool {
    guard let encoder = unsafe avcodec_find_encoder_by_name(name) else { return false }
    return mayHold(unsafe encoder.pointee.id)
  }

  /// Whether the container is known to take a codec.
  func formatAccepts(_ codec: AVCodecID) -> Bool {
    answer(about: codec) ?? false
  }

  /// Whether the container is not known to refuse a codec; writing the header tells.
  func mayHold(_ codec: AVCodecID) -> Bool {
    answer(about: codec) ?? true
  }

  /// `nil` where neither FFmpeg nor our own lists know.
  func answer(about codec: AVCodecID) -> Bool? {
    if let codecs = ContainerCodecs.ofFormat(formatName) { return codecs.contains(codec) }
    switch unsafe avformat_query_codec(context.pointee.oformat, codec, FF_COMPLIANCE_NORMAL) {
    case 0: return false
    case 1: return true
    default: return nil
    }
  }

  /// Whether pictures presented before time zero are shown by players of this container. In the
  /// MP4 family, an edit list cuts them off; the others move every stream themselves.
  package var showsNegativeTimes: Bool { !isMP4Family }

  static let mp4Family = ["mp4", "mov", "ipod", "ismv", "3gp", "3g2", "psp", "f4v"]

  var isMP4Family: Bool { Self.mp4Family.contains(formatName) }

  var isMatroska: Bool { formatName == "matroska" || formatName == "webm" }

  /// Opens the file and writes the header. A file that stood there is emptied only after the
  /// container accepted its streams; one that was created for nothing is removed.
  func openAndWriteHeader() -> Int32 {
    // What is written reaches the file at once, and the same input gives the same bytes.
    unsafe context.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS | AVFMT_FLAG_BITEXACT
    setStreamRate()
    let hasFile = unsafe context.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0
    var isNew = false
    let code = unsafe FFmpeg.withOptions(containerOptions()) { options -> Int32 in
      if hasFile {
        let code = unsafe initialise(options)
        if code < 0 { return code }
        let isPicture = formatName == Self.pictureFormat || formatName == "webp"
        let isKept = unsafe self.options.keepsEarlier && avio_check(Self.url(of: path), 0) >= 0
        if isPicture || isKept {
          replacement = Self.localPath(of: path).flatMap(FileReplacement.init(path:))
        }
        let url = replacement.map { Self.url(of: $0.temporaryPath) } ?? Self.url(of: path)
        if replacement == nil, PipeOutput.isPipe(path) {
          var opening: Int32 = 0
          pipe = PipeOutput(path: path, watch: watch, code: &opening)
          guard let pipe else { return opening }
          unsafe context.pointee.pb = pipe.handle
        } else {
          isNew = unsafe Self.localPath(of: path) != nil && avio_check(url, 0) < 0
          var callback = unsafe watch.callback
          let opening = unsafe avio_open2(
            &context.pointee.pb, url, AVIO_FLAG_WRITE, &callback, nil)
          if opening < 0 { return opening }
          if isNew, replacement == nil { createdPath = Self.localPath(of: path) }
        }
      }
      return unsafe avformat_write_header(context, options)
    }
    if code < 0 {
      closeFile()
      let wasReplacement = replacement != nil
      replacement = nil
      if hasFile, isNew, !wasReplacement, let path = Self.localPath(of: path) {
        // What cannot be removed is an empty file more; the error that is told matters more.
        try? FileManager.default.removeItem(atPath: path)
      }
    }
    // Delayed headers switch this off, yet MPEG-TS audio cannot go into MP4 without.
    unsafe context.pointee.flags |= AVFMT_FLAG_AUTO_BSF
    return code
  }

  /// Takes away the file that was not there before, if any.
  func removeCreatedFile() {
    guard let createdPath else { return }
    try? FileManager.default.removeItem(atPath: createdPath)
  }

  /// Has the container look at its streams, with memory in the place of the file.
  private func initialise(_ options: UnsafeMutablePointer<OpaquePointer?>) -> Int32 {
    let opening = unsafe avio_open_dyn_buf(&context.pointee.pb)
    if opening < 0 { return opening }
    let code = unsafe avformat_init_output(context, options)
    var written: UnsafeMutablePointer<UInt8>?
    unsafe avio_close_dyn_buf(context.pointee.pb, &written)
    unsafe av_free(written)
    unsafe context.pointee.pb = nil
    return code
  }

  /// The path of a file on this machine, `nil` for everything else.
  static func localPath(of path: String) -> String? {
    if path.hasPrefix("file:") { return String(path.dropFirst("file:".count)) }
    return path == "-" || path.contains("://") || path.hasPrefix("pipe:") ? nil : path
  }

  /// Containers of constant rate take the time base of the video for its rate.
  private func setStreamRate() {
    guard unsafe context.pointee.oformat.pointee.flags & AVFMT_VARIABLE_FPS == 0,
      let stream = unsafe context.pointee.streams[0]
    else { return }
    let rate = unsafe stream.pointee.avg_frame_rate
    if Rational(rate).isPositive {
      unsafe stream.pointee.time_base = AVRational(num: rate.den, den: rate.num)
    }
  }

  /// Settings that make an interrupted file playable and keep timestamps exact.
  private func containerOptions() -> [(name: String, value: String)] {
    if isMP4Family {
      // No shift into the positive: edit lists hold starts before and after zero.
      unsafe context.pointee.avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED
      // The trailer lists every fragment for seeking; the list would grow for as long as a live run lasts.
      let isLive = self.options.isLive
      var options: [(name: String, value: String)] = [
        // Fragments of a second: a killed run plays up to the last one. The header waits for the
        // first fragment (delay_moov), because only then the edit lists are known.
        (
          "movflags",
          "+frag_keyframe+delay_moov+default_base_moof" + (isLive ? "+skip_trailer" : "")
        ),
        // Who watches is not to wait for a whole second.
        ("frag_duration", isWatchedPipe ? "1" : "1000000"),
      ]
      if let timescale = videoTimescale() {
        options.append(("video_track_timescale", "\(timescale)"))
        options.append(("movie_timescale", "\(movieTimescale(video: timescale))"))
      }
      return options
    }
    switch formatName {
    case Self.sequenceFormat: return [("atomic_writing", "1")]
    case "rtsp": return [("rtsp_transport", "tcp")]
    case "hls": return playlistOptions
    default: return isMatroska ? [("cluster_time_limit", isWatchedPipe ? "1" : "1000")] : []
    }
  }

  /// Whether somebody at the other end of a pipe may watch what is written.
  private var isWatchedPipe: Bool { options.isLive && options.place == .pipe }

  /// HLS: a live playlist rolls on and old segments are removed; that of a file lists all of them. A
  /// reader never sees half a playlist or segment.
  private var playlistOptions: [(name: String, value: String)] {
    if options.isLive {
      return [
        ("hls_time", "2"), ("hls_list_size", "6"),
        ("hls_flags", "independent_segments+delete_segments+temp_file+program_date_time"),
      ]
    }
    // The segment length that Apple's authoring specification recommends (section 7.5).
    return [
      ("hls_time", "6"), ("hls_list_size", "0"), ("hls_playlist_type", "vod"),
      ("hls_flags", "independent_segments+temp_file"),
    ]
  }

  /// The ticks a second that hold the video's timestamps exactly.
  private func videoTimescale() -> Int? {
    guard let denominator = videoTimeBase?.denominator, denominator > 0,
      denominator <= Int(Int32.max)
    else { return nil }
    return denominator
  }

  /// A common multiple of all streams' ticks, in which the starts of edit lists are exact; the
  /// video's where there is none within 32 bits.
  private func movieTimescale(video: Int) -> Int {
    var multiple = video
    for timeBase in copies.withLock({ $0.timeBases }) {
      let denominator = timeBase.denominator
      guard denominator > 0 else { continue }
      let (product, overflows) = (multiple / greatestCommonDivisor(multiple, denominator))
        .multipliedReportingOverflow(by: denominator)
      if overflows || product > Int(Int32.max) { return video }
      multiple = product
    }
    return multiple
  }

  private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }

  @discardableResult
  func closeFile() -> Int32 {
    guard unsafe context.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0,
      unsafe context.pointee.pb != nil
    else { return 0 }
    if let pipe {
      let code = pipe.flush()
      unsafe context.pointee.pb = nil
      self.pipe = nil
      return code
    }
    return unsafe avio_closep(&context.pointee.pb)
  }
}
