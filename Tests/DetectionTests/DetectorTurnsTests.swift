import Detection
import Foundation
import Synchronization
import Testing

@Suite("Turns at a detector", .timeLimit(.minutes(10)))
struct DetectorTurnsTests {
  /// Numbers in the order in which they were written down.
  private final class Order: Sendable {
    private let numbers = Mutex<[Int]>([])
    var all: [Int] { numbers.withLock { $0 } }
    func note(_ number: Int) { numbers.withLock { $0.append(number) } }
  }

  private func waitUntil(_ condition: () -> Bool) {
    while !condition() { usleep(200) }
  }

  @Test("those who wait get their turns in the order in which they came")
  func firstComeFirstServed() {
    let (turns, order) = (DetectorTurns(), Order())
    let group = DispatchGroup()
    turns.withTurn {
      for number in 0..<8 {
        group.enter()
        Thread.detachNewThread {
          turns.withTurn { order.note(number) }
          group.leave()
        }
        // The next one comes only when this one waits.
        waitUntil { turns.waitingCount == number + 1 }
      }
      #expect(order.all.isEmpty)
    }
    group.wait()
    #expect(order.all == Array(0..<8))
    #expect(turns.waitingCount == 0)
  }

  @Test("who comes back at once stands behind those who wait already")
  func nobodyGetsInBetween() {
    let (turns, order) = (DetectorTurns(), Order())
    let group = DispatchGroup()
    let rounds = 50
    turns.withTurn {
      for number in 0..<3 {
        group.enter()
        Thread.detachNewThread {
          for _ in 0..<rounds {
            turns.withTurn {
              order.note(number)
              // The others are back in the line before this turn ends.
              while turns.waitingCount < 2 && order.all.count < 3 * rounds - 2 { usleep(50) }
            }
          }
          group.leave()
        }
        waitUntil { turns.waitingCount == number + 1 }
      }
    }
    group.wait()
    #expect(order.all == Array(repeating: [0, 1, 2], count: rounds).flatMap(\.self))
  }

  @Test("only one has a turn at a time, and every turn comes")
  func exclusive() {
    let turns = DetectorTurns()
    let inside = Atomic(0)
    let most = Atomic(0)
    let count = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 6) { _ in
      for _ in 0..<200 {
        turns.withTurn {
          let now = inside.add(1, ordering: .relaxed).newValue
          most.max(now, ordering: .relaxed)
          count.add(1, ordering: .relaxed)
          inside.subtract(1, ordering: .relaxed)
        }
      }
    }
    #expect(most.load(ordering: .relaxed) == 1)
    #expect(count.load(ordering: .relaxed) == 1200)
  }

  @Test("a turn ends also with an error")
  func errors() {
    struct Refused: Error {}
    let turns = DetectorTurns()
    for _ in 0..<2 {
      #expect(throws: Refused.self) {
        try turns.withTurn { () throws(Refused) in throw Refused() }
      }
    }
  }
}
