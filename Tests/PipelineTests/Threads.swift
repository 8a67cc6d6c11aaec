import Foundation
import Testing

@testable import Pipeline

/// Runs the bodies at the same time, each on a thread of its own, until all have ended.
func onThreads(_ bodies: (@Sendable () -> Void)...) {
  let threads = StageThreads()
  for body in bodies { threads.start("test", body) }
  while !threads.wait(seconds: 10) {}
}

/// Returns as soon as the condition holds, and fails the test when it does not within seconds.
func waitUntil(
  _ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) {
  let deadline = ContinuousClock.now + .seconds(20)
  while !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record("the condition did not come true", sourceLocation: sourceLocation)
      return
    }
    usleep(500)
  }
}
