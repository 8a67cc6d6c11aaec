import Imaging
import Synchronization

/// The packets of copied streams that wait for one output's video, shared by the input's thread, which
/// adds to them, and the one that writes the output, in however many files one after the other.
final class CopyQueue: Sendable {
  private let packets: Mutex<PacketQueue>

  init(holdsHiddenPackets: Bool) {
    packets = Mutex(PacketQueue(holdsHiddenPackets: holdsHiddenPackets))
  }

  func withLock<Result>(_ body: (inout PacketQueue) -> sending Result) -> sending Result {
    packets.withLock { body(&$0) }
  }

  /// Drops what belongs before a moment.
  func discard(upTo limit: Timestamp) {
    withLock { queue in
      while queue.take(upTo: limit) != nil {}
    }
  }
}
