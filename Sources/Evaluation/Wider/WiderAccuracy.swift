/// How well predictions agree with the annotations of WIDER FACE, by the official protocol.
///
/// Source: WIDER FACE's evaluation tool (`wider_eval.m`, `evaluation.m`): scores of all pictures together
/// are stretched to 0...1; in a picture, each prediction in order of falling scores belongs to the face it
/// overlaps most; faces that do not count take predictions out of the sum, and a face found twice makes
/// the second a false alarm; precision and recall are taken at 1000 thresholds.
package struct WiderAccuracy: Sendable {
  /// The figures of one difficulty.
  package struct Figures: Sendable {
    package let difficulty: WiderDifficulty
    /// Faces that count.
    package let faceCount: Int
    /// At an overlap of 0.5.
    package let curve: PrecisionRecallCurve
    /// At an overlap of 0.5.
    package let averagePrecision: Double
    /// The mean over overlaps of 0.50, 0.55 … 0.95, as in Deng et al., CVPR 2020, section 4.3.
    package let meanAveragePrecision: Double
  }

  package let figures: [Figures]

  static let thresholdCount = 1000
  private static let overlaps = (0..<10).map { 0.5 + 0.05 * Double($0) }

  /// - Parameter pictures: Annotations and the predictions for each picture, in any order.
  package init(_ pictures: [(truth: WiderGroundTruth.Picture, predictions: [FacePrediction])]) {
    let scores = pictures.flatMap { $0.predictions.map(\.score) }
    let range = ScoreRange(lowest: scores.min() ?? 0, highest: scores.max() ?? 0)
    let matches = pictures.map { PictureMatches($0.truth, $0.predictions, range) }
    figures = WiderDifficulty.allCases.map { difficulty in
      let faceCount = pictures.reduce(0) { sum, picture in
        sum + (picture.truth.counts[difficulty] ?? []).count { $0 }
      }
      let curves = Self.overlaps.map { overlap in
        var counter = ThresholdCounter()
        for picture in matches { picture.count(difficulty, overlap: overlap, in: &counter) }
        return counter.curve(faceCount: faceCount)
      }
      let precisions = curves.map(\.averagePrecision)
      return Figures(
        difficulty: difficulty, faceCount: faceCount, curve: curves[0],
        averagePrecision: precisions[0],
        meanAveragePrecision: precisions.reduce(0, +) / Double(precisions.count))
    }
  }
}

/// Stretches scores to 0...1.
private struct ScoreRange {
  var lowest: Double
  var highest: Double

  /// Where all scores are the same, each is the highest.
  func normalized(_ score: Double) -> Double {
    highest > lowest ? (score - lowest) / (highest - lowest) : 1
  }
}

/// A picture's predictions in order of falling scores, each with the face it overlaps most.
private struct PictureMatches {
  private struct Match {
    /// The first threshold at which it is reported.
    var threshold: Int
    /// Of equal overlaps the first face.
    var face: Int
    var overlap: Double
  }

  private let truth: WiderGroundTruth.Picture
  private let matches: [Match]

  init(
    _ truth: WiderGroundTruth.Picture, _ predictions: [FacePrediction], _ range: ScoreRange
  ) {
    self.truth = truth
    // The official tool leaves out pictures without faces, with what is found in them.
    guard !truth.faces.isEmpty else {
      matches = []
      return
    }
    let order = predictions.indices.sorted {
      let (first, second) = (predictions[$0].score, predictions[$1].score)
      return first > second || (first == second && $0 < $1)
    }
    matches = order.map { index in
      var best = (face: 0, overlap: -1.0)
      for (face, box) in truth.faces.enumerated() {
        let overlap = box.overlap(with: predictions[index].box)
        if overlap > best.overlap { best = (face, overlap) }
      }
      return Match(
        threshold: ThresholdCounter.first(reporting: range.normalized(predictions[index].score)),
        face: best.face, overlap: best.overlap)
    }
  }

  /// Adds the picture at an overlap that makes a face found.
  func count(
    _ difficulty: WiderDifficulty, overlap: Double, in counter: inout ThresholdCounter
  ) {
    let counts = truth.counts[difficulty] ?? []
    var isFound = [Bool](repeating: false, count: truth.faces.count)
    for match in matches {
      if match.overlap < overlap {
        counter.add(at: match.threshold, isRight: false)
      } else if counts[match.face] {
        counter.add(at: match.threshold, isRight: !isFound[match.face])
        isFound[match.face] = true
      }
      // Otherwise the face does not count, and neither does its prediction.
    }
  }
}

/// Counts what is reported at each threshold.
private struct ThresholdCounter {
  private var reported = [Int](repeating: 0, count: WiderAccuracy.thresholdCount)
  private var right = [Int](repeating: 0, count: WiderAccuracy.thresholdCount)

  /// The threshold of a number, from 0: they fall from 0.999 to 0.
  private static func threshold(_ number: Int) -> Double {
    1 - Double(number + 1) / Double(WiderAccuracy.thresholdCount)
  }

  /// The first threshold that a normalised score reaches.
  static func first(reporting score: Double) -> Int {
    let last = WiderAccuracy.thresholdCount - 1
    var number = max(0, min(last, Int((1 - score) * Double(WiderAccuracy.thresholdCount)) - 1))
    // The guess may be off by rounding; what decides is the comparison the official tool makes.
    while number > 0 && score >= threshold(number - 1) { number -= 1 }
    while number < last && score < threshold(number) { number += 1 }
    return number
  }

  mutating func add(at threshold: Int, isRight: Bool) {
    reported[threshold] += 1
    if isRight { right[threshold] += 1 }
  }

  func curve(faceCount: Int) -> PrecisionRecallCurve {
    var (reportedSum, rightSum) = (0, 0)
    var (precision, recall): ([Double], [Double]) = ([], [])
    for (reported, right) in zip(reported, right) {
      reportedSum += reported
      rightSum += right
      precision.append(reportedSum > 0 ? Double(rightSum) / Double(reportedSum) : 0)
      recall.append(Double(rightSum) / Double(max(faceCount, 1)))
    }
    return PrecisionRecallCurve(precision: precision, recall: recall)
  }
}
