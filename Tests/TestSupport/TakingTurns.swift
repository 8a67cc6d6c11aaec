import Foundation
import Synchronization
package import Testing

/// Keeps tests waiting while others of the kind run: tests of programs that live for a while only wait most of the
/// time, so that the testing library would start all of them at once, and on few processors none would get on.
///
/// Each runs on a thread of its own: tests that calculate keep those of the testing library busy for minutes. Not on
/// a queue of Dispatch, which gives threads that tests wait for the priority of real time, where it may.
package struct TakingTurns: TestTrait, SuiteTrait, TestScoping {
  private static let turns = Turns(4)

  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    await Self.turns.begin()
    do {
      try await withTaskExecutorPreference(OwnThread()) { try await function() }
    } catch {
      await Self.turns.end()
      throw error
    }
    await Self.turns.end()
  }

  /// Runs what a test does on one thread, which ends with the test.
  private final class OwnThread: TaskExecutor {
    private let jobs = Jobs()

    init() {
      Thread { [jobs] in
        while let job = jobs.next() {
          unsafe job.job.runSynchronously(on: job.executor.asUnownedTaskExecutor())
        }
      }.start()
    }

    deinit { jobs.add(nil) }

    func enqueue(_ job: consuming ExecutorJob) { jobs.add((UnownedJob(job), self)) }
  }

  /// Waits to be run; `nil` is the end.
  private final class Jobs: Sendable {
    typealias Job = (job: UnownedJob, executor: OwnThread)

    private let waiting = Mutex<[Job?]>([])
    private let count = DispatchSemaphore(value: 0)

    func add(_ job: Job?) {
      waiting.withLock { $0.append(job) }
      count.signal()
    }

    func next() -> Job? {
      count.wait()
      return waiting.withLock { $0.removeFirst() }
    }
  }

  /// Who comes first is served first.
  private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func begin() async {
      if free > 0 {
        free -= 1
      } else {
        await withCheckedContinuation { waiting.append($0) }
      }
    }

    func end() {
      if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
  }
}

extension Trait where Self == TakingTurns {
  /// At most four of all such tests run at a time.
  package static var takingTurns: Self { Self() }
}
