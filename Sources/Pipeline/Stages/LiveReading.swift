import Imaging
import Media

/// What is known of a live input across its connections; decisions only, no reading.
struct LiveReading {
  /// Counts the connections from 0.
  private(set) var epoch = 0
  private(set) var timeline = InputTimeline()
  private(set) var place: FramePlace

  private var pacer = Pacer()
  /// Of segments.
  private var seen = SeenPictures()
  /// Whether a picture came with which decoding can begin.
  private var hasKeyFrame = false
  /// When the first picture of this connection came that was to be decoded.
  private var firstPicture: ContinuousClock.Instant?
  /// Whether packets of this connection come by segments.
  private var isSegmented: Bool
  /// How long a picture with which decoding can begin is waited for, in seconds.
  private let timeout: Double
  private let first: [StreamDescription]
  private let firstVideo: Int
  private let started: ContinuousClock.Instant
  /// To which streams of the first connection those of this one belong; `nil` in the first.
  private var matching: StreamMatching?
  private var saidLeftOut = false

  init(_ demuxer: Demuxer, timeout: Double) {
    self.timeout = timeout
    isSegmented = demuxer.isSegmented
    first = demuxer.streams
    firstVideo = demuxer.videoStream.index
    started = demuxer.firstArrival
    place = FramePlace(timeBase: demuxer.videoStream.timeBase)
  }

  /// Goes on with another connection.
  ///
  /// - Returns: A sentence about streams that do not go on, said once.
  mutating func reconnect(_ demuxer: Demuxer) -> String? {
    epoch += 1
    firstPicture = nil
    isSegmented = demuxer.isSegmented
    hasKeyFrame = false
    pacer.reset()
    seen.reconnect()
    // Segments may have been seen already; the first that has not has only just come.
    let start = isSegmented ? nil : demuxer.startSeconds
    timeline.reconnect(startSeconds: start, at: seconds(at: demuxer.firstArrival))
    let matching = StreamMatching(
      first: first, firstVideo: firstVideo, new: demuxer.streams,
      newVideo: demuxer.videoStream.index)
    self.matching = matching
    guard !matching.leftOut.isEmpty, !saidLeftOut else { return nil }
    saidLeftOut = true
    let names = matching.leftOut.map { "\($0.kind.rawValue) stream \($0.index) (\($0.codec))" }
    return names.joined(separator: ", ")
      + " of the new connection is left out: the first connection had none like it"
  }

  /// Whether a packet was not there before the reconnection already.
  mutating func isNew(_ packet: Packet, of demuxer: Demuxer) -> Bool {
    guard isSegmented else { return true }
    let isPicture = packet.streamIndex == demuxer.videoStream.index
    return seen.isNew(isPicture ? packet.fingerprint : nil)
  }

  /// Moves a packet to its place on the line of time.
  mutating func shift(_ packet: Packet, of stream: StreamDescription) {
    timeline.place(packet, of: stream, arrival: seconds(at: .now))
  }

  /// How long a packet of the video is to be held back, in seconds.
  mutating func delay(of packet: Packet, of stream: StreamDescription) -> Double {
    guard isSegmented, let span = packet.span(timeBase: stream.timeBase) else { return 0 }
    return pacer.wait(timestamp: Double(span.begin) / 1e6, now: seconds(at: .now))
  }

  /// Whether a packet of the video is one with which decoding can begin, or follows one.
  ///
  /// Before it there would be grey, or the remains of pictures nobody has, and the first time of all may be none.
  /// Streams that never have a key frame refresh themselves part by part: after the timeout, any packet will do.
  mutating func canDecode(_ packet: Packet, of stream: StreamDescription) -> Bool {
    let first = firstPicture ?? .now
    firstPicture = first
    let waited = (ContinuousClock.now - first) / .seconds(1)
    hasKeyFrame = hasKeyFrame || packet.isKeyFrame || waited > timeout
    if !hasKeyFrame { timeline.leaveOut(packet, of: stream) }
    return hasKeyFrame
  }

  /// Makes a packet one of the first connection.
  ///
  /// - Returns: `false` when it belongs to no stream of that.
  func move(_ packet: Packet, of stream: StreamDescription) -> Bool {
    guard let matching else { return true }
    guard let target = matching.targets[stream.index],
      let other = first.first(where: { $0.index == target })
    else { return false }
    packet.move(from: stream, to: other)
    return true
  }

  /// Gives a frame its number and its time among those of all connections.
  mutating func place(_ frame: VideoFrame) { place.place(frame) }

  /// On the clock of arrivals.
  private func seconds(at moment: ContinuousClock.Instant) -> Double {
    (moment - started) / .seconds(1)
  }
}

/// Numbers the frames of all connections and gives them times that rise, in one time base.
struct FramePlace {
  /// Frames whose time did not rise.
  var repairedCount: Int { clock.repairedCount }
  private let timeBase: Rational
  private var clock: PresentationClock
  private var count = 0

  init(timeBase: Rational) {
    self.timeBase = timeBase
    clock = PresentationClock(timeBase: timeBase, frameRate: nil)
  }

  mutating func place(_ frame: VideoFrame) {
    let own = frame.timestamp.timeBase
    if own != timeBase {
      frame.durationTicks =
        Timestamp(ticks: frame.durationTicks, timeBase: own).rescaled(to: timeBase).ticks
    }
    frame.timestamp = next(frame.timestamp, durationTicks: frame.durationTicks)
    frame.index = count
    count += 1
  }

  /// The time of the next frame.
  ///
  /// - Parameter durationTicks: In the time base of all connections, 0 when unknown.
  mutating func next(_ timestamp: Timestamp, durationTicks: Int64) -> Timestamp {
    let placed = timestamp.timeBase == timeBase ? timestamp : timestamp.rescaled(to: timeBase)
    let moment = clock.next(ticks: placed.ticks, durationTicks: durationTicks)
    return Timestamp(ticks: moment.ticks, timeBase: timeBase)
  }
}
