internal import CFFmpeg
import Foundation
import Imaging
import Synchronization

/// Puts the encoded video and the input's other streams together into a container.
///
/// Nothing on disk is touched before `open()`. Packets of other streams that arrive earlier wait.
///
/// `@unchecked Sendable`: the input's thread copies packets while the encoder's thread writes; `state`
/// guards the context and everything else that changes.
@safe
package final class Muxer: @unchecked Sendable {
  package let path: String
  /// FFmpeg's name of the container, such as `mp4`.
  package let formatName: String
  /// Whether encoders must put their parameters into the container's header.
  package let needsGlobalHeader: Bool

  private let context: UnsafeMutablePointer<AVFormatContext>
  private let interruption: Interruption
  private let state = Mutex(State())

  private struct State {
    var isOpen = false
    var isFinished = false
    /// Output stream and input time base by input stream index.
    var copied: [Int: CopiedStream] = [:]
    var videoTimeBase: Rational?
    var waiting: [Packet] = []
    var waitingBytes = 0
    /// Added to every timestamp, in seconds: brings an arbitrary clock near zero.
    var shiftSeconds: Double = 0
    var rejectedPackets = 0
  }

  private struct CopiedStream {
    var outputIndex: Int32
    var timeBase: Rational
    var lastDecodeTicks: Int64?
  }

  /// Packets kept until the first video frame is encoded; an input beyond that has no usable video.
  private static let waitingLimit = 256 << 20

  /// How far apart in time the streams may arrive before packets leave without their neighbours, in
  /// microseconds: more than an encoder looks ahead at one frame a second.
  private static let interleavingLimit: Int64 = 60_000_000

  /// Chooses the container.
  ///
  /// - Throws: `unknownContainer`, `unknownOutputFormat`, `outOfMemory`.
  package init(options: OutputOptions, interruption: Interruption) throws(MediaError) {
    FFmpeg.start
    path = options.path
    self.interruption = interruption
    let url = Self.url(of: options.path)
    var allocated: UnsafeMutablePointer<AVFormatContext>?
    let format = options.format ?? Self.formatOfScheme(options.path)
    let code = unsafe avformat_alloc_output_context2(
      &allocated, nil, format, options.path == "-" ? nil : url)
    guard code >= 0, let context = unsafe allocated else {
      if let format = options.format { throw .unknownOutputFormat(name: format) }
      throw .unknownContainer(path: options.path)
    }
    unsafe self.context = context
    unsafe formatName = FFmpeg.string(context.pointee.oformat.pointee.name)
    unsafe needsGlobalHeader = context.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0
    unsafe context.pointee.interrupt_callback = interruption.callback
    // The video comes first; it is filled when its encoder is known.
    guard unsafe avformat_new_stream(context, nil) != nil else { throw .outOfMemory }
    if unsafe context.pointee.url == nil { unsafe context.pointee.url = av_strdup(url) }
  }

  deinit {
    closeFile()
    unsafe avformat_free_context(context)
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

  /// Fills the output's first stream, the encoded video, from its encoder.
  ///
  /// - Throws: `cannotWrite`, `outOfMemory`.
  package func setVideo(from encoder: Encoder, replacing demuxer: Demuxer) throws(MediaError) {
    let source = demuxer.videoStream
    guard let stream = unsafe context.pointee.streams[0] else { throw .outOfMemory }
    let code = unsafe encoder.withHandle {
      unsafe avcodec_parameters_from_context(stream.pointee.codecpar, $0)
    }
    guard code >= 0 else { throw .outOfMemory }
    guard mayHold(unsafe stream.pointee.codecpar.pointee.codec_id) else {
      throw .cannotWrite(
        path: path, reason: "container '\(formatName)' cannot hold what '\(encoder.name)' encodes")
    }
    unsafe stream.pointee.time_base = encoder.timeBase.avRational
    unsafe stream.pointee.sample_aspect_ratio =
      stream.pointee.codecpar.pointee.sample_aspect_ratio
    unsafe demuxer.withHandle { input in
      guard let from = unsafe input.pointee.streams[source.index] else { return }
      unsafe stream.pointee.avg_frame_rate = from.pointee.avg_frame_rate
      unsafe stream.pointee.r_frame_rate = from.pointee.r_frame_rate
      unsafe stream.pointee.disposition = from.pointee.disposition
      unsafe copyMetadata(
        from: from.pointee.metadata, to: &stream.pointee.metadata, encodedAnew: true)
      _ = unsafe facestream_copy_side_data(stream, from, 1)
    }
    state.withLock { $0.videoTimeBase = encoder.timeBase }
  }

  /// Adds every other stream of the input, its chapters and its metadata, to be copied untouched.
  ///
  /// - Returns: One sentence for each stream the container refuses.
  /// - Throws: `outOfMemory`.
  package func addCopies(from demuxer: Demuxer) throws(MediaError) -> [String] {
    var warnings: [String] = []
    for source in demuxer.streams where source.index != demuxer.videoStream.index {
      let accepted = unsafe try demuxer.withHandle { input throws(MediaError) in
        guard let from = unsafe input.pointee.streams[source.index] else { return false }
        return try unsafe addCopy(of: from, as: source)
      }
      if !accepted {
        let what = source.isCoverArt ? "cover picture" : "\(source.kind.rawValue) stream"
        warnings.append(
          "\(what) \(source.index) (\(source.codec)) is left out: container '\(formatName)' "
            + "cannot hold it (.mkv holds most)")
      }
    }
    unsafe demuxer.withHandle { input in
      unsafe copyMetadata(
        from: input.pointee.metadata, to: &context.pointee.metadata, encodedAnew: false)
      unsafe copyChapters(from: input)
    }
    return warnings
  }

  /// Whether pictures presented before time zero are shown by players of this container. In the
  /// MP4 family, an edit list cuts them off; the others move every stream themselves.
  package var showsNegativeTimes: Bool { !isMP4Family }

  private var isMP4Family: Bool { ["mp4", "mov", "ipod", "ismv"].contains(formatName) }

  /// Makes every timestamp earlier by so many seconds, for inputs whose clock the container cannot
  /// hold. Call it before `open()`.
  package func shiftTimestamps(bySeconds seconds: Double) {
    state.withLock { $0.shiftSeconds = -seconds }
  }

  /// Creates the file, writes the header and the packets that waited for it.
  ///
  /// - Throws: `cannotWrite`.
  package func open() throws(MediaError) {
    FFmpeg.forgetMessages()
    let code = openAndWriteHeader()
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
    // All under one lock: a packet that arrives now must not overtake those that waited.
    let copying = state.withLock { state -> Int32 in
      state.isOpen = true
      defer {
        state.waiting = []
        state.waitingBytes = 0
      }
      for packet in state.waiting {
        let code = copy(packet, &state)
        if code < 0 { return code }
      }
      return 0
    }
    guard copying >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(copying)) }
  }

  /// Writes one packet of the encoded video.
  ///
  /// - Throws: `cannotWrite`.
  package func write(_ packet: Packet) throws(MediaError) {
    let code = state.withLock { state -> Int32 in
      guard let timeBase = state.videoTimeBase else { preconditionFailure("write before setVideo") }
      unsafe packet.handle.pointee.stream_index = 0
      return submit(packet, timeBase: timeBase, shiftSeconds: state.shiftSeconds)
    }
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
  }

  /// Passes on a packet of a stream that is copied; those of other streams, and those that come
  /// after the end, are ignored.
  ///
  /// - Throws: `cannotWrite`.
  package func copy(_ packet: Packet) throws(MediaError) {
    let code = state.withLock { copy(packet, &$0) }
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
  }

  /// Hands a packet of a copied stream on, or keeps it until the header is written. The caller holds
  /// the lock.
  private func copy(_ packet: Packet, _ state: inout State) -> Int32 {
    guard !state.isFinished, var stream = state.copied[packet.streamIndex] else { return 0 }
    guard state.isOpen else {
      state.waiting.append(packet)
      state.waitingBytes += packet.size
      return state.waitingBytes > Self.waitingLimit ? FFmpeg.outOfMemory : 0
    }
    let handle = unsafe packet.handle
    // A container refuses decoding times that fall; broken inputs have them.
    let decodeTicks = unsafe handle.pointee.dts
    if decodeTicks != FFmpeg.noTimestamp, let last = stream.lastDecodeTicks, decodeTicks < last {
      unsafe handle.pointee.dts = last
      unsafe handle.pointee.pts = max(handle.pointee.pts, last)
    }
    if unsafe handle.pointee.dts != FFmpeg.noTimestamp {
      unsafe stream.lastDecodeTicks = handle.pointee.dts
    }
    state.copied[packet.streamIndex] = stream
    unsafe handle.pointee.stream_index = stream.outputIndex
    let code = submit(packet, timeBase: stream.timeBase, shiftSeconds: state.shiftSeconds)
    if code == facestream_averror(EINVAL) {
      state.rejectedPackets += 1
      return 0
    }
    return code
  }

  /// Packets of copied streams the container refused, for want of a usable timestamp.
  package var rejectedPacketCount: Int { state.withLock { $0.rejectedPackets } }

  /// Writes what is still held back and the trailer, and closes the file.
  ///
  /// - Throws: `cannotWrite`.
  package func finish() throws(MediaError) {
    FFmpeg.forgetMessages()
    let code = state.withLock { state -> Int32 in
      let isToFinish = state.isOpen && !state.isFinished
      state.isFinished = true
      guard isToFinish else { return 0 }
      let trailer = unsafe av_write_trailer(context)
      let closing = closeFile()
      return trailer < 0 ? trailer : closing
    }
    guard code >= 0 else { throw .cannotWrite(path: path, reason: FFmpeg.reason(code)) }
  }
}

