package import Testing

/// Keeps tests waiting while others of the kind run: tests of programs that live for a while only wait most of the
/// time, so that the testing library would start all of them at once, and on few processors none would get on.
package struct TakingTurns: TestTrait, SuiteTrait, TestScoping {
  private static let turns = Turns(4)

  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    await Self.turns.begin()
    do {
      try await function()
    } catch {
      await Self.turns.end()
      throw error
    }
    await Self.turns.end()
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
