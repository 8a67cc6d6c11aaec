internal import CFFmpeg
import Synchronization

/// What makes the waiting calls of one input or output return: an interruption, or a deadline of its own.
///
/// FFmpeg asks `callback` ten times a second while it waits, whatever the protocol and on whatever thread,
/// so one deadline holds for all of them.
final class IOWatch: Sendable {
  let interruption: Interruption
  private let origin = ContinuousClock.now
  /// Since `origin`.
  private let deadlineNanoseconds = Atomic<Int64>(.max)
  private let isClosing = Atomic<Bool>(false)
  private let witness = Mutex<(@Sendable () -> Void)?>(nil)

  init(interruption: Interruption) {
    self.interruption = interruption
  }

  /// Sets the deadline, so long from now; `nil` takes it away.
  func allow(seconds: Double?) {
    guard let seconds else { return deadlineNanoseconds.store(.max, ordering: .relaxed) }
    // A day is as good as for ever, and no overflow.
    let allowed = Int64(min(max(0, seconds), 86_400) * 1e9)
    deadlineNanoseconds.store(elapsedNanoseconds + allowed, ordering: .relaxed)
  }

  /// Lets the closing of an input say goodbye to the other side, though the run is interrupted or
  /// the other side is overdue, but not for longer than this.
  func beginClosing(withinSeconds seconds: Double) {
    isClosing.store(true, ordering: .relaxed)
    allow(seconds: seconds)
  }

  /// Lets something be looked at whenever FFmpeg asks, on whatever thread; `nil` ends that.
  func setWitness(_ look: (@Sendable () -> Void)?) { witness.withLock { $0 = look } }

  /// Whether the deadline has passed.
  var isOverdue: Bool { elapsedNanoseconds >= deadlineNanoseconds.load(ordering: .relaxed) }

  /// Whether what waits is to return.
  var isOver: Bool {
    (interruption.isRaised && !isClosing.load(ordering: .relaxed)) || isOverdue
  }

  private var elapsedNanoseconds: Int64 {
    Int64((ContinuousClock.now - origin) / .nanoseconds(1))
  }

  /// What FFmpeg calls while it waits. The owner of the context keeps this object alive.
  var callback: AVIOInterruptCB {
    unsafe AVIOInterruptCB(
      callback: { opaque in
        guard let opaque = unsafe opaque else { return 0 }
        let watch = unsafe Unmanaged<IOWatch>.fromOpaque(opaque).takeUnretainedValue()
        watch.witness.withLock { $0 }?()
        return watch.isOver ? 1 : 0
      },
      opaque: Unmanaged.passUnretained(self).toOpaque())
  }
}
