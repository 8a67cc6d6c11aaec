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
  /// Whether packets count as coming at their own pace; `nil` decides by where they come from.
  package var isLive: Bool?
  package var network: NetworkOptions

  package init(
    maximumPixels: Int = 8192 * 8192, threads: Int = 1, format: String? = nil,
    isLive: Bool? = nil, network: NetworkOptions = NetworkOptions()
  ) {
    self.maximumPixels = maximumPixels
    self.threads = threads
    self.format = format
    self.isLive = isLive
    self.network = network
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
  /// Whether packets come at their own pace and cannot be read again.
  package let isLive: Bool
  /// Whether packets come by segments: many at once, then none for seconds.
  package let isSegmented: Bool
  /// Whether an input that came to its end in order may go on when it is opened again: what has a length, and a
  /// file, would begin anew.
  package let mayGoOn: Bool
  /// When the connection stood, so that packets could begin to come.
  package let connected: ContinuousClock.Instant
  /// When the first packet of any stream came; when the connection stood, where that is not known. A camera may
  /// let its clients wait for its next key frame.
  package let firstArrival: ContinuousClock.Instant

  /// `nil` once closed.
  private var context: UnsafeMutablePointer<AVFormatContext>?
  private let watch: IOWatch
  /// Set where it is read here and not by FFmpeg.
  private let pipe: PipeInput?
  private let videoIndex: Int
  private let videoTemplate: StreamTemplate
  /// How long the next picture may take; `nil` for inputs that may take any time.
  private let patienceSeconds: Double?
  private let timeoutSeconds: Double
  /// Whether the pictures of a live input come without any time and get that of their arrival.
  private let isStampedByArrival: Bool
  private static let arrivalTimeBase = Rational(1, 90_000)
  /// Pictures that come at once get times so far apart, 10 ms, that every container can tell them.
  private static let leastArrivalTicks: Int64 = 900
  private var lastArrivalTicks: Int64?
  /// Spent waiting since the last packet of the video.
  private var waitedSeconds = 0.0
  private var hasTimedOut = false
  /// Of an input that is not live: its reader puts a live one on a line through all connections.
  private var timeline = InputTimeline()
  private var senderClock: SenderClock
  private var stamps = PacketStamps()
  private var failuresInARow = 0
  private var catchUp: CatchUp
  /// Whether the packets read came while the streams were being looked for.
  private var isCatchingUp = true

  /// A packet that takes longer had not come yet.
  private static let noticeableWait = Duration.milliseconds(5)

  /// After so many failed reads without a packet in between, an input counts as ended.
  private static let toleratedFailures = 100

  /// Opens a file, URL or device and finds its video.
  ///
  /// - Parameter path: Anything FFmpeg opens; `-` is standard input and `lavfi:GRAPH` a filter graph.
  /// - Throws: `cannotOpen`, `unsupportedInput`, `notAuthorized`, `notVideo`, `pictureTooLarge`.
  package init(path: String, options: InputOptions, interruption: Interruption)
    throws(MediaError)
  {
    FFmpeg.start
    FFmpeg.forgetMessages()
    watch = IOWatch(interruption: interruption)
    pipe = PipeInput.isPipe(path) ? try PipeInput(path: path, watch: watch) : nil
    let opening = Opening(path: path, options: options, watch: watch)
    let context = unsafe try opening.open(pipe: pipe)
    connected = .now
    unsafe self.context = context
    self.path = path
    let isFile = Self.isFile(path)
    let arrivals = FirstArrivals()
    do throws(MediaError) {
      unsafe try opening.check(context, noting: arrivals)
      var described = unsafe (0..<Int(context.pointee.nb_streams)).compactMap { index in
        unsafe context.pointee.streams[index].map {
          unsafe Self.describe($0, in: context)
        }
      }
      videoIndex = try Self.chooseVideo(described, path: path, limit: options.maximumPixels)
      isLive = unsafe opening.isLive(context)
      // FFmpeg numbers the pictures of such a camera as if they came at 25 a second.
      isStampedByArrival =
        unsafe isLive && context.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS != 0
        && described[videoIndex].codec == "mjpeg"
      if isStampedByArrival {
        described[videoIndex].timeBase = Self.arrivalTimeBase
        described[videoIndex].video?.averageFrameRate = nil
        described[videoIndex].video?.nominalFrameRate = nil
      }
      streams = described
      guard let video = unsafe context.pointee.streams[videoIndex] else {
        throw .outOfMemory
      }
      videoTemplate = unsafe try StreamTemplate(of: video)
    } catch {
      unsafe opening.close(context)
      throw error
    }
    firstArrival = arrivals.packet ?? connected
    catchUp = CatchUp(
      firstArrival: arrivals.picture ?? connected,
      startSeconds: isStampedByArrival ? nil : streams[videoIndex].startSeconds)
    unsafe formatName = FFmpeg.string(context.pointee.iformat.pointee.name)
    holdsPictures = formatName == "image2" || formatName.hasSuffix("_pipe")
    isStillPicture = holdsPictures && Self.isPictureFile(path)
    isSegmented = Opening.isSegmented(formatName)
    patienceSeconds =
      isLive || opening.hasDeadline ? opening.patienceSeconds(isSegmented: isSegmented) : nil
    timeoutSeconds = options.network.timeoutSeconds
    senderClock = SenderClock(ticksPerSecond: 1 / streams[videoIndex].timeBase.doubleValue)
    let ticksPerSecond = Double(AV_TIME_BASE)
    let duration = unsafe context.pointee.duration
    let start = unsafe context.pointee.start_time
    durationSeconds =
      duration != FFmpeg.noTimestamp && duration > 0 ? Double(duration) / ticksPerSecond : nil
    let isWhole = (isFile && !isSegmented) || path.hasPrefix("lavfi:")
    mayGoOn = durationSeconds == nil && !isWhole
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

  deinit { close() }

  /// Ends the connection, or closes the file; what is known of the streams stays. No packet may be
  /// asked for afterwards.
  package func close() {
    guard unsafe context != nil else { return }
    // A camera that is not told keeps its session, and may have none left for the next.
    watch.beginClosing(withinSeconds: Opening.farewellSeconds)
    unsafe avformat_close_input(&context)
  }

  /// The stream whose frames are processed: the one players would choose.
  package var videoStream: StreamDescription { streams[videoIndex] }

  /// The next packet in the file's order, `nil` at the end of the input or when interrupted.
  ///
  /// - Throws: `damaged` for a part that cannot be read: call again for what follows it; `silent` and `lost`
  ///   for an input from the network or a device after which nothing follows.
  package func nextPacket() throws(MediaError) -> Packet? {
    guard let context = unsafe context else { preconditionFailure("a closed input was read") }
    let packet = try Packet()
    let begin = ContinuousClock.now
    let standstill = watch.standstillSeconds
    watch.allow(seconds: patienceSeconds.map { $0 - waitedSeconds })
    var isPicture = false
    defer {
      let waited = (.now - begin) / .seconds(1) - (watch.standstillSeconds - standstill)
      waitedSeconds = isPicture ? 0 : waitedSeconds + max(0, waited)
    }
    // Inputs that never wait never ask whether they are interrupted.
    while !watch.isOver && !hasTimedOut {
      FFmpeg.forgetMessages()
      let code = unsafe av_read_frame(context, packet.handle)
      // What was read before the deadline may come out after it, and the end after that.
      hasTimedOut = hasTimedOut || watch.isOverdue
      if code >= 0 {
        failuresInARow = 0
        isPicture = packet.streamIndex == videoIndex
        if isLive {
          if ContinuousClock.now - begin > Self.noticeableWait { isCatchingUp = false }
          noteArrival(of: packet, startTicks: unsafe context.pointee.start_time_realtime)
        }
        if hasArbitraryClock, !isLive, streams.indices.contains(packet.streamIndex),
          packet.decodeTicks != FFmpeg.noTimestamp
        {
          timeline.place(packet, of: streams[packet.streamIndex], arrival: 0)
        }
        return packet
      }
      if watch.isOver { break }
      if code == FFmpeg.endOfFile || code == FFmpeg.interrupted { return nil }
      if code == FFmpeg.tryAgain {
        usleep(1_000)
        continue
      }
      try complain(code)
      return nil
    }
    guard let patienceSeconds, !watch.interruption.isRaised else { return nil }
    throw .silent(path: path, seconds: patienceSeconds)
  }

  /// Tells a connection that broke from a part of the input that did.
  private func complain(_ code: Int32) throws(MediaError) {
    let reason = FFmpeg.reason(code)
    failuresInARow += 1
    if code == FFmpeg.timedOut { throw .silent(path: path, seconds: timeoutSeconds) }
    let isOver = failuresInARow > Self.toleratedFailures
    if patienceSeconds != nil, isOver || FFmpeg.connectionErrors.contains(code) {
      throw .lost(path: path, reason: reason)
    }
    if !isOver { throw .damaged(reason: reason) }
  }

  /// Notes when a packet of a live video came and when its picture was taken.
  ///
  /// - Parameter startTicks: The sender's time at timestamp 0 in microseconds.
  private func noteArrival(of packet: Packet, startTicks: Int64) {
    guard packet.streamIndex == videoIndex else { return }
    let video = streams[videoIndex]
    var arrival = ContinuousClock.now
    if isStampedByArrival {
      let ticks = Int64((arrival - firstArrival) / .seconds(1) / video.timeBase.doubleValue)
      let rising = max(ticks, lastArrivalTicks.map { $0 + Self.leastArrivalTicks } ?? 0)
      packet.setTimes(stream: Int32(videoIndex), ticks: rising)
      unsafe packet.handle.pointee.duration = 0
      lastArrivalTicks = rising
    }
    stamps.stamp(packet, of: video)
    var now = Date().timeIntervalSince1970
    var sender: Double?
    if let pts = packet.presentationTicks {
      sender = senderClock.seconds(
        pts: Timestamp(ticks: pts, timeBase: video.timeBase).seconds,
        attached: packet.senderSeconds,
        start: startTicks == FFmpeg.noTimestamp ? nil : Double(startTicks) / 1e6, now: now)
    }
    if isCatchingUp, let pts = packet.presentationTicks {
      let late = catchUp.delay(
        ofPictureAt: Timestamp(ticks: pts, timeBase: video.timeBase).seconds, read: arrival)
      arrival -= late
      now -= late / .seconds(1)
    }
    packet.capture = FrameCapture(
      wallSeconds: sender ?? now, isBySender: sender != nil, arrival: arrival)
  }

  /// How often the clock of an input that is not live jumped and was joined.
  package var clockJumpCount: Int { timeline.jumpCount }

  /// Where the input ends at the earliest by its container's header, in seconds; `nil` when no header
  /// says so. Some headers count from zero, some from the first timestamp.
  package var promisedEndSeconds: Double? {
    guard let durationSeconds, let context = unsafe context,
      unsafe context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM
    else { return nil }
    return durationSeconds
  }

  /// Where the input's clock starts when that moment has no meaning of its own, as in recordings of
  /// broadcasts and the clocks of devices; `nil` for all others, whose timestamps are kept as they are.
  package var arbitraryStartSeconds: Double? {
    guard hasArbitraryClock || isLive, let startSeconds, abs(startSeconds) > Self.plausibleStart
    else {
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

  /// What the container says of the video stream, also after the connection was closed.
  var videoHandle: UnsafeMutablePointer<AVStream> { unsafe videoTemplate.handle }

  /// Lends the container's handle to this module's decoder and muxer.
  func withHandle<Result, Failure: Error>(
    _ body: (UnsafeMutablePointer<AVFormatContext>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let context = unsafe context else { preconditionFailure("a closed input was used") }
    return try unsafe body(context)
  }
}
