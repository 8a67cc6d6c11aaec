/// Accuracy, switches and fragmentations by the CLEAR MOT metrics.
///
/// Source: Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR
/// MOT Metrics", EURASIP Journal on Image and Video Processing 2008, section 2. The two programs in use,
/// TrackEval and py-motmetrics, read it differently; `Convention` says how.
package struct ClearAccuracy: Equatable, Sendable {
  package var truePositives = 0
  package var falsePositives = 0
  package var misses = 0
  /// How often a true identity is found under another identity than when it was last found.
  package var switches = 0
  /// How often a true identity is found again after it was lost.
  package var fragmentations = 0
  /// 1 − (misses + false positives + switches) / true boxes: at most 1, possibly below 0.
  package var mota: Double

  /// How the metrics are read.
  package enum Convention: Sendable {
    /// As TrackEval: a pair of the frame before is kept while it overlaps enough, together with the
    /// greatest sum of overlaps; frames without true boxes or without results are passed over and
    /// interrupt nothing; a fragmentation is every beginning of a found stretch but the first.
    case trackEval
    /// As py-motmetrics: the pair in which an identity was last found, however long ago, is kept;
    /// its frames without results interrupt, and a fragmentation needs a miss between two stretches:
    /// frames in which the true box is absent are none.
    case motmetrics
  }

  /// The least overlap of boxes that belong together.
  private static let threshold = 0.5

  package init(_ sequence: TrackSequence, convention: Convention = .trackEval) {
    mota = 0
    var lastResult = [Int?](repeating: nil, count: sequence.truthIdentities)
    var resultInLastFrame = lastResult
    // Of the frames in which the identity is present, whether it was found in the last; `nil` before it
    // is found first.
    var wasFound = [Bool?](repeating: nil, count: sequence.truthIdentities)

    for frame in sequence.frames {
      let keepsOutOfMatching: Bool =
        switch convention {
        case .trackEval: frame.truths.isEmpty || frame.results.isEmpty
        case .motmetrics: false
        }
      if keepsOutOfMatching {
        falsePositives += frame.results.count
        misses += frame.truths.count
        continue
      }
      let matching =
        switch convention {
        case .trackEval: Self.match(frame, keeping: resultInLastFrame)
        case .motmetrics: Self.matchInOrder(frame, keeping: lastResult)
        }
      var found = 0
      for index in resultInLastFrame.indices where convention == .trackEval {
        if wasFound[index] == true, resultInLastFrame[index] == nil { wasFound[index] = false }
      }
      var resultInThisFrame = [Int?](repeating: nil, count: sequence.truthIdentities)
      for (row, truth) in frame.truths.enumerated() {
        guard let column = matching[row] else {
          if wasFound[truth] == true { wasFound[truth] = false }
          continue
        }
        found += 1
        let result = frame.results[column]
        if let last = lastResult[truth], last != result { switches += 1 }
        if wasFound[truth] == false { fragmentations += 1 }
        wasFound[truth] = true
        lastResult[truth] = result
        resultInThisFrame[truth] = result
      }
      resultInLastFrame = resultInThisFrame
      truePositives += found
      misses += frame.truths.count - found
      falsePositives += frame.results.count - found
    }
    let errors = misses + falsePositives + switches
    mota = 1 - Double(errors) / Double(max(1, sequence.truthCount))
  }

  /// The pairing with the most kept pairs, and among these of the greatest overlap.
  private static func match(_ frame: TrackSequence.Frame, keeping kept: [Int?]) -> [Int?] {
    var weights: [Double] = []
    for (row, truth) in frame.truths.enumerated() {
      for (column, result) in frame.results.enumerated() {
        let similarity = frame.similarity(row, column)
        let isPossible = similarity >= threshold - .ulpOfOne
        weights.append(isPossible ? similarity + (kept[truth] == result ? 1000 : 0) : 0)
      }
    }
    return possiblePairs(frame, weights)
  }

  /// Keeps pairs in the order of the true boxes, then pairs as many others as possible, with the
  /// greatest overlap.
  private static func matchInOrder(_ frame: TrackSequence.Frame, keeping kept: [Int?]) -> [Int?] {
    var matching = [Int?](repeating: nil, count: frame.truths.count)
    var isTaken = [Bool](repeating: false, count: frame.results.count)
    for (row, truth) in frame.truths.enumerated() {
      guard let result = kept[truth], let column = frame.results.firstIndex(of: result),
        !isTaken[column], frame.similarity(row, column) >= threshold
      else { continue }
      matching[row] = column
      isTaken[column] = true
    }
    var weights: [Double] = []
    for row in frame.truths.indices {
      for column in frame.results.indices {
        let similarity = frame.similarity(row, column)
        let isPossible = matching[row] == nil && !isTaken[column] && similarity >= threshold
        weights.append(isPossible ? 1000 + similarity : 0)
      }
    }
    for (row, column) in possiblePairs(frame, weights).enumerated() where matching[row] == nil {
      matching[row] = column
    }
    return matching
  }

  /// The pairing of the greatest weight, without pairs that weigh nothing.
  private static func possiblePairs(_ frame: TrackSequence.Frame, _ weights: [Double]) -> [Int?] {
    let columns = frame.results.count
    return maximumWeightMatching(rows: frame.truths.count, columns: columns, weights: weights)
      .enumerated().map { row, column in
        column.flatMap { weights[row * columns + $0] > 0 ? $0 : nil }
      }
  }
}
