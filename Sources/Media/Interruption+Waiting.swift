internal import Foundation

extension Interruption {
  /// How long an interruption may go unnoticed by who waits.
  private static let waitingStep = 0.02

  /// Lets the calling thread wait, but not beyond an interruption.
  ///
  /// - Returns: `false` when interrupted.
  package func wait(seconds: Double) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !isRaised {
      let left = (end - ContinuousClock.now) / .seconds(1)
      if left <= 0 { return true }
      Thread.sleep(forTimeInterval: min(left, Self.waitingStep))
    }
    return false
  }
}
