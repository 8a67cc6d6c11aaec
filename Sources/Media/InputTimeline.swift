/// Puts the times of an input on one line, through reconnections and jumps of its clock, as those of
/// broadcasts at a programme's end or where recordings were put one behind the other: a pause takes as long
/// on the line as it took in reality, and each stretch of the clock follows the one before.
///
/// Times of packets in microseconds of decoding time, moments of arrival in seconds of any steady clock.
package struct InputTimeline {
  /// How often the clock jumped within a connection.
  package private(set) var jumpCount = 0
  private var current: Int64 = 0
  private var previous: Int64 = 0
  /// By stream, of this connection.
  private var positions: [Int: Position] = [:]
  /// The furthest any stream has come.
  private var reached: Position?
  /// Of the connection of which no packet has come yet.
  private var beginning: (start: Int64?, arrival: Double)?

  private struct Position {
    /// On the line.
    var begin: Int64
    /// As the packet says, which may be wrong.
    var duration: Int64
    var arrival: Double
    /// Whether `begin` is a time of decoding.
    var isOfDecoding: Bool

    /// Where the next packet is expected.
    var end: Int64 { begin.saturatingAdding(duration) }
    /// Where something else may go on: a duration that is wrong is not to push it far ahead.
    var plausibleEnd: Int64 { begin.saturatingAdding(min(duration, toleratedGap)) }
  }

  /// A smaller step back is disorder, a smaller step ahead a pause. As in FFmpeg's own command.
  private static let toleratedStepBack: Int64 = 100_000
  private static let toleratedGap: Int64 = 10_000_000

  package init() {}

  /// Begins the next connection; not to be called for the first.
  ///
  /// - Parameters:
  ///   - startSeconds: Its earliest timestamp; `nil` when unknown, then its first packet lies where it came. So it
  ///     is with one that no clock can have.
  ///   - seconds: When what lies there came.
  package mutating func reconnect(startSeconds: Double?, at seconds: Double) {
    let start = startSeconds.flatMap { Int64(exactly: ($0 * 1e6).rounded()) }
    reconnect(
      start: start.flatMap { Packet.plausibleMicroseconds.contains($0) ? $0 : nil }, at: seconds)
  }

  mutating func reconnect(start: Int64?, at seconds: Double) {
    beginning = (start, seconds)
    positions = [:]
  }

  /// Takes note of a packet that gets no place, because it cannot be decoded yet: it also came after the connection's
  /// start.
  package mutating func leaveOut(_ packet: Packet, of stream: StreamDescription) {
    guard let span = packet.span(timeBase: stream.timeBase) else { return }
    lowerStart(to: span.begin)
  }

  /// Corrects the start of a connection by a packet that lies before it, by more than reordering explains: FFmpeg
  /// takes the start from the first packet, to which it may have given a time of its own making.
  mutating func lowerStart(to begin: Int64) {
    guard let start = beginning?.start, begin < start - Self.toleratedStepBack else { return }
    beginning?.start = begin
  }

  /// Moves a packet to its place on the line. One that is to be shown long before or after it is decoded is
  /// shown then.
  ///
  /// - Parameter arrival: When it came; always the same for files, where no time passes between packets.
  package mutating func place(_ packet: Packet, of stream: StreamDescription, arrival: Double) {
    guard let span = packet.span(timeBase: stream.timeBase) else { return }
    // Subtitles and data come and go; only a steady stream shows a jump.
    let isSteady = stream.kind == .video || stream.kind == .audio
    let offset = offset(
      steadyStream: isSteady ? stream.index : nil, begin: span.begin, duration: span.duration,
      arrival: arrival, isOfDecoding: span.isOfDecoding)
    packet.shift(byMicroseconds: offset, timeBase: stream.timeBase)
    if isSteady { packet.bindPresentation(timeBase: stream.timeBase) }
  }

  /// What is to be added to the times of a packet.
  ///
  /// - Parameters:
  ///   - steadyStream: Number of an audio or video stream, each of which shows a jump by itself; `nil` for
  ///     streams with pauses, which go along.
  ///   - begin: The packet's decoding time as the input has it.
  ///   - duration: 0 when unknown.
  ///   - arrival: As that of `place(_:of:arrival:)`.
  ///   - isOfDecoding: As that of `Packet.span(timeBase:)`.
  mutating func offset(
    steadyStream stream: Int?, begin: Int64, duration: Int64, arrival: Double,
    isOfDecoding: Bool = true
  ) -> Int64 {
    lowerStart(to: begin)
    if let connection = beginning.take(), let reached {
      let came = connection.start == nil ? arrival : connection.arrival
      let gap = Self.microseconds(came - reached.arrival)
      let place = max(reached.begin.saturatingAdding(gap), reached.plausibleEnd)
      current = place.saturatingSubtracting(connection.start ?? begin)
      previous = current
    }
    guard let stream else { return current }
    var offset = current
    if let last = positions[stream] {
      // Back from where the last packet began, not from its end: what an input says of durations may be
      // wrong, or no more than the average.
      let place = begin.saturatingAdding(current)
      let step = place.saturatingSubtracting(last.begin)
      let gap = place.saturatingSubtracting(last.end)
      let passed = Self.microseconds(arrival - last.arrival)
      // Times that stand for others step back where frames are reordered.
      let stepBack =
        isOfDecoding && last.isOfDecoding
        ? Self.toleratedStepBack : Self.reordering(ofFramesOf: min(duration, Self.toleratedGap))
      if step < -stepBack
        || gap > Self.toleratedGap && gap - passed > Self.toleratedGap
      {
        let earliest = last.begin.saturatingSubtracting(Self.toleratedStepBack)
        let latest = last.plausibleEnd.saturatingAdding(Self.toleratedStepBack)
        if (earliest...latest).contains(begin.saturatingAdding(previous)) {
          // A straggler of the stretch that another stream has left already.
          offset = previous
        } else {
          previous = current
          current = max(last.begin.saturatingAdding(passed), last.plausibleEnd)
            .saturatingSubtracting(begin)
          offset = current
          jumpCount += 1
        }
      }
    }
    let position = Position(
      begin: begin.saturatingAdding(offset), duration: duration, arrival: arrival,
      isOfDecoding: isOfDecoding)
    positions[stream] = position
    if position.plausibleEnd >= reached?.plausibleEnd ?? .min { reached = position }
    return offset
  }

  private static func reordering(ofFramesOf microseconds: Int64) -> Int64 {
    Self.microseconds(Packet.longestReordering(frameSeconds: Double(microseconds) / 1e6))
  }

  private static func microseconds(_ seconds: Double) -> Int64 {
    Int64(max(0, min(seconds, 1e9)) * 1e6)
  }
}
