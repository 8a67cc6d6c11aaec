import Foundation
import Imaging
import TestSupport
import Testing

@testable import Evaluation

@Suite("Files of predictions and landmarks")
struct PredictionFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String) throws -> String {
    let path = folder.path("a.txt")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func prediction(_ x: Double, _ score: Double) -> FacePrediction {
    FacePrediction(box: WiderBox(x: x, y: -2.25, width: 30, height: 1e-7), score: score)
  }

  @Test("the text is the official tool's form")
  func form() {
    #expect(
      PredictionFile.text("0_Parade_1", [prediction(1.5, 0.875)])
        == "0_Parade_1\n1\n1.5 -2.25 30.0 1e-07 0.875\n")
    #expect(PredictionFile.text("0_Parade_1", []) == "0_Parade_1\n0\n")
  }

  @Test("predictions come back to the last digit")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 3)
    let predictions = (0..<200).map { _ in
      FacePrediction(
        box: WiderBox(
          x: .random(in: -9...2000, using: &generator), y: .random(in: 0...1, using: &generator),
          width: .random(in: 0...1e-3, using: &generator),
          height: .random(in: 0...1e9, using: &generator)),
        score: .random(in: 0...1, using: &generator))
    }
    #expect(try PredictionFile.read(write(PredictionFile.text("a", predictions))) == predictions)
  }

  @Test("landmarks come back to the last digit")
  func landmarksRoundTrip() throws {
    var generator = SeededGenerator(seed: 4)
    let landmarks = (0..<50).map { _ in
      func point() -> Point {
        Point(
          x: .random(in: -9...2000, using: &generator), y: .random(in: 0...1e-3, using: &generator))
      }
      return Landmarks(
        leftEye: point(), rightEye: point(), noseTip: point(), leftMouthCorner: point(),
        rightMouthCorner: point())
    }
    #expect(try LandmarkFile.read(write(LandmarkFile.text("a", landmarks))) == landmarks)
  }

  @Test("files of other programs are read: whole numbers, line ends, blanks, more columns")
  func foreign() throws {
    let path = try write("0--Parade/a.jpg\r\n2 \r\n1 2 3 4 0.5 \r\n 5  6 7 8 9e-1 0.1 0.2\r\n\r\n")
    #expect(
      try PredictionFile.read(path)
        == [
          FacePrediction(box: WiderBox(x: 1, y: 2, width: 3, height: 4), score: 0.5),
          FacePrediction(box: WiderBox(x: 5, y: 6, width: 7, height: 8), score: 0.9),
        ])
  }

  @Test(
    "files of another form are refused with the line",
    arguments: [
      ("", "line 2 is no number of faces"), ("a\n", "line 2 is no number of faces"),
      ("a\nmany\n", "line 2 is no number of faces"), ("a\n-1\n", "line 2 is no number of faces"),
      ("a\n1\n1 2 3 4\n", "line 3 is not 'x y width height score'"),
      ("a\n2\n1 2 3 4 5\n\n1 2 x 4 5\n", "line 5 is not 'x y width height score'"),
      ("a\n1\n1 2 nan 4 5\n", "line 3 is not 'x y width height score'"),
      ("a\n2\n1 2 3 4 5\n", "it has 1 faces where it says 2"),
      ("a\n0\n1 2 3 4 5\n", "it has 1 faces where it says 0"),
    ])
  func refuses(text: String, reason: String) throws {
    let path = try write(text)
    let error = #expect(throws: EvaluationError.self) { try PredictionFile.read(path) }
    #expect(error?.description == "'\(path)' cannot be used: \(reason)")
  }

  @Test("a file that is no text is refused")
  func refusesBytes() throws {
    let path = folder.path("a.txt")
    try Data([0x61, 0x0A, 0xFF, 0xFE]).write(to: URL(filePath: path))
    let error = #expect(throws: EvaluationError.self) { try PredictionFile.read(path) }
    #expect(error?.description == "'\(path)' cannot be used: it is no text")
  }
}
