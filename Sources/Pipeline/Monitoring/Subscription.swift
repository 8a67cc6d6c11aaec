/// One watcher's end of a bounded queue whose oldest elements give way: nobody waits for its reader.
///
/// The subscription ends with this object.
package final class Subscription<Element: Sendable>: Sendable {
  /// What there is to see, to be gone over once. `nil` is a pulse: nothing new for a while.
  package let elements: AsyncStream<Element?>
  /// The other end.
  let inlet: Inlet
  private let onLoss: @Sendable () -> Void

  /// Where elements go in.
  struct Inlet: Sendable {
    fileprivate let continuation: AsyncStream<Element?>.Continuation

    /// - Parameter element: `nil` for a pulse.
    /// - Returns: Whether an element had to give way; a pulse that does is no loss.
    func offer(_ element: Element?) -> Bool {
      guard case .dropped(let dropped) = continuation.yield(element) else { return false }
      return dropped != nil
    }

    /// The reader gets what waits, then the end.
    func finish() { continuation.finish() }
  }

  /// - Parameters:
  ///   - capacity: Elements that may wait for the reader.
  ///   - onLoss: Called, on any thread, when an element had to give way to a pulse.
  ///   - onEnd: Called once, on any thread, when the reader is gone or the queue finished.
  init(
    capacity: Int, onLoss: @escaping @Sendable () -> Void = {},
    onEnd: @escaping @Sendable () -> Void
  ) {
    let (stream, continuation) = AsyncStream<Element?>.makeStream(
      bufferingPolicy: .bufferingNewest(capacity))
    continuation.onTermination = { _ in onEnd() }
    elements = stream
    inlet = Inlet(continuation: continuation)
    self.onLoss = onLoss
  }

  deinit { inlet.finish() }

  /// Wakes the reader without an element. In a full queue the oldest element gives way, which is counted.
  package func pulse() {
    if inlet.offer(nil) { onLoss() }
  }
}
