internal import CFFmpeg
import Synchronization

/// What ends a write that waits: an interruption, or the time it may take.
///
/// Set by the thread that writes; asked by FFmpeg on the same or another.
final class OperationLimit: Sendable {
  private let interruption: Interruption
  /// How long one operation may take, `nil` for as long as it likes.
  let timeoutSeconds: Double?
  /// Of the operation at work, in nanoseconds since `origin`; `Int64.max` without one.
  private let deadline = Atomic<Int64>(.max)
  private let origin = ContinuousClock.now

  init(interruption: Interruption, timeoutSeconds: Double?) {
    self.interruption = interruption
    self.timeoutSeconds = timeoutSeconds
  }

  /// The time of an operation begins to count.
  func begin() {
    guard let timeoutSeconds else { return }
    let end = now + Int64(timeoutSeconds * 1e9)
    deadline.store(end, ordering: .relaxed)
  }

  /// What waits from now on returns at once.
  func expire() { deadline.store(.min, ordering: .relaxed) }

  var isOver: Bool { interruption.isRaised || hasTimedOut }

  var hasTimedOut: Bool {
    let end = deadline.load(ordering: .relaxed)
    return end != .max && now >= end
  }

  private var now: Int64 {
    let (seconds, attoseconds) = (ContinuousClock.now - origin).components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// What FFmpeg calls while it waits. The owner of the context keeps this object alive.
  var callback: AVIOInterruptCB {
    unsafe AVIOInterruptCB(
      callback: { opaque in
        guard let opaque = unsafe opaque else { return 0 }
        let limit = unsafe Unmanaged<OperationLimit>.fromOpaque(opaque).takeUnretainedValue()
        return limit.isOver ? 1 : 0
      },
      opaque: Unmanaged.passUnretained(self).toOpaque())
  }
}
