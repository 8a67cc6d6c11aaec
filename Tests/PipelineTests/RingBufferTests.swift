import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Ring buffer", .timeLimit(.minutes(10)))
struct RingBufferTests {
  @Test("elements leave in the order they came, around the end of the ring")
  func order() {
    let buffer = RingBuffer<Int>(capacity: 3, whenFull: .wait)
    var taken: [Int?] = []
    for value in 0..<20 {
      #expect(buffer.push(value))
      if value >= 2 { taken.append(buffer.pop()) }
    }
    #expect(taken == Array(0..<18))
    #expect(
      buffer.statistics
        == RingBufferStatistics(
          capacity: 3, highWaterMark: 3, fullWaits: 0, emptyWaits: 0, drops: 0))
  }

  @Test("drops the oldest down to a number, and counts them, where it drops at all")
  func dropsOnDemand() {
    for (whenFull, left, drops) in [
      (RingBuffer<Int>.WhenFull.dropOldest, [4, 5], 4), (.wait, [0, 1, 2, 3, 4, 5], 0),
    ] {
      let buffer = RingBuffer<Int>(capacity: 7, whenFull: whenFull)
      for value in 0..<6 { #expect(buffer.push(value)) }
      buffer.dropOldest(keeping: 6)
      #expect(buffer.waitingCount == 6)
      buffer.dropOldest(keeping: 2)
      #expect(buffer.waitingCount == left.count && buffer.statistics.drops == drops)
      buffer.close()
      var taken: [Int] = []
      while let value = buffer.pop() { taken.append(value) }
      #expect(taken == left)
    }
  }

  @Test("a full buffer makes the producer wait, and counts it")
  func waitsWhenFull() {
    let buffer = RingBuffer<Int>(capacity: 2, whenFull: .wait)
    let pushed = Atomic<Int>(0)
    onThreads(
      {
        for value in 0..<3 {
          _ = buffer.push(value)
          pushed.store(value + 1, ordering: .sequentiallyConsistent)
        }
      },
      {
        waitUntil { buffer.statistics.fullWaits == 1 }
        #expect(pushed.load(ordering: .sequentiallyConsistent) == 2)
        #expect(buffer.pop() == 0)
        #expect(buffer.pop() == 1)
        #expect(buffer.pop() == 2)
      })
    #expect(buffer.statistics.fullWaits == 1)
    #expect(buffer.statistics.drops == 0)
    #expect(buffer.statistics.highWaterMark == 2)
  }

  @Test("an empty buffer makes the consumer wait, and counts it")
  func waitsWhenEmpty() {
    let buffer = RingBuffer<Int>(capacity: 2, whenFull: .wait)
    onThreads(
      { #expect(buffer.pop() == 7) },
      {
        waitUntil { buffer.statistics.emptyWaits == 1 }
        #expect(buffer.push(7))
      })
    #expect(buffer.statistics.emptyWaits == 1)
  }

  @Test("dropping keeps the newest, and counts what went")
  func dropsOldest() {
    let buffer = RingBuffer<Int>(capacity: 3, whenFull: .dropOldest)
    for value in 0..<10 { #expect(buffer.push(value)) }
    buffer.close()
    #expect([buffer.pop(), buffer.pop(), buffer.pop(), buffer.pop()] == [7, 8, 9, nil])
    #expect(
      buffer.statistics
        == RingBufferStatistics(
          capacity: 3, highWaterMark: 3, fullWaits: 0, emptyWaits: 0, drops: 7))
  }

  @Test("a dropped element is let go at once")
  func dropReleases() {
    let buffer = RingBuffer<Witness>(capacity: 1, whenFull: .dropOldest)
    let gone = Counter()
    _ = buffer.push(Witness(gone))
    _ = buffer.push(Witness(gone))
    #expect(gone.value == 1)
    _ = buffer.pop()
    #expect(gone.value == 2)
  }

  @Test("closing lets the consumer take what is held, then ends")
  func closeDrains() {
    let buffer = RingBuffer<Int>(capacity: 4, whenFull: .wait)
    _ = buffer.push(1)
    _ = buffer.push(2)
    buffer.close()
    #expect(!buffer.push(3))
    #expect([buffer.pop(), buffer.pop(), buffer.pop()] == [1, 2, nil])
  }

  @Test("closing loses nothing that is held, also where a late push meets a full buffer")
  func pushAfterClose() {
    let buffer = RingBuffer<Int>(capacity: 1, whenFull: .dropOldest)
    _ = buffer.push(1)
    buffer.close()
    #expect(!buffer.push(2))
    #expect(buffer.pop() == 1)
    #expect(buffer.statistics.drops == 0)
  }

  @Test("closing wakes a consumer that waits")
  func closeWakes() {
    let buffer = RingBuffer<Int>(capacity: 1, whenFull: .wait)
    onThreads(
      { #expect(buffer.pop() == nil) },
      {
        waitUntil { buffer.statistics.emptyWaits == 1 }
        buffer.close()
      })
  }

  @Test("cancelling wakes a producer that waits and discards what is held")
  func cancelWakesProducer() {
    let buffer = RingBuffer<Witness>(capacity: 1, whenFull: .wait)
    let gone = Counter()
    _ = buffer.push(Witness(gone))
    onThreads(
      { #expect(!buffer.push(Witness(gone))) },
      {
        waitUntil { buffer.statistics.fullWaits == 1 }
        buffer.cancel()
      })
    #expect(gone.value == 2)
    #expect(buffer.pop() == nil)
    #expect(!buffer.push(Witness(gone)))
  }

  @Test("cancelling wakes a consumer that waits")
  func cancelWakesConsumer() {
    let buffer = RingBuffer<Int>(capacity: 1, whenFull: .wait)
    onThreads(
      { #expect(buffer.pop() == nil) },
      {
        waitUntil { buffer.statistics.emptyWaits == 1 }
        buffer.cancel()
      })
  }

  @Test(
    "two threads at changing pace lose and swap nothing", arguments: [1, 2, 3, 8],
    [1, 2, 3] as [UInt64])
  func waitingUnderStress(capacity: Int, seed: UInt64) {
    let count = 2_000
    let buffer = RingBuffer<Int>(capacity: capacity, whenFull: .wait)
    let taken = Mutex<[Int]>([])
    onThreads(
      {
        var pace = Pace(seed: seed)
        for value in 0..<count {
          pace.next()
          _ = buffer.push(value)
        }
        buffer.close()
      },
      {
        var pace = Pace(seed: seed &+ 100)
        while let value = buffer.pop() {
          pace.next()
          taken.withLock { $0.append(value) }
        }
      })
    #expect(taken.withLock { $0 } == Array(0..<count), "capacity \(capacity), seed \(seed)")
    #expect(buffer.statistics.drops == 0)
    #expect((1...capacity).contains(buffer.statistics.highWaterMark))
  }

  @Test(
    "what is dropped and what is taken add up", arguments: [1, 2, 3, 8], [1, 2, 3] as [UInt64])
  func droppingUnderStress(capacity: Int, seed: UInt64) {
    let count = 2_000
    let buffer = RingBuffer<Int>(capacity: capacity, whenFull: .dropOldest)
    let taken = Mutex<[Int]>([])
    onThreads(
      {
        var pace = Pace(seed: seed)
        for value in 0..<count {
          pace.next()
          _ = buffer.push(value)
        }
        buffer.close()
      },
      {
        var pace = Pace(seed: seed &+ 100)
        while let value = buffer.pop() {
          pace.next()
          pace.next()
          taken.withLock { $0.append(value) }
        }
      })
    let values = taken.withLock { $0 }
    #expect(values == values.sorted(), "capacity \(capacity), seed \(seed)")
    #expect(Set(values).count == values.count)
    #expect(values.last == count - 1)
    #expect(values.count + buffer.statistics.drops == count)
    #expect(buffer.statistics.fullWaits == 0)
  }
}

/// Now and then gives the other thread time, in a pattern that repeats.
private struct Pace {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func next() {
    switch Int.random(in: 0..<50, using: &generator) {
    case 0: usleep(UInt32.random(in: 1...200, using: &generator))
    case 1..<10: sched_yield()
    default: break
    }
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  var value: Int { count.load(ordering: .sequentiallyConsistent) }

  func increment() { count.add(1, ordering: .sequentiallyConsistent) }
}

/// Counts its own end.
private final class Witness: Sendable {
  private let counter: Counter

  init(_ counter: Counter) { self.counter = counter }

  deinit { counter.increment() }
}
