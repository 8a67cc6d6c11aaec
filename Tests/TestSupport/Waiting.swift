/// Waits for something to come true, while other tests go on.
///
/// The condition is looked at once more after the time has passed: on a busy machine a test may be held up for longer
/// than that, and what has come true meanwhile counts.
///
/// - Returns: `false` when it has not come true within two minutes.
package func comesTrue(
  isolation: isolated (any Actor)? = #isolation, _ condition: () throws -> Bool
) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(120)
  while true {
    let isLast = ContinuousClock.now >= deadline
    if try condition() { return true }
    if isLast { return false }
    try await Task.sleep(for: .milliseconds(10))
  }
}
