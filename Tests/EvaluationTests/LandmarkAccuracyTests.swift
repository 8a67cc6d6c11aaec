import Foundation
import Imaging
import TestSupport
import Testing

@testable import Evaluation

@Suite("Landmark accuracy")
struct LandmarkAccuracyTests {
  private static func landmarks(shiftedBy shift: Float = 0) -> Landmarks {
    func point(_ x: Float, _ y: Float) -> Point { Point(x: x + shift, y: y) }
    return Landmarks(
      leftEye: point(10, 10), rightEye: point(30, 10), noseTip: point(20, 20),
      leftMouthCorner: point(12, 30), rightMouthCorner: point(28, 30))
  }

  /// 50 × 200 pixels: errors are fractions of 100.
  private static let box = WiderBox(x: 0, y: 0, width: 50, height: 200)

  private static func prediction(_ score: Double, at box: WiderBox = box) -> FacePrediction {
    FacePrediction(box: box, score: score)
  }

  @Test("errors are distances over the root of the box's area")
  func handWorked() {
    var accuracy = LandmarkAccuracy()
    let face = LabelledFace(box: Self.box, landmarks: Self.landmarks())
    // 0, 4 and 20 pixels: 0, 4 and 20 % of the size.
    for shift: Float in [0, 4, 20] {
      accuracy.add([face], [Self.prediction(0.9)], [Self.landmarks(shiftedBy: shift)])
    }
    accuracy.add([face], [], [])
    #expect(accuracy.faceCount == 4)
    #expect(accuracy.foundCount == 3)
    #expect(abs((accuracy.meanError ?? 0) - 0.08) < 1e-12)
    #expect(accuracy.failureRate == 1.0 / 3)
    // Columns from 0, 0.04 and 0.2 to 0.1: 1, 0.6 and nothing.
    #expect(abs((accuracy.areaUnderCurve ?? 0) - 1.6 / 3) < 1e-12)
  }

  @Test("each landmark counts a fifth")
  func meanOfFive() {
    var landmarks = Self.landmarks()
    landmarks.noseTip = Point(x: 23, y: 24)
    var accuracy = LandmarkAccuracy()
    accuracy.add(
      [LabelledFace(box: Self.box, landmarks: Self.landmarks())], [Self.prediction(0.5)],
      [landmarks])
    // 5 pixels off.
    #expect(abs((accuracy.meanError ?? 0) - 0.01) < 1e-12)
  }

  @Test("the surest prediction of a face is its own; others and strangers are left out")
  func assigns() {
    let far = WiderBox(x: 500, y: 0, width: 50, height: 200)
    var accuracy = LandmarkAccuracy()
    accuracy.add(
      [
        LabelledFace(box: Self.box, landmarks: Self.landmarks()),
        LabelledFace(box: far, landmarks: nil),
      ],
      [Self.prediction(0.2), Self.prediction(0.9, at: far), Self.prediction(0.8)],
      [
        Self.landmarks(shiftedBy: 50), Self.landmarks(shiftedBy: 50), Self.landmarks(shiftedBy: 1),
      ])
    #expect(accuracy.faceCount == 1)
    #expect(accuracy.foundCount == 1)
    #expect(abs((accuracy.meanError ?? 0) - 0.01) < 1e-9)
  }

  @Test("without a face found there are no figures")
  func nothingFound() {
    var accuracy = LandmarkAccuracy()
    let elsewhere = WiderBox(x: 40, y: 0, width: 50, height: 200)
    accuracy.add(
      [LabelledFace(box: Self.box, landmarks: Self.landmarks())],
      [Self.prediction(0.9, at: elsewhere)], [Self.landmarks()])
    #expect(accuracy.faceCount == 1)
    #expect(accuracy.foundCount == 0)
    #expect(accuracy.meanError == nil)
    #expect(accuracy.areaUnderCurve == nil)
    #expect(accuracy.failureRate == nil)
  }

  @Test("labels are read with and without landmarks")
  func readsLabels() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("label.txt")
    try """
    # 0--A/a_1.jpg
    1 2 50 60 10 10 0.0 30 10 0.0 20 20 1.0 12 30 0.0 28 30 0.0 0.82
    5 6 7 8 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 0.2

    # 0--A/a_2.jpg
    # 1--B/b_1.jpg
    9 9 9 9
    1 2 0 60 10 10 0.0 30 10 0.0 20 20 1.0 12 30 0.0 28 30 0.0

    """.write(toFile: path, atomically: true, encoding: .utf8)
    let labels = try LandmarkLabels.read(path)
    #expect(Set(labels.keys) == ["0--A/a_1", "0--A/a_2", "1--B/b_1"])
    let box = WiderBox(x: 1, y: 2, width: 50, height: 60)
    #expect(
      labels["0--A/a_1"]
        == [
          LabelledFace(box: box, landmarks: Self.landmarks()),
          LabelledFace(box: WiderBox(x: 5, y: 6, width: 7, height: 8), landmarks: nil),
        ])
    #expect(labels["0--A/a_2"] == [])
    // A box without area has no size to measure by.
    #expect(labels["1--B/b_1"]?.map(\.landmarks) == [nil, nil])
  }

  @Test(
    "labels of another form are refused with the line",
    arguments: [
      ("1 2 3 4\n", "line 1 comes before any '# picture'"),
      ("# a/b.jpg\n# a/b\n", "line 2 begins 'a/b' for the second time"),
      (
        "# a/b.jpg\n1 2 3\n",
        "line 2 is not 'x y width height' with five times 'x y flag' behind it or nothing"
      ),
      (
        "# a/b.jpg\n1 2 3 4 five\n",
        "line 2 is not 'x y width height' with five times 'x y flag' behind it or nothing"
      ),
      (
        "# a/b.jpg\n" + Array(repeating: "1", count: 21).joined(separator: " "),
        "line 2 is not 'x y width height' with five times 'x y flag' behind it or nothing"
      ),
    ])
  func refusesLabels(text: String, reason: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("label.txt")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: EvaluationError.self) { try LandmarkLabels.read(path) }
    #expect(error?.description == "'\(path)' cannot be used: \(reason)")
  }
}
