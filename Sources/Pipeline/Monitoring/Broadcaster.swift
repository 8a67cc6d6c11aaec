import Synchronization

/// Hands what comes to everybody who watches at the moment, and waits for none of them.
final class Broadcaster<Element: Sendable>: Sendable {
  private struct State {
    var inlets: [Int: Subscription<Element>.Inlet] = [:]
    var nextNumber = 0
    /// What those who come later are given first.
    var opening: Element?
    var dropped = 0
    var isEnded = false
  }

  private let state = Mutex(State())
  private let watchers = Atomic<Int>(0)
  private let capacity: Int

  /// - Parameter capacity: Elements that may wait for one watcher.
  init(capacity: Int) { self.capacity = capacity }

  /// How many watch. Takes no lock.
  var watcherCount: Int { watchers.load(ordering: .relaxed) }

  /// Elements that watchers were too slow for.
  var droppedCount: Int { state.withLock { $0.dropped } }

  /// The elements from now on, after the opening where there is one.
  ///
  /// - Parameter limit: How many may watch at once.
  /// - Returns: `nil` when as many watch already.
  func watch(limit: Int) -> Subscription<Element>? {
    let (subscription, isEnded) = state.withLock { state in
      guard state.inlets.count < limit else { return (nil as Subscription<Element>?, false) }
      let number = state.nextNumber
      let subscription = Subscription<Element>(
        capacity: capacity, onLoss: { [weak self] in self?.noteLoss() },
        onEnd: { [weak self] in self?.remove(number) })
      if let opening = state.opening { _ = subscription.inlet.offer(opening) }
      state.nextNumber += 1
      state.inlets[number] = subscription.inlet
      watchers.store(state.inlets.count, ordering: .relaxed)
      return (subscription, state.isEnded)
    }
    // Not within the lock, which its end takes as well.
    if isEnded { subscription?.inlet.finish() }
    return subscription
  }

  private func noteLoss() { state.withLock { $0.dropped += 1 } }

  private func remove(_ number: Int) {
    state.withLock { state in
      state.inlets[number] = nil
      watchers.store(state.inlets.count, ordering: .relaxed)
    }
  }

  /// Hands an element to all who watch.
  ///
  /// - Parameter isOpening: Whether those who come later are given it too, before all else.
  func send(_ element: Element, isOpening: Bool = false) {
    state.withLock { state in
      if isOpening { state.opening = element }
      for inlet in state.inlets.values where inlet.offer(element) { state.dropped += 1 }
    }
  }

  /// Nothing more comes: watchers get what waits for them, then the end.
  func end() {
    let inlets = state.withLock { state in
      state.isEnded = true
      return Array(state.inlets.values)
    }
    for inlet in inlets { inlet.finish() }
  }
}
