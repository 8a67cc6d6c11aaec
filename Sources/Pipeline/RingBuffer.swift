import Foundation

/// A bounded queue between two threads.
///
/// When it is full, `push` waits, or drops the oldest element, as configured. What happened is
/// counted. `@unchecked Sendable`: `condition` guards every stored variable.
package final class RingBuffer<Element: Sendable>: @unchecked Sendable {
  /// What `push` does without room.
  package enum WhenFull: Sendable {
    case wait, dropOldest
  }

  /// The most elements it holds.
  package let capacity: Int

  private let condition = NSCondition()
  private let whenFull: WhenFull
  private var slots: [Element?]
  private var first = 0
  private var count = 0
  private var isClosed = false
  private var isCancelled = false
  private var counted = RingBufferStatistics()

  /// - Precondition: `capacity` is at least 1.
  package init(capacity: Int, whenFull: WhenFull) {
    precondition(capacity > 0)
    self.capacity = capacity
    self.whenFull = whenFull
    slots = Array(repeating: nil, count: capacity)
    counted.capacity = capacity
  }

  package var statistics: RingBufferStatistics { locked { counted } }

  /// How many elements wait now.
  package var waitingCount: Int { locked { count } }

  /// Appends an element, waiting for room or dropping the oldest.
  ///
  /// - Returns: `false` when nobody takes elements any more; the element is discarded.
  package func push(_ element: Element) -> Bool {
    locked {
      guard !isCancelled, !isClosed else { return false }
      if count == slots.count, whenFull == .dropOldest {
        dropFirst()
      }
      if count == slots.count { counted.fullWaits += 1 }
      while count == slots.count && !isCancelled { condition.wait() }
      guard !isCancelled else { return false }
      slots[(first + count) % slots.count] = element
      count += 1
      counted.highWaterMark = max(counted.highWaterMark, count)
      condition.broadcast()
      return true
    }
  }

  /// Drops the oldest elements until so many are left, if dropping is how this buffer makes room.
  package func dropOldest(keeping kept: Int) {
    locked {
      guard whenFull == .dropOldest else { return }
      while count > max(0, kept) { dropFirst() }
    }
  }

  /// Takes the oldest element, waiting for one; `nil` when no more will come.
  package func pop() -> Element? {
    locked {
      if count == 0 && !isClosed && !isCancelled { counted.emptyWaits += 1 }
      while count == 0 && !isClosed && !isCancelled { condition.wait() }
      guard count > 0, !isCancelled else { return nil }
      let element = slots[first]
      slots[first] = nil
      first = (first + 1) % slots.count
      count -= 1
      condition.broadcast()
      return element
    }
  }

  /// The producer is done: what is held can still be taken, then `pop` returns `nil`.
  package func close() {
    locked {
      isClosed = true
      condition.broadcast()
    }
  }

  /// The consumer is gone: what is held is discarded and both sides return at once.
  package func cancel() {
    locked {
      isCancelled = true
      for index in slots.indices { slots[index] = nil }
      count = 0
      condition.broadcast()
    }
  }

  private func dropFirst() {
    slots[first] = nil
    first = (first + 1) % slots.count
    count -= 1
    counted.drops += 1
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}

/// What a ring buffer went through so far.
package struct RingBufferStatistics: Sendable, Equatable {
  package var capacity = 0
  /// The most elements held at once.
  package var highWaterMark = 0
  /// How often the producer found the buffer full and waited.
  package var fullWaits = 0
  /// How often the consumer found the buffer empty and waited.
  package var emptyWaits = 0
  /// Elements dropped because the buffer was full.
  package var drops = 0
}
