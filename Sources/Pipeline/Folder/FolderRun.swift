import Foundation
import Media
import Synchronization

/// Works through the pictures of a folder: one pipeline each, several at once, with one network.
///
/// Decoding and encoding take most of a picture's time and have one thread each; so as many pictures
/// are in work as there are threads. The network takes one picture after the other, on all threads.
final class FolderRun: Sendable {
  private let configuration: Configuration
  private let folder: PictureFolder
  private let model: LoadedModel
  private let threads: Int
  private let isCancelled: @Sendable () -> Bool
  private let warn: @Sendable (String) -> Void
  private let records: FolderRecords?
  private let state = Mutex(State())

  private struct State {
    /// Index of the picture that is taken next.
    var next = 0
    var doneCount = 0
    var writtenCount = 0
    var faceCount = 0
    /// Pictures that could not be read, or not in whole.
    var damagedCount = 0
    var failure: PipelineError?
  }

  /// How often progress is reported.
  private static let progressInterval = 0.2

  /// Checks every name and makes the folders of the output.
  ///
  /// - Parameter leaving: Raised when a reader of the tracks who hangs is not to be waited for any longer.
  /// - Throws: `configuration`, `media`, `detection`, `noPictures`, `cannotWriteTracks`.
  init(
    _ configuration: Configuration, threads: Int, leaving: Interruption,
    isCancelled: @escaping @Sendable () -> Bool, warn: @escaping @Sendable (String) -> Void
  ) throws(PipelineError) {
    let input = configuration.input ?? "."
    folder = try PictureFolder(
      path: input, excluding: [configuration.output, configuration.crops.folder])
    guard !folder.pictures.isEmpty else { throw .noPictures(path: input) }
    self.configuration = configuration
    self.threads = threads
    self.isCancelled = isCancelled
    self.warn = warn
    do throws(ConfigurationError) {
      try Preflight.check(
        folder: configuration, pictures: folder.pictures.lazy.map { configuration.forPicture($0) })
    } catch {
      throw .configuration(error)
    }
    model = try LoadedModel(configuration.detectForTracking, threads: threads)
    records =
      configuration.tracks.isEmpty && !configuration.hidesFaces
      ? nil : FolderRecords(configuration: configuration, modelDigest: model.digest)
    try makeFolders()
    try records?.begin(pace: LinePace(leaving: leaving, warn: warn))
  }

  func run(progress: (RunProgress) -> Void) -> RunSummary {
    let started = ContinuousClock.now
    let workers = StageThreads()
    for number in 0..<min(threads, folder.pictures.count) {
      workers.start("picture \(number)") { self.takeAll() }
    }
    func report() -> RunProgress {
      let state = state.withLock { $0 }
      return RunProgress(
        frames: state.doneCount, faces: state.faceCount, drops: 0,
        elapsedSeconds: (ContinuousClock.now - started) / .seconds(1), positionSeconds: 0,
        totalPictures: folder.pictures.count)
    }
    while !workers.wait(seconds: Self.progressInterval) { progress(report()) }
    do throws(PipelineError) { try records?.flush() } catch { fail(error) }
    return summary(report())
  }

  private func summary(_ progress: RunProgress) -> RunSummary {
    let values = state.withLock { $0 }
    let ending: RunSummary.Ending
    if let failure = values.failure {
      ending = .failed(failure)
    } else if isCancelled() {
      ending = .interrupted
    } else if values.writtenCount == 0 {
      ending = .failed(.noFrames(path: folder.path))
    } else {
      ending = values.damagedCount > 0 ? .damaged : .complete
    }
    return RunSummary(
      ending: ending, progress: progress, threads: threads, writtenFrames: values.writtenCount,
      damagedFrames: values.damagedCount, reviews: records?.reviews ?? ReviewCounts(),
      skippedFiles: folder.skippedCount)
  }

  /// Makes the folders the pictures go to.
  private func makeFolders() throws(PipelineError) {
    guard let output = configuration.output else { return }
    var made: Set<String> = []
    for picture in folder.pictures {
      let path = Preflight.folder(of: PictureFolder.join(output, picture))
      if made.insert(path).inserted { try PictureFolder.make(path) }
    }
  }

  // MARK: - Workers

  private func takeAll() {
    while let index = take() {
      let records = records.map {
        PictureRecords(input: folder.pictures[index], index: index, of: $0)
      }
      work(on: folder.pictures[index], records)
      do throws(PipelineError) { try records?.finish() } catch { fail(error) }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, !isCancelled(), state.next < folder.pictures.count else {
        return nil
      }
      defer { state.next += 1 }
      return state.next
    }
  }

  private func work(on picture: String, _ records: PictureRecords?) {
    var configuration = configuration.forPicture(picture)
    configuration.threads = 1
    // One report tells of all pictures.
    configuration.redact.report = nil
    let name = configuration.input ?? picture
    let runner = PipelineRunner(configuration: configuration)
    do throws(PipelineError) {
      let summary = try runner.process(
        faces: .search(model), records: records, warn: { [warn] in warn("'\(name)': \($0)") },
        progress: { _ in })
      if case .failed(let error) = summary.ending { throw error }
      state.withLock {
        $0.writtenCount += 1
        $0.faceCount += summary.progress.faces
        $0.damagedCount += summary.damageCount > 0 ? 1 : 0
      }
      if summary.damageCount > 0 {
        warn("'\(name)' is damaged: \(summary.damageExamples.joined(separator: "; "))")
      }
    } catch {
      if error.isOfInput {
        warn(error.description)
        state.withLock { $0.damagedCount += 1 }
      } else if case .unreliableFrame(_, let reason) = error {
        fail(.unreliablePicture(path: name, reason: reason))
      } else {
        fail(error)
      }
    }
    state.withLock { $0.doneCount += 1 }
  }

  private func fail(_ error: PipelineError) {
    state.withLock { $0.failure = $0.failure ?? error }
  }
}

extension Configuration {
  /// This configuration for one picture of the folder that is its input.
  fileprivate func forPicture(_ picture: String) -> Configuration {
    var configuration = self
    configuration.input = PictureFolder.join(input ?? ".", picture)
    configuration.output = output.map { PictureFolder.join($0, picture) }
    configuration.crops.folder = crops.folder.map { PictureFolder.join($0, picture) }
    return configuration
  }
}

extension PipelineError {
  /// Whether only the picture at hand is to blame, so that others may do better.
  fileprivate var isOfInput: Bool {
    switch self {
    case .media(let error):
      switch error {
      case .cannotOpen, .unsupportedInput, .notAuthorized, .silent, .lost, .notVideo,
        .pictureTooLarge, .unsupportedCodec, .damaged, .unsupportedPicture:
        true
      case .unknownContainer, .unknownOutputFormat, .unknownEncoder, .encoderOption, .cannotEncode,
        .cannotWrite, .outOfMemory:
        false
      }
    case .noFrames, .tooManyErrors: true
    case .configuration, .detection, .evaluation, .cannotWriteTracks, .noPictures,
      .unreliableFrame, .unreliablePicture, .cannotReadTracks, .tracksOfAnotherInput:
      false
    }
  }
}
