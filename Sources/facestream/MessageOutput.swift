import Foundation
import Media
import Synchronization

/// Where messages go, which is mostly standard error: nobody who has one waits for its reader.
///
/// A pipe that is not read, as by a pager or a supervisor that is stopped, takes 64 KiB. What it does not take
/// waits here, up to a limit; beyond it, lines are left out and counted.
final class MessageOutput: Sendable {
  private struct State {
    /// Not written yet.
    var waiting: [UInt8] = []
    var lostLines = 0
    /// Whether the reader was waited for in vain; it is not waited for again until it reads.
    var isStuck = false
  }

  static let standardError = MessageOutput(PatientDescriptor(STDERR_FILENO))

  private let descriptor: PatientDescriptor
  private let state = Mutex(State())

  /// Bytes that may wait: some hundred messages.
  static let waitingLimit = 64 << 10
  /// How long all in all the reader is waited for at the end, well within the two seconds in which a stopped
  /// run is left.
  private static let patience = Duration.milliseconds(500)

  init(_ descriptor: PatientDescriptor) { self.descriptor = descriptor }

  /// Writes a text now or, when it cannot be, later. Waits for nobody.
  ///
  /// - Parameter text: Whole lines.
  func write(_ text: String) {
    state.withLock { state in
      drain(&state)
      enqueue(text, &state)
      drain(&state)
    }
  }

  /// Writes a text now or never. Waits for nobody.
  ///
  /// - Returns: Whether it was written.
  @discardableResult
  func writeIfPossible(_ text: String) -> Bool {
    state.withLock { state in
      drain(&state)
      guard state.waiting.isEmpty, descriptor.isReady(milliseconds: 0) else { return false }
      enqueue(text, &state)
      drain(&state)
      return true
    }
  }

  /// Writes what waits as far as that is possible. Waits for nobody.
  func drain() { state.withLock { drain(&$0) } }

  /// Writes what waits, and gives the reader a moment to take it.
  func flush() {
    let deadline = ContinuousClock.now + Self.patience
    while true {
      let isDone = state.withLock { state in
        drain(&state)
        if ContinuousClock.now >= deadline { state.isStuck = true }
        return state.waiting.isEmpty || state.isStuck
      }
      if isDone { return }
      _ = descriptor.isReady(milliseconds: 10)
    }
  }

  private func enqueue(_ text: String, _ state: inout State) {
    guard state.waiting.count + text.utf8.count <= Self.waitingLimit else {
      state.lostLines += text.utf8.count { $0 == UInt8(ascii: "\n") }
      return
    }
    state.waiting.append(contentsOf: text.utf8)
  }

  private func drain(_ state: inout State) {
    while true {
      if state.waiting.isEmpty, state.lostLines > 0 {
        state.waiting.append(
          contentsOf:
            "facestream: warning: \(counted(state.lostLines, "line")) left out here: nobody read them\n"
            .utf8)
        state.lostLines = 0
      }
      guard !state.waiting.isEmpty, descriptor.isReady(milliseconds: 0) else { return }
      let count = unsafe state.waiting.withUnsafeBytes { unsafe descriptor.writeSome($0) }
      if count < 0 {
        // Nothing sensible is left to do when even this cannot be written.
        state.waiting.removeAll()
        state.lostLines = 0
      }
      if count <= 0 { return }
      state.isStuck = false
      state.waiting.removeFirst(count)
    }
  }
}
