/// One watcher's end of a bounded queue whose oldest elements give way: nobody waits for its reader.
///
/// The subscription ends with this object.
package final class Subscription<Element: Sendable>: Sendable {
  /// What there is to see, to be gone over once. `nil` is a pulse: nothing new for a while.
  package let elements: AsyncStream<Element?>
  /// The other end.
  let inlet: Inlet

  /// Where elements go in.
  struct Inlet: Sendable {
    fileprivate let continuation: AsyncStream<Element?>.Continuation

    /// - Returns: Whether an element had to give way; a pulse that does is no loss.
    func offer(_ element: Element) -> Bool {
      guard case .dropped(let dropped) = continuation.yield(element) else { return false }
      return dropped != nil
    }

    /// The reader gets what waits, then the end.
    func finish() { continuation.finish() }
  }

  /// - Parameters:
  ///   - capacity: Elements that may wait for the reader.
  ///   - onEnd: Called once, on any thread, when the reader is gone or the queue finished.
  init(capacity: Int, onEnd: @escaping @Sendable () -> Void) {
    let (stream, continuation) = AsyncStream<Element?>.makeStream(
      bufferingPolicy: .bufferingNewest(capacity))
    continuation.onTermination = { _ in onEnd() }
    elements = stream
    inlet = Inlet(continuation: continuation)
  }

  deinit { inlet.finish() }

  /// Wakes the reader without an element.
  package func pulse() { inlet.continuation.yield(nil) }
}
