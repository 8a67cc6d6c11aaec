import ArgumentParser
import Evaluation
import Foundation
import Pipeline

struct EvaluateTracksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracks",
    abstract: "Measures how well tracks keep to ground truth.",
    discussion: """
      HOTA with its parts DetA and AssA, MOTA, IDF1, switches and fragmentations, of MOTChallenge text \
      files. Lines of ground truth with 0 in the seventh column are not counted.

      Examples:
        facestream evaluate tracks --ground-truth gt.txt faces.txt
      """)

  @Argument(help: "The tracks to measure, MOTChallenge text.")
  var result: String

  @Option(help: ArgumentHelp("True tracks, MOTChallenge text.", valueName: "file"))
  var groundTruth: String

  @Option(
    help: ArgumentHelp(
      "Count MOTA, switches and fragmentations as trackeval or motmetrics. (default: trackeval)",
      valueName: "name"))
  var convention: Convention = .trackeval

  @Flag(help: "As JSON.")
  var json = false

  enum Convention: String, ExpressibleByArgument, CaseIterable {
    case trackeval, motmetrics
  }

  func run() throws {
    let report: TrackReport
    do throws(EvaluationError) {
      let sequence = TrackSequence(
        truth: try MOTFile.read(groundTruth, as: .tracks),
        result: try MOTFile.read(result, as: .tracks))
      report = TrackReport(sequence, convention: convention)
    } catch {
      throw Failure(message: error.description, status: .wrongUsage)
    }
    if json { try printJSON(report) } else { print(report.text) }
  }
}

/// What `evaluate tracks` tells, in the shape of its JSON form.
private struct TrackReport: Encodable {
  var hota: Double
  var deta: Double
  var assa: Double
  var mota: Double
  var idf1: Double
  var switches: Int
  var fragmentations: Int
  var misses: Int
  var falsePositives: Int

  init(_ sequence: TrackSequence, convention: EvaluateTracksCommand.Convention) {
    let higherOrder = HigherOrderAccuracy(sequence)
    let clear = ClearAccuracy(
      sequence, convention: convention == .trackeval ? .trackEval : .motmetrics)
    hota = higherOrder.hota
    deta = higherOrder.detectionAccuracy
    assa = higherOrder.associationAccuracy
    mota = clear.mota
    idf1 = IdentityAccuracy(sequence).f1
    switches = clear.switches
    fragmentations = clear.fragmentations
    misses = clear.misses
    falsePositives = clear.falsePositives
  }

  var text: String {
    let shares = [
      ("HOTA", hota), ("DetA", deta), ("AssA", assa), ("MOTA", mota), ("IDF1", idf1),
    ]
    let counts = [
      ("switches", switches), ("fragmentations", fragmentations), ("misses", misses),
      ("false positives", falsePositives),
    ]
    let values =
      shares.map { ($0, decimals(100 * $1, 3) + " %") } + counts.map { ($0, String($1)) }
    return values.map { name, value in
      name.padding(toLength: 16, withPad: " ", startingAt: 0)
        + String(repeating: " ", count: max(0, 10 - value.count)) + value
    }.joined(separator: "\n")
  }
}
