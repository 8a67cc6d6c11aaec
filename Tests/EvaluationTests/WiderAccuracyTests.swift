import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite("Average precision on WIDER FACE")
struct WiderAccuracyTests {
  /// Ten pixels wide and high, the last one included.
  private static func box(_ x: Double, _ y: Double, width: Double = 9, height: Double = 9)
    -> WiderBox
  {
    WiderBox(x: x, y: y, width: width, height: height)
  }

  private static let faces = [box(0, 0), box(100, 0)]

  private static func picture(
    _ faces: [WiderBox] = faces, easy: [Bool] = [true, false], hard: [Bool] = [true, true]
  ) -> WiderGroundTruth.Picture {
    WiderGroundTruth.Picture(
      event: "0--Event", file: "a", faces: faces,
      counts: [.easy: easy, .medium: hard, .hard: hard])
  }

  /// Average precision at an overlap of 0.5 for easy and hard, and over all overlaps for hard.
  private func precisions(
    _ pictures: [(WiderGroundTruth.Picture, [(WiderBox, Double)])]
  ) -> [Double] {
    let accuracy = WiderAccuracy(
      pictures.map { picture, predictions in
        (picture, predictions.map { FacePrediction(box: $0.0, score: $0.1) })
      })
    let figures = accuracy.figures
    return [
      figures[0].averagePrecision, figures[2].averagePrecision, figures[2].meanAveragePrecision,
    ]
  }

  private func isNear(_ actual: [Double], _ expected: [Double]) -> Bool {
    zip(actual, expected).allSatisfy { abs($0 - $1) < 1e-12 }
  }

  @Test("the last pixel of a box belongs to it")
  func overlaps() {
    let box = Self.box(0, 0)
    #expect(box.overlap(with: box) == 1)
    #expect(box.overlap(with: Self.box(9, 0)) == 10.0 / 190)
    #expect(box.overlap(with: Self.box(10, 0)) == 0)
    #expect(box.overlap(with: Self.box(0, 0, height: 4)) == 0.5)
    #expect(box.overlap(with: Self.box(30, 30)) == 0)
  }

  @Test("what is found, missed and imagined makes the precision worked out by hand")
  func handWorked() {
    // Easy counts the first face alone, found at once. Hard: one of one, one of two, two of three.
    let predictions = [(Self.faces[0], 0.9), (Self.box(50, 50), 0.5), (Self.faces[1], 0.1)]
    #expect(
      isNear(
        precisions([(Self.picture(), predictions)]), [1, 0.5 + 0.5 * 2 / 3, 0.5 + 0.5 * 2 / 3]))
    // The order of the predictions is that of their scores.
    #expect(
      isNear(precisions([(Self.picture(), predictions.reversed())]), [1, 5.0 / 6, 5.0 / 6]))
  }

  @Test("a face found a second time is a false alarm")
  func duplicates() {
    // Hard: one of one, one of two, two of three.
    let predictions = [
      (Self.faces[0], 0.9), (Self.box(0, 1), 0.5), (Self.faces[1], 0.1),
    ]
    #expect(isNear(precisions([(Self.picture(), predictions)]), [1, 5.0 / 6, 5.0 / 6]))
  }

  @Test("predictions of faces that do not count are left out")
  func ignored() {
    // Easy: the second face is ignored, however often it is found; then the first is found.
    let predictions = [
      (Self.faces[1], 0.9), (Self.faces[1], 0.8), (Self.faces[0], 0.7), (Self.faces[0], 0.1),
    ]
    let actual = precisions([(Self.picture(), predictions)])
    // Hard: one of one, one of two, two of three, then a duplicate.
    #expect(isNear(actual, [1, 5.0 / 6, 5.0 / 6]))
  }

  @Test("an overlap of just the threshold is enough")
  func exactOverlap() {
    let picture = Self.picture([Self.faces[0]], easy: [true], hard: [true])
    // Overlap 0.5: found at the first of ten thresholds.
    let half = [(Self.box(0, 0, height: 4), 0.9)]
    #expect(isNear(precisions([(picture, half)]), [1, 1, 0.1]))
    #expect(isNear(precisions([(picture, [(Self.box(0, 0, height: 3), 0.9)])]), [0, 0, 0]))
  }

  @Test("scores are stretched over all pictures together")
  func stretchesScores() {
    let first = Self.picture([Self.faces[0]], easy: [true], hard: [true])
    // The second picture's alarm has the highest score of all: precision is 1/2 once the face is found.
    let pictures = [
      (first, [(Self.faces[0], -3.0), (Self.box(60, 60), -8.0)]),
      (first, [(Self.box(60, 60), 5.0)]),
    ]
    #expect(isNear(precisions(pictures), [0.25, 0.25, 0.25]))
  }

  @Test("nothing found, nothing to find and equal scores are no trouble")
  func degenerate() {
    #expect(precisions([]) == [0, 0, 0])
    #expect(precisions([(Self.picture(), [])]) == [0, 0, 0])
    #expect(
      precisions([(Self.picture([], easy: [], hard: []), [(Self.box(0, 0), 1)])]) == [0, 0, 0])
    let same = Self.faces.map { ($0, 0.5) }
    #expect(isNear(precisions([(Self.picture(), same)]), [1, 1, 1]))
  }

  @Test("pictures without faces, and what is found in them, are left out as in the official tool")
  func emptyPictures() {
    let pictures = [
      (Self.picture(), Self.faces.map { ($0, 0.9) }),
      (Self.picture([], easy: [], hard: []), [(Self.box(0, 0), 1.0)]),
    ]
    #expect(isNear(precisions(pictures), [1, 1, 1]))
  }

  @Test("the area under a curve is that of its falling hull")
  func hull() {
    let curve = PrecisionRecallCurve(
      precision: [0, 1, 0.5, 0.75, 0.6], recall: [0, 0.25, 0.25, 0.5, 1])
    #expect(abs(curve.averagePrecision - (0.25 + 0.25 * 0.75 + 0.5 * 0.6)) < 1e-12)
    #expect(PrecisionRecallCurve(precision: [], recall: []).averagePrecision == 0)
  }

  @Test("agrees with a transcription of the protocol in Python on invented pictures")
  func agreesWithPython() throws {
    struct Expected: Decodable {
      var faces: Int
      var averagePrecision: [Double]
    }
    let folder = try Fixtures.path("wider")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let expected = try decoder.decode(
      [String: Expected].self, from: Data(contentsOf: URL(filePath: folder + "/expected.json")))
    let truth = try WiderGroundTruth(folder: folder)
    #expect(truth.pictures.count == 12)
    let accuracy = WiderAccuracy(
      try truth.pictures.map {
        ($0, try PredictionFile.read("\(folder)/predictions/\($0.name).txt"))
      })
    for figures in accuracy.figures {
      let reference = try #require(expected[figures.difficulty.rawValue])
      #expect(figures.faceCount == reference.faces)
      // The same additions in another order.
      #expect(abs(figures.averagePrecision - reference.averagePrecision[0]) < 1e-12)
      let mean = reference.averagePrecision.reduce(0, +) / 10
      #expect(abs(figures.meanAveragePrecision - mean) < 1e-12)
    }
  }
}
