import Foundation
import Media
import Synchronization

@testable import Pipeline

/// One run of the whole pipeline within the tests' own process.
struct AnnotateRun {
  var summary: RunSummary
  var warnings: [String]

  /// Annotates `input` into `output`: draws nothing and detects in small pictures, unless
  /// `configure` says otherwise.
  init(
    _ input: String, to output: String, configure: (inout Configuration) -> Void = { _ in }
  ) throws {
    var configuration = Configuration()
    configuration.input = input
    configuration.output = output
    configuration.draw = [.none]
    configuration.detect.size = .longSide(64)
    configuration.threads = 1
    configure(&configuration)
    let said = Sentences()
    summary = try PipelineRunner(configuration: configuration).run(
      warn: { said.add($0) }, progress: { _ in })
    warnings = said.all
  }
}

/// Collects warnings from any thread.
private final class Sentences: Sendable {
  private let sentences = Mutex<[String]>([])

  var all: [String] { sentences.withLock { $0 } }

  func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
}
