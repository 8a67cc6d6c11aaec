import Synchronization

/// A flag any thread may raise to make what waits return at once.
package final class Interruption: Sendable {
  private let raised = Atomic<Bool>(false)

  package init() {}

  package var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Makes whoever looks at it stop, now and later.
  package func raise() { raised.store(true, ordering: .relaxed) }
}
