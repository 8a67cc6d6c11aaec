import Foundation
import Synchronization
import Testing

@testable import Pipeline

@Suite("Processors and threads", .timeLimit(.minutes(1)))
struct ThreadingTests {
  @Test("there is at least one processor and not more than the machine has")
  func processors() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(availableProcessors()))
  }

  @Test("stages run at the same time and are waited for")
  func stages() {
    let threads = StageThreads()
    #expect(threads.wait(seconds: 0))
    let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let ended = Atomic<Int>(0)
    // Each waits for the other: one after the other they would never end.
    threads.start("first") {
      second.signal()
      first.wait()
      ended.add(1, ordering: .sequentiallyConsistent)
    }
    threads.start("second") {
      second.wait()
      first.signal()
      ended.add(1, ordering: .sequentiallyConsistent)
    }
    while !threads.wait(seconds: 1) {}
    #expect(ended.load(ordering: .sequentiallyConsistent) == 2)
  }

  @Test("waiting gives up after its time")
  func waitingTime() {
    let threads = StageThreads()
    let release = DispatchSemaphore(value: 0)
    threads.start("stage") { release.wait() }
    #expect(!threads.wait(seconds: 0.01))
    release.signal()
    while !threads.wait(seconds: 1) {}
  }
}
