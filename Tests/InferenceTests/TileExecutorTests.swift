import Inference
import Synchronization
import Testing

@Suite("Tile executor")
struct TileExecutorTests {
  @Test("every tile is computed once", arguments: [1, 2, 3, 17], [0, 1, 2, 5, 1000])
  func everyTileOnce(threads: Int, count: Int) {
    let calls = Mutex([Int](repeating: 0, count: count))
    TileExecutor(threads: threads).forEachTile(count) { tile, worker in
      calls.withLock { $0[tile] += worker >= 0 && worker < threads ? 1 : 1000 }
    }
    #expect(calls.withLock { $0 }.allSatisfy { $0 == 1 })
  }

  @Test("calls with the same worker never overlap")
  func workersDoNotOverlap() {
    let busy = Mutex([Bool](repeating: false, count: 4))
    let overlaps = Atomic(0)
    TileExecutor(threads: 4).forEachTile(2000) { _, worker in
      busy.withLock { busy in
        if busy[worker] { overlaps.wrappingAdd(1, ordering: .relaxed) }
        busy[worker] = true
      }
      busy.withLock { $0[worker] = false }
    }
    #expect(overlaps.load(ordering: .relaxed) == 0)
  }
}
