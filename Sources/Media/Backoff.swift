import Foundation

/// How long to wait before each attempt to connect: twice as long after every failure, and never quite the
/// same, so that the many clients of a server that comes back do not all come at once.
///
/// Source: Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), "equal jitter".
package struct Backoff: Sendable {
  /// Attempts since the last success.
  package private(set) var attempts = 0
  private let firstSeconds: Double
  private let longestSeconds: Double

  /// More doublings make no difference to any sensible limit.
  private static let mostDoublings = 40

  /// - Parameters:
  ///   - firstSeconds: The longest first delay, positive.
  ///   - longestSeconds: The longest delay of all, positive.
  package init(firstSeconds: Double = 0.5, longestSeconds: Double) {
    precondition(firstSeconds > 0 && longestSeconds > 0)
    self.firstSeconds = firstSeconds
    self.longestSeconds = longestSeconds
  }

  /// The delay in seconds before the next attempt: between half of what it may be and all of it.
  package mutating func next(using generator: inout some RandomNumberGenerator) -> Double {
    let doubled = firstSeconds * pow(2, Double(min(attempts, Self.mostDoublings)))
    attempts += 1
    return min(doubled, longestSeconds) * Double.random(in: 0.5...1, using: &generator)
  }

  /// Begins anew, after a success.
  package mutating func reset() { attempts = 0 }
}
