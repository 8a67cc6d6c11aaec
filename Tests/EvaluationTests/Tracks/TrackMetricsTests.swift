import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Track metrics")
struct TrackMetricsTests {
  /// What `tools/make-metric-fixtures` measured with the two programs.
  private struct Expected: Decodable {
    var trackeval: TrackEval
    var motmetrics: MOTMetrics

    struct TrackEval: Decodable {
      var hota: Double
      var deta: Double
      var assa: Double
      var mota: Double
      var idf1: Double
      var switches: Int
      var fragmentations: Int
      var misses: Int
      var falsePositives: Int
    }

    struct MOTMetrics: Decodable {
      var mota: Double
      var idf1: Double
      var switches: Int
      var fragmentations: Int
      var misses: Int
      var falsePositives: Int
    }
  }

  private static let folder = Repository.path("Tests/EvaluationTests/Fixtures/Tracks")

  private func sequence(_ name: String) throws -> TrackSequence {
    TrackSequence(
      truth: try MOTFile.read("\(Self.folder)/\(name)-truth.txt", as: .tracks),
      result: try MOTFile.read("\(Self.folder)/\(name)-result.txt", as: .tracks))
  }

  private func expected(_ name: String) throws -> Expected {
    let data = try Data(contentsOf: URL(filePath: "\(Self.folder)/expected.json"))
    return try #require(try JSONDecoder().decode([String: Expected].self, from: data)[name])
  }

  private static let names = ["steady", "switching", "sparse", "crowded"]
  /// The bound of the comparison; sums in another order differ by some 1e-15.
  private static let tolerance = 1e-6

  @Test("equal TrackEval's", arguments: names)
  func equalTrackEval(name: String) throws {
    let (sequence, expected) = (try sequence(name), try expected(name).trackeval)
    let higherOrder = HigherOrderAccuracy(sequence)
    #expect(abs(higherOrder.hota - expected.hota) < Self.tolerance)
    #expect(abs(higherOrder.detectionAccuracy - expected.deta) < Self.tolerance)
    #expect(abs(higherOrder.associationAccuracy - expected.assa) < Self.tolerance)
    let clear = ClearAccuracy(sequence, convention: .trackEval)
    #expect(abs(clear.mota - expected.mota) < Self.tolerance)
    #expect(clear.switches == expected.switches)
    #expect(clear.fragmentations == expected.fragmentations)
    #expect(clear.misses == expected.misses)
    #expect(clear.falsePositives == expected.falsePositives)
    #expect(abs(IdentityAccuracy(sequence).f1 - expected.idf1) < Self.tolerance)
  }

  @Test("equal py-motmetrics'", arguments: names)
  func equalMOTMetrics(name: String) throws {
    let (sequence, expected) = (try sequence(name), try expected(name).motmetrics)
    let clear = ClearAccuracy(sequence, convention: .motmetrics)
    #expect(abs(clear.mota - expected.mota) < Self.tolerance)
    #expect(clear.switches == expected.switches)
    #expect(clear.fragmentations == expected.fragmentations)
    #expect(clear.misses == expected.misses)
    #expect(clear.falsePositives == expected.falsePositives)
    #expect(abs(IdentityAccuracy(sequence).f1 - expected.idf1) < Self.tolerance)
  }

  @Test("the fixtures tell the two conventions apart")
  func conventionsDiffer() throws {
    let all = try Self.names.map(sequence)
    let trackEval = all.map { ClearAccuracy($0, convention: .trackEval).fragmentations }
    let motmetrics = all.map { ClearAccuracy($0, convention: .motmetrics).fragmentations }
    #expect(trackEval != motmetrics)
  }

  private func row(_ frame: Int, _ identity: Int, x: Double = 0, confidence: Double = 1) -> MOTRow {
    MOTRow(
      frame: frame, identity: identity, x: x, y: 0, width: 10, height: 10, confidence: confidence)
  }

  @Test("a result like the truth is perfect")
  func perfect() {
    let rows = (1...5).flatMap { [row($0, 1), row($0, 2, x: 20)] }
    let sequence = TrackSequence(truth: rows, result: rows)
    let clear = ClearAccuracy(sequence)
    #expect(abs(HigherOrderAccuracy(sequence).hota - 1) < 1e-12)
    #expect(clear.mota == 1 && clear.switches == 0 && clear.fragmentations == 0)
    #expect(IdentityAccuracy(sequence).f1 == 1)
  }

  @Test("one switch in the middle halves the association")
  func oneSwitch() {
    let sequence = TrackSequence(
      truth: (1...4).map { row($0, 1) }, result: [row(1, 7), row(2, 7), row(3, 8), row(4, 8)])
    let clear = ClearAccuracy(sequence)
    #expect(clear.switches == 1 && clear.mota == 0.75)
    // Each pair has two frames in common of four: 2 / (4 + 2 - 2), and the boxes are perfect.
    let higherOrder = HigherOrderAccuracy(sequence)
    #expect(abs(higherOrder.associationAccuracy - 0.5) < 1e-12)
    #expect(abs(higherOrder.hota - 0.5.squareRoot()) < 1e-12)
    #expect(IdentityAccuracy(sequence).f1 == 0.5)
  }

  @Test("an empty result misses everything, and an empty truth forgives nothing")
  func empty() {
    let rows = (1...3).map { row($0, 1) }
    let missed = TrackSequence(truth: rows, result: [])
    #expect(HigherOrderAccuracy(missed).hota == 0 && ClearAccuracy(missed).mota == 0)
    let invented = TrackSequence(truth: [], result: rows)
    #expect(HigherOrderAccuracy(invented).hota == 0)
    #expect(ClearAccuracy(invented).falsePositives == 3)
  }

  @Test("true boxes of confidence 0 are left out")
  func ignored() {
    let sequence = TrackSequence(
      truth: [row(1, 1), row(2, 1, confidence: 0)], result: [row(1, 1)])
    #expect(ClearAccuracy(sequence).mota == 1)
  }
}
