import Synchronization

/// The pictures of a run, handed to whichever worker is free.
final class WiderWork: Sendable {
  /// What became of a picture.
  struct Result: Sendable {
    var faces: PictureFaces
    /// Found now, not in an earlier run.
    var isNew: Bool
    /// Why part of the picture may be missing, with its path.
    var damage: String?
  }

  private struct State {
    var next = 0
    var results: [Result?]
    var doneCount = 0
    var resumedCount = 0
    var faceCount = 0
    var failure: PipelineError?
  }

  private let count: Int
  private let state: Mutex<State>

  init(count: Int) {
    self.count = count
    state = Mutex(State(results: Array(repeating: nil, count: count)))
  }

  /// Works on pictures until all are taken or one has failed. Called by every worker.
  ///
  /// - Parameter body: Receives the picture's index.
  func takeAll(_ body: (Int) throws(PipelineError) -> Result) {
    while let index = take() {
      do throws(PipelineError) {
        let result = try body(index)
        state.withLock { state in
          state.results[index] = result
          state.doneCount += 1
          state.resumedCount += result.isNew ? 0 : 1
          state.faceCount += result.faces.predictions.count
        }
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  func progress(elapsedSeconds: Double) -> WiderProgress {
    state.withLock {
      WiderProgress(
        pictures: $0.doneCount, totalPictures: count, resumedPictures: $0.resumedCount,
        faces: $0.faceCount, elapsedSeconds: elapsedSeconds)
    }
  }

  /// The results in the order of the pictures, once all workers have ended.
  func finish() throws(PipelineError) -> [Result] {
    let state = state.withLock { $0 }
    if let failure = state.failure { throw failure }
    return state.results.compactMap { $0 }
  }
}
