import CProcessor
import Dispatch
import Foundation
import Synchronization

/// The one place that starts threads: hands the tiles of a layer to a fixed number of workers.
///
/// Which worker computes a tile is left to chance; kernels keep results independent of it by letting
/// one tile alone compute each output element.
package struct TileExecutor: Sendable {
  /// How many workers may run at once, the calling thread included.
  package let threads: Int

  /// - Precondition: `threads` is positive.
  package init(threads: Int) {
    precondition(threads > 0, "at least one thread is needed, not \(threads)")
    self.threads = threads
  }

  /// Calls `body` once for each tile in `0..<count`, and returns when all are done.
  ///
  /// - Parameter body: Receives the tile and the number of its worker, in `0..<threads`; calls with
  ///   the same worker never overlap, so each worker can have scratch memory of its own.
  package func forEachTile(_ count: Int, _ body: @Sendable (_ tile: Int, _ worker: Int) -> Void) {
    let workers = min(threads, count)
    guard workers > 1 else {
      for tile in 0..<count { body(tile, 0) }
      return
    }
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let tile = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard tile < count else { return }
        body(tile, worker)
      }
    }
  }
  /// The same for several steps of which each needs the results of the one before, with the threads
  /// started once for all of them: at some forty steps in a few milliseconds, starting them for each
  /// would cost a tenth of the time.
  ///
  /// Workers take tiles in order, over the ends of steps; who takes one of a later step waits until all
  /// tiles before that step are done. Nobody waits for a worker that has not started: tiles before it
  /// have all been taken, and those who took them run. So it ends with any number of workers, even if
  /// they run one after the other.
  ///
  /// - Parameters:
  ///   - ends: Per step the number of tiles up to and with it; must not fall.
  ///   - body: Receives the step, the tile of the step, and the worker as in `forEachTile`.
  package func forEachTile(
    ofStepsEnding ends: [Int], _ body: @Sendable (_ step: Int, _ tile: Int, _ worker: Int) -> Void
  ) {
    guard let count = ends.last else { return }
    let workers = min(threads, count)
    guard workers > 1 else {
      var start = 0
      for (step, end) in ends.enumerated() {
        for tile in start..<end { body(step, tile - start, 0) }
        start = end
      }
      return
    }
    let next = Atomic(0)
    let done = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var step = 0
      var start = 0
      while true {
        let tile = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard tile < count else { return }
        while tile >= ends[step] {
          start = ends[step]
          step += 1
        }
        var waits = 0
        // Acquiring what the other workers released makes their results visible here.
        while done.load(ordering: .acquiring) < start {
          Self.pause(&waits)
        }
        body(step, tile - start, worker)
        done.wrappingAdd(1, ordering: .acquiringAndReleasing)
      }
    }
  }

  /// Waits a moment: at first, when the other worker is about to finish its tile, without giving up
  /// the processor, then letting others run, at last sleeping.
  private static func pause(_ waits: inout Int) {
    waits += 1
    if waits < spins {
      facestream_spin_hint()
    } else if waits < spins + yields {
      sched_yield()
    } else {
      usleep(50)
    }
  }

  /// About 20 µs, longer than most tiles take.
  private static let spins = 1000
  private static let yields = 100
}
