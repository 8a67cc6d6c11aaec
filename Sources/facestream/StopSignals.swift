import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first stops the run in good order, a second one ends the process at once.
struct StopSignals {
  private let first: FirstSignal
  private let sources: [any DispatchSourceSignal]

  private final class FirstSignal: Sendable {
    /// 0 without one.
    let number = Atomic<Int32>(0)
  }

  /// Begins to listen.
  ///
  /// - Parameter stop: Called at the first signal, on any thread.
  init(_ stop: @escaping @Sendable () -> Void) {
    let first = FirstSignal()
    sources = [SIGINT, SIGTERM].map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let (isFirst, _) = first.number.compareExchange(
          expected: 0, desired: number, ordering: .relaxed)
        if isFirst { stop() } else { _exit(128 + number) }
      }
      // Until somebody listens a signal ends the process; it is never ignored, which would lose it: Dispatch has
      // put a handler of its own in place by then (Linux).
      let isListening = DispatchSemaphore(value: 0)
      source.setRegistrationHandler { isListening.signal() }
      source.resume()
      isListening.wait()
      return source
    }
    self.first = first
    // A reader that went away is an error of write(), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Listens no more.
  func ignore() {
    for source in sources { source.cancel() }
  }

  /// What a run ends with that was asked to stop; `nil` when it was not.
  var status: ExitStatus? {
    switch first.number.load(ordering: .relaxed) {
    case 0: nil
    case SIGINT: .interrupted
    default: .terminated
    }
  }
}
