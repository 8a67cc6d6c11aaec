internal import CFFmpeg
import Foundation
import Imaging

/// How an input is opened.
package struct InputOptions: Sendable, Equatable {
  /// Larger pictures are refused: each costs its size several times over in memory.
  package var maximumPixels: Int
  /// Decoder threads.
  package var threads: Int
  /// FFmpeg's name of the container, for inputs that cannot be probed; `nil` probes.
  package var format: String?

  package init(maximumPixels: Int = 8192 * 8192, threads: Int = 1, format: String? = nil) {
    self.maximumPixels = maximumPixels
    self.threads = threads
    self.format = format
  }
}

/// Takes a container apart into packets.
///
/// `@unchecked Sendable`: opened on one thread, then used by the one it was handed to.
@safe
package final class Demuxer: @unchecked Sendable {
  /// As the user gave it.
  package let path: String
  package let streams: [StreamDescription]
  /// FFmpeg's name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`.
  package let formatName: String
  /// As the container says; `nil` when it does not.
  package let durationSeconds: Double?
  /// Earliest timestamp of all streams in seconds, as the container says.
  package let startSeconds: Double?
  /// Whether timestamps count from an arbitrary moment and may jump, as in broadcast streams.
  package let hasArbitraryClock: Bool
  package let metadata: [(key: String, value: String)]
  package let chapterCount: Int
  /// Whether the frames are picture files, one or a sequence.
  package let holdsPictures: Bool
  /// Whether the input is one picture file.
  package let isStillPicture: Bool

  private let context: UnsafeMutablePointer<AVFormatContext>
  private let interruption: Interruption
  private let standardInput: StandardInput?
  private let videoIndex: Int
  private var continuity = ClockContinuity()
  private var failuresInARow = 0

  /// After so many failed reads without a packet in between, an input counts as ended.
  private static let toleratedFailures = 100

  /// Opens a file, URL or device and finds its video.
  ///
  /// - Parameter path: Anything FFmpeg opens; `-` is standard input and `lavfi:GRAPH` a filter graph.
  /// - Throws: `cannotOpen`, `notVideo`, `pictureTooLarge`.
  package init(path: String, options: InputOptions, interruption: Interruption)
    throws(MediaError)
  {
    FFmpeg.start
    FFmpeg.forgetMessages()
    let address = try Self.address(of: path, format: options.format)
    var inputFormat: UnsafePointer<AVInputFormat>?
    if let name = address.format {
      unsafe inputFormat = av_find_input_format(name)
      guard unsafe inputFormat != nil else {
        throw .cannotOpen(path: path, reason: "the installed FFmpeg has no input format '\(name)'")
      }
    }
    var opened = unsafe avformat_alloc_context()
    guard let allocated = unsafe opened else { throw .outOfMemory }
    unsafe allocated.pointee.interrupt_callback = unsafe interruption.callback
    standardInput = path == "-" ? try StandardInput(interruption: interruption) : nil
    unsafe allocated.pointee.pb = standardInput?.handle
    // On failure the context is freed by the call itself.
    let isFile = Self.isFile(path)
    // The name of a file that exists is no pattern of a sequence, whatever it looks like.
    let code = unsafe FFmpeg.withOptions(isFile ? [("pattern_type", "none")] : []) {
      unsafe avformat_open_input(&opened, address.url, inputFormat, $0)
    }
    guard code >= 0, let context = unsafe opened else {
      throw .cannotOpen(path: path, reason: FFmpeg.reason(code))
    }
    unsafe self.context = context
    self.path = path
    self.interruption = interruption
    do throws(MediaError) {
      unsafe try Self.check(context, path: path)
      unsafe streams = (0..<Int(context.pointee.nb_streams)).compactMap { index in
        unsafe context.pointee.streams[index].map {
          unsafe Self.describe($0, in: context)
        }
      }
      videoIndex = try Self.chooseVideo(streams, path: path, limit: options.maximumPixels)
      guard let video = unsafe context.pointee.streams[videoIndex] else {
        throw .outOfMemory
      }
      unsafe videoHandle = video
    } catch {
      var closing: UnsafeMutablePointer<AVFormatContext>? = unsafe context
      unsafe avformat_close_input(&closing)
      throw error
    }
    unsafe formatName = FFmpeg.string(context.pointee.iformat.pointee.name)
    holdsPictures = formatName == "image2" || formatName.hasSuffix("_pipe")
    isStillPicture = holdsPictures && isFile && isPictureFile(path)
    let ticksPerSecond = Double(AV_TIME_BASE)
    let duration = unsafe context.pointee.duration
    let start = unsafe context.pointee.start_time
    durationSeconds =
      duration != FFmpeg.noTimestamp && duration > 0 ? Double(duration) / ticksPerSecond : nil
    startSeconds = start != FFmpeg.noTimestamp ? Double(start) / ticksPerSecond : nil
    unsafe hasArbitraryClock = context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
    unsafe metadata = Self.entries(context.pointee.metadata)
    unsafe chapterCount = Int(context.pointee.nb_chapters)
    // Other videos, such as the variants of an HLS stream, are not even fetched.
    for stream in streams where stream.kind == .video && stream.index != videoIndex {
      guard !stream.isCoverArt, let other = unsafe context.pointee.streams[stream.index] else {
        continue
      }
      unsafe other.pointee.discard = AVDISCARD_ALL
    }
  }

  deinit {
    var closing: UnsafeMutablePointer<AVFormatContext>? = unsafe context
    unsafe avformat_close_input(&closing)
  }

  /// The stream whose frames are processed: the one players would choose.
  package var videoStream: StreamDescription { streams[videoIndex] }

  /// The next packet in the file's order, `nil` at the end of the input or when interrupted.
  ///
  /// - Throws: `damaged` for a part that cannot be read; call again for what follows it.
  package func nextPacket() throws(MediaError) -> Packet? {
    let packet = try Packet()
    // Inputs that never wait never ask whether they are interrupted.
    while !interruption.isRaised {
      FFmpeg.forgetMessages()
      let code = unsafe av_read_frame(context, packet.handle)
      if code >= 0 {
        failuresInARow = 0
        if hasArbitraryClock { join(packet) }
        return packet
      }
      if code == FFmpeg.endOfFile || code == FFmpeg.interrupted || interruption.isRaised {
        return nil
      }
      if code == FFmpeg.tryAgain {
        usleep(1_000)
        continue
      }
      failuresInARow += 1
      if failuresInARow > Self.toleratedFailures { return nil }
      throw .damaged(reason: FFmpeg.reason(code))
    }
    return nil
  }

  /// How often the input's clock jumped and was joined.
  package var clockJumpCount: Int { continuity.jumpCount }

  /// Moves a packet's times to where its stretch of the clock belongs.
  private func join(_ packet: Packet) {
    guard streams.indices.contains(packet.streamIndex) else { return }
    let handle = unsafe packet.handle
    let timeBase = streams[packet.streamIndex].timeBase.avRational
    let microseconds = AVRational(num: 1, den: AV_TIME_BASE)
    let decodeTicks = unsafe handle.pointee.dts
    guard decodeTicks != FFmpeg.noTimestamp else { return }
    // Subtitles and data come and go; only a steady stream shows a jump.
    let kind = streams[packet.streamIndex].kind
    let isSteady = kind == .video || kind == .audio
    let offset = continuity.offset(
      steadyStream: isSteady ? packet.streamIndex : nil,
      begin: av_rescale_q(decodeTicks, timeBase, microseconds),
      duration: unsafe av_rescale_q(max(0, handle.pointee.duration), timeBase, microseconds))
    if offset == 0 { return }
    let shift = av_rescale_q(offset, microseconds, timeBase)
    unsafe handle.pointee.dts += shift
    if unsafe handle.pointee.pts != FFmpeg.noTimestamp { unsafe handle.pointee.pts += shift }
  }

  /// Where the input ends at the earliest by its container's header, in seconds; `nil` when no header
  /// says so. Some headers count from zero, some from the first timestamp.
  package var promisedEndSeconds: Double? {
    guard let durationSeconds,
      unsafe context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM
    else { return nil }
    return durationSeconds
  }

  /// Where the input's clock starts when that moment has no meaning of its own, as in recordings of
  /// broadcasts; `nil` for all others, whose timestamps are kept as they are.
  package var arbitraryStartSeconds: Double? {
    guard hasArbitraryClock, let startSeconds, abs(startSeconds) > Self.plausibleStart else {
      return nil
    }
    return startSeconds
  }

  /// Beyond so many seconds a start is that of a clock nobody set; muxers use up to some ten.
  private static let plausibleStart = 60.0

  /// Where a packet's content ends, in seconds of its stream; `nil` without a timestamp.
  package func endSeconds(of packet: Packet) -> Double? {
    guard let ticks = packet.endTicks, streams.indices.contains(packet.streamIndex) else {
      return nil
    }
    return Timestamp(ticks: ticks, timeBase: streams[packet.streamIndex].timeBase).seconds
  }

  /// The video stream's handle; it stays where it is, also when streams are added while reading.
  let videoHandle: UnsafeMutablePointer<AVStream>

  /// Lends the container's handle to this module's decoder and muxer.
  func withHandle<Result, Failure: Error>(
    _ body: (UnsafeMutablePointer<AVFormatContext>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(context)
  }
}

extension Demuxer {
  /// What FFmpeg is to open for a path of ours.
  private static func address(
    of path: String, format: String?
  ) throws(MediaError) -> (url: String, format: String?) {
    if path == "-" { return ("pipe:0", format) }
    if path.hasPrefix("lavfi:") { return (String(path.dropFirst("lavfi:".count)), "lavfi") }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      // What no protocol of FFmpeg begins with is a file that is not there, or a sequence of them.
      return (unsafe avio_find_protocol_name(path) == nil ? "file:" + path : path, format)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      throw .cannotOpen(path: path, reason: "it is a directory")
    case S_IFREG where status.st_size == 0:
      throw .cannotOpen(path: path, reason: "the file is empty")
    case S_IFCHR where path.hasPrefix("/dev/video"):
      return (path, format ?? "v4l2")
    default:
      // A name with a colon is not to be taken for a URL.
      return (path.contains("://") ? path : "file:" + path, format)
    }
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Reads what the header leaves open and refuses what only looks like media.
  private static func check(
    _ context: UnsafeMutablePointer<AVFormatContext>, path: String
  ) throws(MediaError) {
    // FFmpeg draws text files as video ("tty"); nobody looks for faces in them.
    if unsafe FFmpeg.string(context.pointee.iformat.pointee.name) == "tty" {
      throw .notVideo(path: path, reason: "is a text file, not a video")
    }
    let code = unsafe avformat_find_stream_info(context, nil)
    guard code >= 0 else { throw .cannotOpen(path: path, reason: FFmpeg.reason(code)) }
  }

  /// The default video stream, otherwise the one with the largest picture.
  private static func chooseVideo(
    _ streams: [StreamDescription], path: String, limit: Int
  ) throws(MediaError) -> Int {
    let candidates = streams.filter { $0.video != nil && !$0.isCoverArt }
    guard !candidates.isEmpty else {
      throw .notVideo(path: path, reason: "has no video stream")
    }
    func pixels(_ stream: StreamDescription) -> Int {
      stream.video.map { $0.codedWidth * $0.codedHeight } ?? 0
    }
    let preferred = candidates.filter(\.isDefault)
    let pool = preferred.isEmpty ? candidates : preferred
    var best = pool[0]
    for stream in pool.dropFirst() where pixels(stream) > pixels(best) { best = stream }
    if let video = best.video {
      guard video.codedWidth > 0, video.codedHeight > 0 else {
        throw .notVideo(
          path: path,
          reason: "has a video stream without a picture size (\(best.codec), damaged or cut off)")
      }
      guard pixels(best) <= limit else {
        throw .pictureTooLarge(
          path: path, width: video.codedWidth, height: video.codedHeight, limit: limit)
      }
    }
    return best.index
  }

  private static func describe(
    _ stream: UnsafeMutablePointer<AVStream>, in context: UnsafeMutablePointer<AVFormatContext>
  ) -> StreamDescription {
    let parameters = unsafe stream.pointee.codecpar.pointee
    let timeBase = unsafe Rational(stream.pointee.time_base)
    func seconds(_ ticks: Int64) -> Double? {
      ticks == FFmpeg.noTimestamp ? nil : Timestamp(ticks: ticks, timeBase: timeBase).seconds
    }
    let kind: StreamDescription.Kind =
      switch unsafe parameters.codec_type {
      case AVMEDIA_TYPE_VIDEO: .video
      case AVMEDIA_TYPE_AUDIO: .audio
      case AVMEDIA_TYPE_SUBTITLE: .subtitle
      case AVMEDIA_TYPE_DATA: .data
      case AVMEDIA_TYPE_ATTACHMENT: .attachment
      default: .unknown
      }
    let disposition = unsafe stream.pointee.disposition
    return unsafe StreamDescription(
      index: Int(stream.pointee.index),
      kind: kind,
      codec: FFmpeg.string(avcodec_get_name(parameters.codec_id)),
      timeBase: timeBase,
      startSeconds: seconds(stream.pointee.start_time),
      durationSeconds: seconds(stream.pointee.duration),
      isDefault: disposition & AV_DISPOSITION_DEFAULT != 0,
      isCoverArt: disposition & AV_DISPOSITION_ATTACHED_PIC != 0,
      language: entries(stream.pointee.metadata).first { $0.key == "language" }?.value,
      video: kind == .video ? describeVideo(stream, parameters, in: context) : nil,
      audio: kind == .audio
        ? AudioProperties(
          sampleRate: Int(parameters.sample_rate), channels: Int(parameters.ch_layout.nb_channels))
        : nil)
  }

  /// A faster nominal rate is that of a fine time base.
  private static let plausibleRate = 240.0

  private static func describeVideo(
    _ stream: UnsafeMutablePointer<AVStream>, _ parameters: AVCodecParameters,
    in context: UnsafeMutablePointer<AVFormatContext>
  ) -> VideoProperties {
    let aspect = unsafe Rational(av_guess_sample_aspect_ratio(context, stream, nil))
    let measuredRate = unsafe Rational(stream.pointee.avg_frame_rate)
    let rate =
      measuredRate.isPositive ? measuredRate : unsafe Rational(stream.pointee.r_frame_rate)
    var orientation = Orientation.upright
    if let matrix = unsafe facestream_display_matrix(stream) {
      orientation = unsafe Orientation(
        displayMatrix: Array(UnsafeBufferPointer(start: matrix, count: 9)))
    }
    let nominalRate = unsafe Rational(av_guess_frame_rate(context, stream, nil))
    return unsafe VideoProperties(
      codedWidth: Int(parameters.width),
      codedHeight: Int(parameters.height),
      orientation: orientation,
      pixelFormat: FFmpeg.string(av_get_pix_fmt_name(AVPixelFormat(parameters.format))),
      sampleAspectRatio: aspect.isPositive ? aspect : Rational(1, 1),
      averageFrameRate: rate.isPositive ? rate : nil,
      nominalFrameRate: nominalRate.isPositive && nominalRate.doubleValue <= plausibleRate
        ? nominalRate : (rate.isPositive ? rate : nil),
      colorMatrix: FFmpeg.string(av_color_space_name(parameters.color_space)),
      colorRange: FFmpeg.string(av_color_range_name(parameters.color_range)),
      colorPrimaries: FFmpeg.string(av_color_primaries_name(parameters.color_primaries)),
      colorTransfer: FFmpeg.string(av_color_transfer_name(parameters.color_trc)),
      frameCount: stream.pointee.nb_frames > 0 ? Int(stream.pointee.nb_frames) : nil)
  }

  /// The entries of a metadata dictionary, in its order.
  private static func entries(_ dictionary: OpaquePointer?) -> [(key: String, value: String)] {
    var result: [(key: String, value: String)] = []
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while let next = unsafe av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
      unsafe result.append((String(cString: next.pointee.key), String(cString: next.pointee.value)))
      unsafe entry = next
    }
    return result
  }
}