extension Muxer {
  private static func url(of path: String) -> String {
    if path == "-" { return "pipe:1" }
    let isURL = path.contains("://") || path.hasPrefix("pipe:") || path.hasPrefix("file:")
    return isURL ? path : "file:" + path
  }

  /// The container a streaming scheme goes with.
  private static func formatOfScheme(_ path: String) -> String? {
    guard let end = path.range(of: "://") else { return nil }
    switch path[..<end.lowerBound] {
    case "rtsp", "rtsps": return "rtsp"
    case "rtmp", "rtmps": return "flv"
    case "udp", "srt", "rtp": return "mpegts"
    default: return nil
    }
  }

  /// Whether the container is known to take a codec.
  private func formatAccepts(_ codec: AVCodecID) -> Bool {
    answer(about: codec) ?? false
  }

  /// Whether the container is not known to refuse a codec; writing the header tells.
  private func mayHold(_ codec: AVCodecID) -> Bool {
    answer(about: codec) ?? true
  }

  /// `nil` where neither FFmpeg nor our own lists know.
  private func answer(about codec: AVCodecID) -> Bool? {
    if let codecs = ContainerCodecs.ofFormat(formatName) { return codecs.contains(codec) }
    switch unsafe avformat_query_codec(context.pointee.oformat, codec, FF_COMPLIANCE_NORMAL) {
    case 0: return false
    case 1: return true
    default: return nil
    }
  }

