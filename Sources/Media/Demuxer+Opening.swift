internal import CFFmpeg
import Foundation
import Imaging

extension Demuxer {
  /// How one input is opened, from its path to its streams.
  struct Opening {
    let path: String
    let options: InputOptions
    let watch: IOWatch
    /// `nil` for files, devices and everything else without `scheme://`.
    private let address: NetworkAddress?

    /// How long the end of a connection may take.
    static let farewellSeconds = 0.5
    /// How long a stream that comes by segments may pause between two of them. A playlist is read anew
    /// after the length of a segment at the latest (RFC 8216, section 6.3.4); 10 s are the longest in
    /// common use, and a server may be late with one.
    private static let segmentSeconds = 20.0
    /// Intervals from which FFmpeg guesses the frame rate of a live input, instead of 20: those of a
    /// camera at 5 fps take four seconds. It needs seven frames of H.264 all the same, for the depth of
    /// its reordering.
    private static let rateProbeFrames: Int32 = 3

    init(path: String, options: InputOptions, watch: IOWatch) {
      self.path = path
      self.options = options
      self.watch = watch
      address = Demuxer.isFile(path) ? nil : NetworkAddress(path)
    }

    private var isDevice: Bool { Demuxer.isDevice(path) }
    private var isAlwaysLive: Bool { isDevice || address?.isAlwaysLive == true }
    /// Whether there is a deadline from the beginning. Files from the network have none but that of each
    /// transfer: their header may be long and the way to it slow.
    var hasDeadline: Bool { isAlwaysLive || options.isLive == true }
    private var timeout: Double { options.network.timeoutSeconds }

    /// How long the next picture of a live input may take.
    func patienceSeconds(isSegmented: Bool) -> Double {
      timeout + (isSegmented ? Self.segmentSeconds : 0)
    }

    static func isSegmented(_ formatName: String) -> Bool {
      formatName == "hls" || formatName == "dash"
    }

    /// Opens the input, to be closed by the caller.
    ///
    /// - Throws: `cannotOpen`, `unsupportedInput`, `notAuthorized`, `outOfMemory`.
    func open(
      pipe: PipeInput?
    ) throws(MediaError) -> UnsafeMutablePointer<AVFormatContext> {
      let target = try Demuxer.address(of: path, format: options.format)
      var inputFormat: UnsafePointer<AVInputFormat>?
      if let name = target.format {
        unsafe inputFormat = av_find_input_format(name)
        guard unsafe inputFormat != nil else {
          throw .unsupportedInput(
            path: path, reason: "the installed FFmpeg has no input format '\(name)'")
        }
      }
      if let reason = address?.refusal { throw .unsupportedInput(path: path, reason: reason) }
      if let address, address.isRemote, !address.isContainer,
        unsafe avio_find_protocol_name(target.url) == nil
      {
        throw failure(FFmpeg.protocolNotFound)
      }
      if hasDeadline || address?.isRemote == true { watch.allow(seconds: timeout) }
      if let address, address.isRemote, let reason = address.lookUp(watch) {
        throw .cannotOpen(path: path, reason: reason)
      }
      if watch.isOver { throw failure(FFmpeg.interrupted) }
      if !hasDeadline { watch.allow(seconds: nil) }
      var opened = unsafe avformat_alloc_context()
      guard let allocated = unsafe opened else { throw .outOfMemory }
      unsafe allocated.pointee.interrupt_callback = unsafe watch.callback
      unsafe allocated.pointee.pb = pipe?.handle
      // Waiting for a camera's next picture is nothing that FFmpeg can be called back from.
      if isDevice { unsafe allocated.pointee.flags |= AVFMT_FLAG_NONBLOCK }
      var settings = address.map { options.network.options(for: $0) } ?? []
      // The name of a file that exists is no pattern of a sequence, whatever it looks like.
      if Demuxer.isFile(path) { settings.append(("pattern_type", "none")) }
      // On failure the context is freed by the call itself.
      let code = unsafe FFmpeg.withOptions(settings) {
        unsafe avformat_open_input(&opened, target.url, inputFormat, $0)
      }
      guard code >= 0, let context = unsafe opened else { throw failure(code) }
      return unsafe context
    }

