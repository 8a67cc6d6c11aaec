import Foundation
import Pipeline
import Synchronization

/// Progress on standard error: one line that renews itself on a terminal, otherwise a new line
/// every few seconds. Left out where nobody reads it.
final class ProgressLine: Sendable {
  private struct State {
    var isShown = false
    var lastPlainLine: ContinuousClock.Instant
  }

  private let output = MessageOutput.standardError
  private let isSilent: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State(lastPlainLine: .now))

  private static let plainInterval = Duration.seconds(5)
  /// Back to the first column and erase the line (ECMA-48, EL).
  private static let erase = "\r\u{1B}[K"

  init(isSilent: Bool) {
    self.isSilent = isSilent
  }

  func show(_ progress: RunProgress) { show(Self.text(progress)) }

  func show(_ text: @autoclosure () -> String) {
    show { _ in text() }
  }

  /// - Parameter text: Makes the line for a terminal of so many columns; `nil` without one. What does not fit
  ///   is cut off: a line that wraps could not be erased.
  func show(_ text: (_ width: Int?) -> String) {
    // Warnings may wait.
    output.drain()
    if isSilent { return }
    state.withLock { state in
      if isTerminal {
        let line = Self.erase + Self.cut(text(Self.width), to: Self.width)
        if output.writeIfPossible(line) { state.isShown = true }
      } else if ContinuousClock.now - state.lastPlainLine >= Self.plainInterval {
        state.lastPlainLine = .now
        output.writeIfPossible(text(nil) + "\n")
      }
    }
  }

  /// Prints a line of its own, at once or later; the progress line comes back below it. Waits for nobody.
  func interrupt(with text: String) {
    state.withLock { state in
      output.write((state.isShown ? Self.erase : "") + text)
      state.isShown = false
    }
  }

  /// Clears the line for what follows.
  func finish() {
    state.withLock { state in
      if state.isShown { output.write(Self.erase) }
      state.isShown = false
    }
    output.flush()
  }

  /// Columns of the terminal; 80 where it does not tell.
  private static var width: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }

  /// The last column stays empty: some terminals begin a new line when it is written.
  private static func cut(_ text: String, to width: Int) -> Substring {
    text.prefix(max(0, width - 1))
  }

  /// The line for a run of one input.
  static func text(_ progress: RunProgress) -> String {
    guard let total = progress.totalPictures else { return videoText(progress) + eta(progress) }
    return
      "picture \(progress.frames) of \(total)  \(decimals(progress.framesPerSecond, 1)) a second"
      + "  " + counted(progress.faces, "face") + eta(progress)
  }

  private static func videoText(_ progress: RunProgress) -> String {
    var text = "frame \(progress.frames)"
    if let total = progress.totalSeconds, total > 0 {
      let percent = Int(max(0, min(100, 100 * progress.positionSeconds / total)))
      text += " (\(percent) %)"
    }
    text += "  \(decimals(progress.framesPerSecond, 1)) fps  \(decimals(progress.speed, 2))x"
    text += "  " + counted(progress.faces, "face") + "  " + counted(progress.drops, "drop")
    if let seconds = progress.latencySeconds { text += "  latency \(milliseconds(seconds)) ms" }
    if progress.searchedShare < 0.95 {
      text += "  1 in \(decimals(1 / max(progress.searchedShare, 0.01), 1)) searched"
    }
    return text
  }

  private static func eta(_ progress: RunProgress) -> String {
    guard let remaining = progress.remainingSeconds else { return "" }
    return "  ETA \(minutesAndSeconds(remaining))"
  }
}

/// Such as `3:07`; nobody waits for longer than a year's worth of it.
func minutesAndSeconds(_ seconds: Double) -> String {
  let year = 366.0 * 86_400
  let whole = Int(max(0, min(year, seconds)).rounded())
  let (minutes, rest) = whole.quotientAndRemainder(dividingBy: 60)
  return "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
}

/// Seconds as milliseconds, whole from ten on.
func milliseconds(_ seconds: Double) -> String {
  decimals(seconds * 1000, seconds < 0.00995 ? 1 : 0)
}

/// A number with a fixed count of decimals, with a point in every locale.
func decimals(_ number: Double, _ count: Int) -> String {
  String(format: "%.\(count)f", number)
}