  private func newStream() throws(MediaError) -> UnsafeMutablePointer<AVStream> {
    guard let stream = unsafe avformat_new_stream(context, nil) else { throw .outOfMemory }
    return unsafe stream
  }

  private func addCopy(
    of source: UnsafeMutablePointer<AVStream>, as description: StreamDescription
  ) throws(MediaError) -> Bool {
    guard let parameters = unsafe source.pointee.codecpar, unsafe canHold(parameters) else {
      return false
    }
    let stream = unsafe try newStream()
    guard unsafe avcodec_parameters_copy(stream.pointee.codecpar, parameters) >= 0 else {
      throw .outOfMemory
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
    let copied = unsafe CopiedStream(
      outputIndex: stream.pointee.index, timeBase: description.timeBase, lastDecodeTicks: nil)
    state.withLock { $0.copied[description.index] = copied }
    return true
  }

  /// Whether the container takes packets of this codec.
  private func canHold(_ parameters: UnsafeMutablePointer<AVCodecParameters>) -> Bool {
    let parameters = unsafe parameters.pointee
    if unsafe parameters.codec_id == AV_CODEC_ID_NONE { return false }
    if unsafe parameters.codec_type == AVMEDIA_TYPE_ATTACHMENT
      || parameters.codec_type == AVMEDIA_TYPE_DATA
    {
      guard formatName.hasPrefix("matroska") || formatName == "mpegts" else { return false }
    }
    return unsafe formatAccepts(parameters.codec_id)
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

  private func openAndWriteHeader() -> Int32 {
    unsafe context.pointee.max_interleave_delta = Self.interleavingLimit
    unsafe context.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS
    if unsafe context.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0 {
      var callback = unsafe interruption.callback
      let code = unsafe avio_open2(
        &context.pointee.pb, context.pointee.url, AVIO_FLAG_WRITE, &callback, nil)
      if code < 0 { return code }
    }
    let (code, _) = unsafe FFmpeg.withOptions(containerOptions()) { options in
      unsafe avformat_write_header(context, options)
    }
    if code < 0 { closeFile() }
    return code
  }

  /// Settings that make an interrupted file playable and keep timestamps exact.
  private func containerOptions() -> [(name: String, value: String)] {
    if isMP4Family {
      // No shift into the positive: edit lists hold starts before and after zero.
      unsafe context.pointee.avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED
      var options: [(name: String, value: String)] = [
        // Fragments of a second: a killed run plays up to the last one. The header waits for the
        // first fragment (delay_moov), because only then the edit lists are known.
        ("movflags", "+frag_keyframe+delay_moov+default_base_moof"),
        ("frag_duration", "1000000"),
      ]
      if let timescale = videoTimescale() {
        options.append(("video_track_timescale", "\(timescale)"))
        options.append(("movie_timescale", "\(movieTimescale(video: timescale))"))
      }
      return options
    }
    let isMatroska = formatName == "matroska" || formatName == "webm"
    return isMatroska ? [("cluster_time_limit", "1000")] : []
  }

  /// The ticks a second that hold the video's timestamps exactly.
  private func videoTimescale() -> Int? {
    guard let timeBase = state.withLock({ $0.videoTimeBase }) else { return nil }
    let denominator = timeBase.denominator
    guard denominator > 0, denominator <= Int(Int32.max) else { return nil }
    return denominator
  }

  /// A common multiple of all streams' ticks, in which the starts of edit lists are exact; the
  /// video's where there is none within 32 bits.
  private func movieTimescale(video: Int) -> Int {
    var multiple = video
    for stream in state.withLock({ Array($0.copied.values) }) {
      let denominator = stream.timeBase.denominator
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

  /// Hands a packet to the interleaving queue. The caller holds the lock.
  private func submit(_ packet: Packet, timeBase: Rational, shiftSeconds: Double) -> Int32 {
    let handle = unsafe packet.handle
    let index = unsafe Int(handle.pointee.stream_index)
    guard let stream = unsafe context.pointee.streams[index] else { return FFmpeg.outOfMemory }
    if shiftSeconds != 0 {
      let shift = Int64((shiftSeconds / timeBase.doubleValue).rounded())
      if unsafe handle.pointee.pts != FFmpeg.noTimestamp { unsafe handle.pointee.pts += shift }
      if unsafe handle.pointee.dts != FFmpeg.noTimestamp { unsafe handle.pointee.dts += shift }
    }
    unsafe av_packet_rescale_ts(handle, timeBase.avRational, stream.pointee.time_base)
    unsafe handle.pointee.pos = -1
    FFmpeg.forgetMessages()
    return unsafe av_interleaved_write_frame(context, handle)
  }

  @discardableResult
  private func closeFile() -> Int32 {
    guard unsafe context.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0,
      unsafe context.pointee.pb != nil
    else { return 0 }
    return unsafe avio_closep(&context.pointee.pb)
  }
}
