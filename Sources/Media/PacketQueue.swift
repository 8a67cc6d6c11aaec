internal import CFFmpeg
import Imaging

/// Packets of copied streams that wait until the encoded video has come as far as they are.
///
/// The video sets the pace: it is never held back, so that an output that breaks off has lost nothing,
/// and every other packet is written before the first video packet that decodes later.
struct PacketQueue {
  private struct Line {
    var outputIndex: Int32
    var timeBase: Rational
    var packets: [Packet] = []
    /// Packets before this one were taken.
    var head = 0
    var lastDecodeTicks: Int64?
    var delaySeconds: Double
    /// The latest packet that is only to be decoded, not presented: the one before the first
    /// presented packet goes into the output.
    var preroll: Packet?
  }

  /// A packet on its way into the container.
  struct Taken {
    /// Carries the output's stream index.
    var packet: Packet
    /// Of the packet's times.
    var timeBase: Rational
    /// To be added to the packet's times: what readers of the container will subtract.
    var delaySeconds: Double
  }

  /// Whether the container can say of a packet that it is only decoded, not presented.
  private let holdsHiddenPackets: Bool
  /// By the index of the input's stream.
  private var lines: [Int: Line] = [:]
  private(set) var waitingBytes = 0
  private var isClosed = false

  /// - Parameter holdsHiddenPackets: Only edit lists can say that a packet is not presented; in other
  ///   containers the sound cut from the beginning of a clip would be heard, so only what the decoder
  ///   needs to start is kept.
  init(holdsHiddenPackets: Bool) {
    self.holdsHiddenPackets = holdsHiddenPackets
  }

  /// Packets of this stream are taken from now on; all others are ignored.
  mutating func register(
    inputIndex: Int, outputIndex: Int32, timeBase: Rational, delaySeconds: Double = 0
  ) {
    lines[inputIndex] = Line(
      outputIndex: outputIndex, timeBase: timeBase, delaySeconds: delaySeconds)
  }

  /// The time bases of all registered streams.
  var timeBases: [Rational] { lines.values.map(\.timeBase) }

  /// Appends a packet; it is dropped when its stream is not copied or the queue is closed.
  mutating func append(_ packet: Packet) {
    // A packet's number changes when it is taken; this one is the input's.
    let index = packet.streamIndex
    guard !isClosed, var line = lines.removeValue(forKey: index) else { return }
    defer { lines[index] = line }
    if !holdsHiddenPackets {
      if packet.isHidden {
        line.preroll = packet
        return
      }
      if let preroll = line.preroll {
        line.preroll = nil
        append(preroll, to: &line)
      }
    }
    append(packet, to: &line)
  }

  private mutating func append(_ packet: Packet, to line: inout Line) {
    let handle = unsafe packet.handle
    // A container refuses decoding times that fall; broken inputs have them.
    let decodeTicks = unsafe handle.pointee.dts
    if decodeTicks != FFmpeg.noTimestamp, let last = line.lastDecodeTicks, decodeTicks < last {
      unsafe handle.pointee.dts = last
      unsafe handle.pointee.pts = max(handle.pointee.pts, last)
    }
    if unsafe handle.pointee.dts != FFmpeg.noTimestamp {
      unsafe line.lastDecodeTicks = handle.pointee.dts
    }
    line.packets.append(packet)
    waitingBytes += packet.size
  }

  /// Takes the packet that decodes first, if it does so no later than the limit.
  ///
  /// - Parameter limit: `nil` takes whatever is left.
  mutating func take(upTo limit: Timestamp?) -> Taken? {
    var best: (index: Int, ticks: Int64, timeBase: Rational)?
    for (index, line) in lines where line.head < line.packets.count {
      let ticks = unsafe line.packets[line.head].handle.pointee.dts
      if ticks == FFmpeg.noTimestamp {
        best = (index, ticks, line.timeBase)
        break
      }
      if let limit, !isLater(limit, than: ticks, line.timeBase) { continue }
      if let other = best {
        let order = av_compare_ts(
          ticks, line.timeBase.avRational, other.ticks, other.timeBase.avRational)
        // Ties break by index: the file is the same in every run.
        if order > 0 || (order == 0 && index > other.index) { continue }
      }
      best = (index, ticks, line.timeBase)
    }
    guard let best, var line = lines.removeValue(forKey: best.index) else { return nil }
    let packet = line.packets[line.head]
    line.head += 1
    if line.head >= Self.compactingLength, line.head * 2 >= line.packets.count {
      line.packets.removeFirst(line.head)
      line.head = 0
    }
    waitingBytes -= packet.size
    unsafe packet.handle.pointee.stream_index = line.outputIndex
    lines[best.index] = line
    return Taken(packet: packet, timeBase: line.timeBase, delaySeconds: line.delaySeconds)
  }

  /// Drops what waits and takes nothing more.
  mutating func close() {
    isClosed = true
    lines = [:]
    waitingBytes = 0
  }

  /// Taken packets are let go of in batches of at least so many.
  private static let compactingLength = 64

  private func isLater(_ limit: Timestamp, than ticks: Int64, _ timeBase: Rational) -> Bool {
    av_compare_ts(limit.ticks, limit.timeBase.avRational, ticks, timeBase.avRational) >= 0
  }
}
