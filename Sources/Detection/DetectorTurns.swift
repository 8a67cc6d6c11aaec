import Dispatch
import Synchronization

/// A fair turn at something that only one may use at a time: first come, first served.
///
/// A `Mutex` lets whoever happens to run take it again, so that one camera may go ahead of another for
/// long. Here a turn that ends is handed to the one that has waited longest; nobody can get in between.
/// After as many waits at once as there ever are, nothing is allocated.
package final class DetectorTurns: Sendable {
  private struct Line {
    var isTaken = false
    /// In the order of arrival.
    var waiting: [DispatchSemaphore] = []
    /// Those nobody waits at.
    var spare: [DispatchSemaphore] = []
  }

  private let line = Mutex(Line())

  package init() {}

  /// How many wait for their turn.
  package var waitingCount: Int { line.withLock { $0.waiting.count } }

  /// Waits for the caller's turn, which lasts as long as `body`.
  ///
  /// - Precondition: the caller has no turn yet; it would wait for itself.
  package func withTurn<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    begin()
    defer { end() }
    return try body()
  }

  private func begin() {
    let place: DispatchSemaphore? = line.withLock { line in
      if !line.isTaken {
        line.isTaken = true
        return nil
      }
      let place = line.spare.popLast() ?? DispatchSemaphore(value: 0)
      line.waiting.append(place)
      return place
    }
    guard let place else { return }
    place.wait()
    line.withLock { $0.spare.append(place) }
  }

  private func end() {
    let next: DispatchSemaphore? = line.withLock { line in
      if line.waiting.isEmpty {
        line.isTaken = false
        return nil
      }
      // The turn stays taken: it passes from hand to hand.
      return line.waiting.removeFirst()
    }
    next?.signal()
  }
}
