/// Higher order tracking accuracy: how well boxes are found and how well they keep together, in equal
/// parts.
///
/// Source: Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", IJCV
/// 129, 2021, sections 4 and 5; the order of the matching is that of the authors' TrackEval.
package struct HigherOrderAccuracy: Equatable, Sendable {
  /// Means over the 19 thresholds of overlap, 0.05 to 0.95; 0 to 1.
  package var hota: Double
  package var detectionAccuracy: Double
  package var associationAccuracy: Double

  private static let thresholds = (1...19).map { 0.05 * Double($0) }

  package init(_ sequence: TrackSequence) {
    let columns = sequence.resultIdentities
    var truthCounts = [Double](repeating: 0, count: sequence.truthIdentities)
    var resultCounts = [Double](repeating: 0, count: columns)
    let alignment = Self.globalAlignment(sequence, &truthCounts, &resultCounts)

    let none = [Double](repeating: 0, count: sequence.truthIdentities * columns)
    var matchCounts = [[Double]](repeating: none, count: Self.thresholds.count)
    var truePositives = [Double](repeating: 0, count: Self.thresholds.count)
    for frame in sequence.frames where !frame.truths.isEmpty && !frame.results.isEmpty {
      var weights: [Double] = []
      for (row, truth) in frame.truths.enumerated() {
        for (column, result) in frame.results.enumerated() {
          weights.append(alignment[truth * columns + result] * frame.similarity(row, column))
        }
      }
      let matching = maximumWeightMatching(
        rows: frame.truths.count, columns: frame.results.count, weights: weights)
      for case (let row, let column?) in matching.enumerated() {
        let similarity = frame.similarity(row, column)
        let pair = frame.truths[row] * columns + frame.results[column]
        for (index, threshold) in Self.thresholds.enumerated()
        where similarity >= threshold - .ulpOfOne {
          truePositives[index] += 1
          matchCounts[index][pair] += 1
        }
      }
    }

    (hota, detectionAccuracy, associationAccuracy) = (0, 0, 0)
    for index in Self.thresholds.indices {
      let found = truePositives[index]
      var association = 0.0
      for truth in 0..<sequence.truthIdentities {
        for result in 0..<columns {
          let count = matchCounts[index][truth * columns + result]
          association += count * count / max(1, truthCounts[truth] + resultCounts[result] - count)
        }
      }
      association /= max(1, found)
      // Found, missed and invented boxes are all boxes, less those that stand in both files.
      let detection = found / max(1, Double(sequence.truthCount + sequence.resultCount) - found)
      let share = 1 / Double(Self.thresholds.count)
      detectionAccuracy += share * detection
      associationAccuracy += share * association
      hota += share * (detection * association).squareRoot()
    }
  }

  /// How well two identities agree over the whole sequence: a soft Jaccard index of their boxes, shape
  /// `[truth identities, result identities]`.
  private static func globalAlignment(
    _ sequence: TrackSequence, _ truthCounts: inout [Double], _ resultCounts: inout [Double]
  ) -> [Double] {
    let columns = sequence.resultIdentities
    var potential = [Double](repeating: 0, count: sequence.truthIdentities * columns)
    for frame in sequence.frames {
      for truth in frame.truths { truthCounts[truth] += 1 }
      for result in frame.results { resultCounts[result] += 1 }
      var columnSums = [Double](repeating: 0, count: frame.results.count)
      var rowSums = [Double](repeating: 0, count: frame.truths.count)
      for row in frame.truths.indices {
        for column in frame.results.indices {
          rowSums[row] += frame.similarity(row, column)
          columnSums[column] += frame.similarity(row, column)
        }
      }
      for (row, truth) in frame.truths.enumerated() {
        for (column, result) in frame.results.enumerated() {
          let similarity = frame.similarity(row, column)
          let all = rowSums[row] + columnSums[column] - similarity
          if all > .ulpOfOne { potential[truth * columns + result] += similarity / all }
        }
      }
    }
    for truth in 0..<sequence.truthIdentities {
      for result in 0..<columns {
        let index = truth * columns + result
        potential[index] /= truthCounts[truth] + resultCounts[result] - potential[index]
      }
    }
    return potential
  }
}
