/// The encoded packets that wait for one output: what to keep, and what to leave out when it does not
/// keep up.
///
/// Packets are left out in whole groups, from the oldest one on up to a key frame, so that what remains
/// can be decoded.
struct PacketBacklog {
  /// How much may wait.
  struct Limits: Equatable {
    /// The oldest packet waits no longer than this.
    var seconds: Double
    var bytes: Int
  }

  private struct Entry {
    var packet: Packet
    var arrival: ContinuousClock.Instant
  }

  private let limits: Limits
  private var entries: [Entry] = []
  /// Entries before this one were taken.
  private var head = 0
  private var bytes = 0
  private var needsKeyFrame = true
  private var isPaused = false
  /// Packets left out so far.
  private(set) var droppedCount = 0

  init(limits: Limits) {
    self.limits = limits
  }

  var isEmpty: Bool { head == entries.count }

  /// Takes in the encoder's next packet.
  ///
  /// - Returns: The last packet that was left out, if any was.
  mutating func push(_ packet: Packet, at now: ContinuousClock.Instant) -> Packet? {
    if isPaused || (needsKeyFrame && !packet.isKeyFrame) {
      needsKeyFrame = true
      droppedCount += 1
      return packet
    }
    needsKeyFrame = false
    entries.append(Entry(packet: packet, arrival: now))
    bytes += packet.size
    var dropped: Packet?
    while isFull(at: now) { dropped = dropGroup() }
    return dropped
  }

  mutating func popFirst() -> Packet? {
    guard head < entries.count else { return nil }
    let packet = entries[head].packet
    bytes -= packet.size
    head += 1
    if head == entries.count || head >= Self.compactingLength {
      entries.removeFirst(head)
      head = 0
    }
    return packet
  }

  /// Leaves out everything that waits and that comes.
  mutating func pause() {
    isPaused = true
    while !isEmpty { _ = dropGroup() }
  }

  /// Goes on with the next key frame.
  mutating func resume() {
    isPaused = false
    needsKeyFrame = true
  }

  /// Taken entries are let go of in batches of so many.
  private static let compactingLength = 64

  private func isFull(at now: ContinuousClock.Instant) -> Bool {
    guard head < entries.count else { return false }
    return bytes > limits.bytes || now - entries[head].arrival > .seconds(limits.seconds)
  }

  /// - Returns: The last packet of the group.
  private mutating func dropGroup() -> Packet {
    let end = entries[(head + 1)...].firstIndex { $0.packet.isKeyFrame } ?? entries.count
    let last = entries[end - 1].packet
    droppedCount += end - head
    for entry in entries[head..<end] { bytes -= entry.packet.size }
    entries.removeFirst(end)
    head = 0
    needsKeyFrame = needsKeyFrame || entries.isEmpty
    return last
  }
}
