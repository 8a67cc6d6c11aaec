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

  @Test("a step begins when the one before is done", arguments: [1, 2, 3, 17])
  func stepsFollowEachOther(threads: Int) {
    let counts = [3, 1, 0, 40, 2, 1, 17]
    let ends = counts.indices.map { counts[...$0].reduce(0, +) }
    let done = Mutex([Int](repeating: 0, count: counts.count))
    for _ in 0..<50 {
      done.withLock { $0 = [Int](repeating: 0, count: counts.count) }
      TileExecutor(threads: threads).forEachTile(ofStepsEnding: ends) { step, tile, worker in
        let before = done.withLock { $0.prefix(step).elementsEqual(counts.prefix(step)) }
        #expect(before && tile >= 0 && tile < counts[step] && worker >= 0 && worker < threads)
        done.withLock { $0[step] += 1 }
      }
      #expect(done.withLock { $0 } == counts)
    }
  }

  @Test("steps end even if the workers run one after the other", .timeLimit(.minutes(10)))
  func stepsNeedNoConcurrency() async {
    // From many threads at once: Dispatch has workers for few of them.
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<16 {
        group.addTask {
          for _ in 0..<20 {
            let sum = Atomic(0)
            TileExecutor(threads: 8).forEachTile(ofStepsEnding: [5, 10, 15]) { _, _, _ in
              sum.wrappingAdd(1, ordering: .relaxed)
            }
            #expect(sum.load(ordering: .relaxed) == 15)
          }
        }
      }
    }
  }
}