    /// Reads what the header leaves open and refuses what only looks like media.
    ///
    /// - Parameter arrivals: Notes when the packets that are read meanwhile come.
    /// - Throws: `cannotOpen`, `notVideo`.
    func check(
      _ context: UnsafeMutablePointer<AVFormatContext>, noting arrivals: FirstArrivals
    ) throws(MediaError) {
      // FFmpeg draws text files as video ("tty"); nobody looks for faces in them.
      if unsafe FFmpeg.string(context.pointee.iformat.pointee.name) == "tty" {
        throw .notVideo(path: path, reason: "is a text file, not a video")
      }
      let isLive = unsafe isLive(context)
      // For the first packet, and then for those that are looked into.
      if isLive || hasDeadline { watch.allow(seconds: 2 * timeout) }
      if isLive {
        // Packets read here are kept for later. FFmpeg's "nobuffer" throws them away, and the first
        // key frame with them, which costs seconds of picture to win nothing.
        unsafe context.pointee.fps_probe_size = Self.rateProbeFrames
        // Only as long as something is missing: the next key frame of a stream without parameters
        // of its own may be that far away.
        unsafe context.pointee.max_analyze_duration = Int64(timeout * Double(AV_TIME_BASE))
      }
      let code = unsafe arrivals.note(in: context, watch) {
        unsafe avformat_find_stream_info(context, nil)
      }
      if watch.isOver {
        if watch.interruption.isRaised { throw failure(FFmpeg.interrupted) }
        throw .cannotOpen(path: path, reason: "no picture within \(secondsText(2 * timeout))")
      }
      guard code >= 0 else { throw failure(code) }
    }

    /// Whether packets come at their own pace and cannot be read again: from a camera's protocol always,
    /// otherwise where there is no end and no way back; unless the user knows better. A picture waits for nobody.
    func isLive(_ context: UnsafeMutablePointer<AVFormatContext>) -> Bool {
      if let isLive = options.isLive { return isLive && !Demuxer.isPictureFile(path) }
      if isAlwaysLive { return true }
      let duration = unsafe context.pointee.duration
      guard duration == FFmpeg.noTimestamp || duration <= 0 else { return false }
      // A playlist without an end goes on, be it a file.
      let name = unsafe FFmpeg.string(context.pointee.iformat.pointee.name)
      if Self.isSegmented(name) { return true }
      guard address?.isRemote == true, let reader = unsafe context.pointee.pb else { return false }
      return unsafe reader.pointee.seekable & AVIO_SEEKABLE_NORMAL == 0 && avio_size(reader) <= 0
    }

    /// Closes what could not be used.
    func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
      watch.beginClosing(withinSeconds: Self.farewellSeconds)
      var closing: UnsafeMutablePointer<AVFormatContext>? = unsafe context
      unsafe avformat_close_input(&closing)
    }

    private func failure(_ code: Int32) -> MediaError {
      if code == FFmpeg.timedOut || (watch.isOverdue && !watch.interruption.isRaised) {
        return .cannotOpen(path: path, reason: "no answer for \(secondsText(timeout))")
      }
      if code == FFmpeg.unauthorized {
        return .notAuthorized(
          path: path, reason: "the user name or the password is wrong or missing (401)")
      }
      if code == FFmpeg.forbidden {
        return .notAuthorized(path: path, reason: "the user may not see it (403)")
      }
      if code == FFmpeg.protocolNotFound {
        return .unsupportedInput(path: path, reason: FFmpeg.reason(code))
      }
      return .cannotOpen(path: path, reason: FFmpeg.reason(code))
    }
  }
}

extension Demuxer {
  /// What FFmpeg is to open for a path of ours.
  static func address(
    of path: String, format: String?
  ) throws(MediaError) -> (url: String, format: String?) {
    if path == "-" { return ("pipe:0", format) }
    if path.hasPrefix("lavfi:") { return (String(path.dropFirst("lavfi:".count)), "lavfi") }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      // What no protocol of FFmpeg begins with is a file that is not there, or a sequence of them. RTSP is
      // none of its protocols, but a container.
      let isFile = unsafe NetworkAddress(path) == nil && avio_find_protocol_name(path) == nil
      return (isFile ? "file:" + path : path, format)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      throw .cannotOpen(path: path, reason: "it is a directory")
    case S_IFREG where status.st_size == 0:
      throw .cannotOpen(path: path, reason: "the file is empty")
    case S_IFCHR where isDevice(path):
      return (path, format ?? "v4l2")
    default:
      // A name with a colon is not to be taken for a URL.
      return (path.contains("://") ? path : "file:" + path, format)
    }
  }

  /// Whether a path is that of one picture on this machine.
  static func isPictureFile(_ path: String) -> Bool { isFile(path) && Media.isPictureFile(path) }

  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The default video stream, otherwise the one with the largest picture.
  static func chooseVideo(
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
}
