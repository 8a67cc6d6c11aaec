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
  /// When it was last asked whether to go on, since `origin`.
  private let askedNanoseconds = Atomic<Int64>(0)
  /// By how much the deadline was put off, in all.
  private let creditNanoseconds = Atomic<Int64>(0)
  private let isClosing = Atomic<Bool>(false)
  private let witness = Mutex<(@Sendable () -> Void)?>(nil)

  /// Who waits asks ten times a second; a longer pause shows that the process stood still: it was stopped, or the
  /// machine asleep. What came meanwhile waits to be read.
  private static let longestPauseNanoseconds: Int64 = 1_000_000_000

  init(interruption: Interruption) {
    self.interruption = interruption
  }

  /// How long the process stood still, as far as it was noticed while something was waited for, in seconds.
  var standstillSeconds: Double { Double(creditNanoseconds.load(ordering: .relaxed)) / 1e9 }

  /// Sets the deadline, so long from now; `nil` takes it away.
  func allow(seconds: Double?) {
    guard let seconds else { return deadlineNanoseconds.store(.max, ordering: .relaxed) }
    // A day is as good as for ever, and no overflow.
    let allowed = Int64(min(max(0, seconds), 86_400) * 1e9)
    let now = elapsedNanoseconds
    askedNanoseconds.store(now, ordering: .relaxed)
    deadlineNanoseconds.store(now + allowed, ordering: .relaxed)
  }

  /// Lets the closing of an input say goodbye to the other side, though the run is interrupted or
  /// the other side is overdue, but not for longer than this.
  func beginClosing(withinSeconds seconds: Double) {
    isClosing.store(true, ordering: .relaxed)
    allow(seconds: seconds)
  }

  /// Lets something be looked at whenever FFmpeg asks, on whatever thread; `nil` ends that.
  func setWitness(_ look: (@Sendable () -> Void)?) { witness.withLock { $0 = look } }

  /// Whether the deadline has passed; a time in which the process stood still is added to it.
  var isOverdue: Bool {
    let now = elapsedNanoseconds
    // Of several threads that ask at once, only one sees the pause.
    let pause = now - askedNanoseconds.exchange(now, ordering: .relaxed)
    let deadline = deadlineNanoseconds.load(ordering: .relaxed)
    guard deadline != .max else { return false }
    if pause > Self.longestPauseNanoseconds, !isClosing.load(ordering: .relaxed) {
      creditNanoseconds.wrappingAdd(pause, ordering: .relaxed)
      deadlineNanoseconds.store(deadline + pause, ordering: .relaxed)
      return now >= deadline + pause
    }
    return now >= deadline
  }

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
