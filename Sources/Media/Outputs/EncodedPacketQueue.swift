import Foundation

/// The bounded way from the encoder to an output that has a thread of its own. Taking packets in never
/// waits.
///
/// `@unchecked Sendable`: `condition` guards every stored property.
final class EncodedPacketQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private var backlog: PacketBacklog
  private var isClosed = false
  private var isCancelled = false

  init(limits: PacketBacklog.Limits) {
    backlog = PacketBacklog(limits: limits)
  }

  var droppedCount: Int { locked { backlog.droppedCount } }

  /// - Returns: The last packet that was left out to make room, if any was; `nil` also when nobody takes
  ///   packets any more.
  func push(_ packet: Packet) -> Packet? {
    locked {
      guard !isCancelled, !isClosed else { return nil }
      defer { condition.broadcast() }
      return backlog.push(packet, at: .now)
    }
  }

  /// Takes the oldest packet, waiting for one; `nil` when no more will come.
  func pop() -> Packet? {
    locked {
      while backlog.isEmpty && !isClosed && !isCancelled { condition.wait() }
      return isCancelled ? nil : backlog.popFirst()
    }
  }

  /// Leaves out what waits and what comes, until `resume()`.
  func pause() { locked { backlog.pause() } }

  /// Goes on with the next key frame.
  func resume() { locked { backlog.resume() } }

  /// Waits, unless the queue is closed before.
  ///
  /// - Returns: Whether it is still open.
  func waitOpen(seconds: Double) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    return locked {
      // By the time of day, which may be set back, only for a moment at once.
      while !isClosed, !isCancelled, ContinuousClock.now < end {
        let rest = min(0.5, (end - .now) / .seconds(1))
        _ = condition.wait(until: Date(timeIntervalSinceNow: rest))
      }
      return !isClosed && !isCancelled
    }
  }

  /// The encoder is done: what waits can still be taken.
  func close() {
    locked {
      isClosed = true
      condition.broadcast()
    }
  }

  /// The output is gone: nothing is taken in any more.
  func cancel() {
    locked {
      isCancelled = true
      backlog.pause()
      condition.broadcast()
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
