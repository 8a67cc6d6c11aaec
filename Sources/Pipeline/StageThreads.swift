import Foundation

/// The threads of a run's stages: stages block, so each has one of its own.
final class StageThreads: Sendable {
  private let group = DispatchGroup()

  /// Runs `body` to its end on a new thread.
  func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    group.enter()
    let thread = Thread { [group] in
      body()
      group.leave()
    }
    thread.name = name
    thread.start()
  }

  /// - Returns: Whether all stages have ended within the time.
  func wait(seconds: Double) -> Bool {
    group.wait(timeout: .now() + seconds) == .success
  }
}
