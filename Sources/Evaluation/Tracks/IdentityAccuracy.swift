/// Identification precision, recall and F1: how many boxes carry the right identity when every true
/// identity is given at most one of the result, for the whole sequence.
///
/// Source: Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera
/// Tracking", ECCV Workshops 2016, section 2.3. The assignment there minimises the boxes in error;
/// the one here maximises the boxes in common, which is the same.
package struct IdentityAccuracy: Equatable, Sendable {
  /// Boxes under the right identity.
  package var truePositives: Int
  /// 0 to 1.
  package var f1: Double
  package var precision: Double
  package var recall: Double

  /// The least overlap of boxes that belong together.
  static let threshold = 0.5

  package init(_ sequence: TrackSequence) {
    let columns = sequence.resultIdentities
    var common = [Double](repeating: 0, count: sequence.truthIdentities * columns)
    for frame in sequence.frames {
      for (row, truth) in frame.truths.enumerated() {
        for (column, result) in frame.results.enumerated()
        where frame.similarity(row, column) >= Self.threshold {
          common[truth * columns + result] += 1
        }
      }
    }
    let matching = maximumWeightMatching(
      rows: sequence.truthIdentities, columns: columns, weights: common)
    var sum = 0.0
    for case (let truth, let result?) in matching.enumerated() {
      sum += common[truth * columns + result]
    }
    truePositives = Int(sum)
    f1 = 2 * sum / Double(max(1, sequence.truthCount + sequence.resultCount))
    precision = sum / Double(max(1, sequence.resultCount))
    recall = sum / Double(max(1, sequence.truthCount))
  }
}
