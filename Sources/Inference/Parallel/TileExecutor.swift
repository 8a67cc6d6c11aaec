import Dispatch
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
}
