/// Precision and recall at falling thresholds of the score.
package struct PrecisionRecallCurve: Equatable, Sendable {
  /// Right among the reported faces, in 0...1; 0 where none is reported.
  package let precision: [Double]
  /// Found among the faces that count, in 0...1; never falls.
  package let recall: [Double]

  /// - Precondition: as many of both.
  package init(precision: [Double], recall: [Double]) {
    precondition(precision.count == recall.count)
    self.precision = precision
    self.recall = recall
  }

  /// The area under the curve once precision is made to fall: at each recall the best precision at this
  /// or a higher one.
  ///
  /// Source: PASCAL VOC 2010's development kit, section 3.4.1, which WIDER FACE's tool follows.
  package var averagePrecision: Double {
    var area = 0.0
    var best = 0.0
    // From the highest recall down: each step to the left adds a column as high as the best so far.
    for index in recall.indices.reversed() {
      best = max(best, precision[index])
      area += (recall[index] - (index > 0 ? recall[index - 1] : 0)) * best
    }
    return area
  }
}
