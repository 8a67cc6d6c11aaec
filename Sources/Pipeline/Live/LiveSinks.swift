import Synchronization

/// How much of what a live run is for is left: outputs, track files, crops, the report, the page.
///
/// Whatever fails, the others go on; the run ends when nothing is left, and has failed at its end when anything did.
final class LiveSinks: Sendable {
  private let left: Mutex<Int>
  private let state: RunState

  /// - Parameter isWatched: Whether a page shows what the run does.
  init(_ configuration: Configuration, isWatched: Bool, state: RunState) {
    let others = [isWatched, configuration.crops.folder != nil, configuration.redact.report != nil]
    left = Mutex(
      configuration.outputs.count + configuration.tracks.count + others.count { $0 })
    self.state = state
  }

  /// Takes note of one that failed for good, and tells it where the run goes on.
  ///
  /// - Returns: Whether anything else is left.
  func goOn(without error: PipelineError) -> Bool {
    let isAnyLeft = left.withLock {
      $0 -= 1
      return $0 > 0
    }
    // The first is what the run ends with.
    let isFirst = state.snapshot.failure == nil
    if isAnyLeft {
      state.addWarning("\(error); the other outputs go on")
    } else if !isFirst {
      state.addWarning("\(error); nothing is left to be written")
    }
    state.fail(error)
    return isAnyLeft
  }
}
