internal import CFFmpeg
package import Imaging

/// What live inputs need to know and to change of a packet.
extension Packet {
  /// Presentation timestamp in ticks of the stream, `nil` without one.
  package var presentationTicks: Int64? {
    let ticks = unsafe handle.pointee.pts
    return ticks == FFmpeg.noTimestamp ? nil : ticks
  }

  /// The same for packets with the same time and content, as long as the program runs.
  package var fingerprint: Int {
    var hasher = Hasher()
    hasher.combine(presentationTicks ?? decodeTicks)
    if let data = unsafe handle.pointee.data {
      unsafe hasher.combine(bytes: UnsafeRawBufferPointer(start: data, count: size))
    }
    return hasher.finalize()
  }

  /// Whether decoding can begin here.
  package var isKeyFrame: Bool { unsafe handle.pointee.flags & AV_PKT_FLAG_KEY != 0 }

  /// The time since 1970 in seconds by the sender's clock that came with the packet.
  var senderSeconds: Double? {
    var size = 0
    guard let data = unsafe av_packet_get_side_data(handle, AV_PKT_DATA_PRFT, &size),
      size >= MemoryLayout<AVProducerReferenceTime>.size
    else { return nil }
    let microseconds = unsafe UnsafeRawPointer(data).loadUnaligned(
      as: AVProducerReferenceTime.self
    ).wallclock
    return Double(microseconds) / 1e6
  }

  /// Where the packet begins and how long it lasts, in microseconds of decoding time; `nil` without a
  /// timestamp. `isOfDecoding` is false where the time it is shown at stands for that it is decoded at, which
  /// is unknown: such times may step back, as far as frames are reordered.
  package func span(
    timeBase: Rational
  ) -> (begin: Int64, duration: Int64, isOfDecoding: Bool)? {
    let packet = unsafe handle.pointee
    let isOfDecoding = unsafe packet.dts != FFmpeg.noTimestamp
    let ticks = unsafe isOfDecoding ? packet.dts : packet.pts
    guard ticks != FFmpeg.noTimestamp else { return nil }
    let microseconds = AVRational(num: 1, den: AV_TIME_BASE)
    let begin = av_rescale_q(ticks, timeBase.avRational, microseconds)
    let duration = unsafe av_rescale_q(max(0, packet.duration), timeBase.avRational, microseconds)
    guard Self.plausibleMicroseconds.contains(begin),
      Self.plausibleMicroseconds.contains(duration)
    else { return nil }
    return (begin, duration, isOfDecoding)
  }

  /// Thousands of years: what lies beyond is damage.
  static let plausibleMicroseconds = -(Int64(1) << 58)...(Int64(1) << 58)

  /// Notes that the packet was held back, so that it counts as taken and read later.
  package func delayCapture(bySeconds seconds: Double) {
    capture?.arrival += .seconds(seconds)
    if capture?.isBySender == false { capture?.wallSeconds += seconds }
  }

  /// Moves the packet in time.
  func shift(byMicroseconds offset: Int64, timeBase: Rational) {
    guard offset != 0 else { return }
    shift(
      byTicks: av_rescale_q(offset, AVRational(num: 1, den: AV_TIME_BASE), timeBase.avRational))
  }

  /// Moves the packet in time, by ticks of its stream.
  func shift(byTicks shift: Int64) {
    if unsafe handle.pointee.dts != FFmpeg.noTimestamp {
      unsafe handle.pointee.dts = handle.pointee.dts.saturatingAdding(shift)
    }
    if unsafe handle.pointee.pts != FFmpeg.noTimestamp {
      unsafe handle.pointee.pts = handle.pointee.pts.saturatingAdding(shift)
    }
  }

  /// Lets a packet be shown when it is decoded if it says that it is to be shown long before or after: the
  /// clock has jumped, or the time was damaged on its way.
  func bindPresentation(timeBase: Rational) {
    let packet = unsafe handle.pointee
    guard unsafe packet.pts != FFmpeg.noTimestamp && packet.dts != FFmpeg.noTimestamp,
      timeBase.isPositive
    else { return }
    let (distance, overflows) = unsafe packet.pts.subtractingReportingOverflow(packet.dts)
    let seconds = Double(distance) * timeBase.doubleValue
    let frame = unsafe Double(max(0, packet.duration)) * timeBase.doubleValue
    let longest = Self.longestReordering(frameSeconds: frame)
    if overflows || seconds < -Self.toleratedHaste || seconds > longest {
      unsafe handle.pointee.pts = packet.dts
    }
  }

  /// How long after it is decoded a frame may be shown, in seconds.
  static func longestReordering(frameSeconds: Double) -> Double {
    max(longestReordering, mostReorderedFrames * frameSeconds)
  }

  /// Frames a decoder may hold back for others that are shown before them (H.264, HEVC).
  private static let mostReorderedFrames = 16.0
  /// In seconds: more than 16 frames of most streams take.
  private static let longestReordering = 2.0
  /// In seconds: by so much a picture may be said to be shown before it is decoded, as careless muxers do.
  private static let toleratedHaste = 0.1

  /// Makes the packet one of another input's stream.
  package func move(from stream: StreamDescription, to other: StreamDescription) {
    unsafe handle.pointee.stream_index = Int32(other.index)
    guard stream.timeBase != other.timeBase else { return }
    unsafe av_packet_rescale_ts(handle, stream.timeBase.avRational, other.timeBase.avRational)
  }
}

/// Gives times to the pictures of live inputs that come without: the first one of an RTSP stream, for one.
struct PacketStamps {
  private var last: (ticks: Int64, durationTicks: Int64)?

  /// - Parameter video: The packet's stream.
  mutating func stamp(_ packet: Packet, of video: StreamDescription) {
    let handle = unsafe packet.handle
    let tick = video.timeBase.doubleValue
    let rate = video.video?.averageFrameRate?.doubleValue ?? 0
    let usual = rate > 0 && tick > 0 ? Int64(saturating: 1 / (rate * tick)) : 0
    if unsafe handle.pointee.pts == FFmpeg.noTimestamp,
      unsafe handle.pointee.dts == FFmpeg.noTimestamp
    {
      let start = video.startSeconds.map { Int64(saturating: $0 / tick) } ?? usual
      // The rate is a guess; it is not to make a beginning at zero one before it.
      let first = max(start.saturatingSubtracting(usual), min(start, 0))
      let ticks = last.map { $0.ticks.saturatingAdding(max(1, $0.durationTicks)) } ?? first
      unsafe handle.pointee.pts = ticks
      unsafe handle.pointee.dts = ticks
    }
    if let ticks = packet.presentationTicks {
      last = (ticks, unsafe handle.pointee.duration > 0 ? handle.pointee.duration : usual)
    }
  }
}

extension Timestamp {
  /// The nearest tick of another time base.
  package func rescaled(to timeBase: Rational) -> Timestamp {
    Timestamp(
      ticks: av_rescale_q(ticks, self.timeBase.avRational, timeBase.avRational),
      timeBase: timeBase)
  }
}
