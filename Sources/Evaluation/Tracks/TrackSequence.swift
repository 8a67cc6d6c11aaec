/// Ground truth and result of one sequence, frame by frame, with the overlaps of their boxes: what
/// every track metric starts from.
package struct TrackSequence: Sendable {
  /// One frame. Identities are indices from 0 into the sequence's identities.
  struct Frame: Sendable {
    var truths: [Int] = []
    var results: [Int] = []
    /// Intersection over union, shape `[truths, results]`.
    var similarities: [Double] = []

    func similarity(_ truth: Int, _ result: Int) -> Double {
      similarities[truth * results.count + result]
    }
  }

  let frames: [Frame]
  /// How many identities there are.
  let truthIdentities: Int
  let resultIdentities: Int
  /// How many boxes there are.
  let truthCount: Int
  let resultCount: Int

  /// - Parameters:
  ///   - truth: Rows of confidence 0 are left out, as MOTChallenge marks what is not to be counted.
  ///   - result: All rows count.
  package init(truth: [MOTRow], result: [MOTRow]) {
    let truth = truth.filter { $0.confidence != 0 }
    let truthByFrame = Dictionary(grouping: truth, by: \.frame)
    let resultByFrame = Dictionary(grouping: result, by: \.frame)
    var truthIndices: [Int: Int] = [:]
    var resultIndices: [Int: Int] = [:]
    func index(_ identity: Int, in indices: inout [Int: Int]) -> Int {
      if let index = indices[identity] { return index }
      indices[identity] = indices.count
      return indices.count - 1
    }

    var frames: [Frame] = []
    for number in Set(truthByFrame.keys).union(resultByFrame.keys).sorted() {
      let (truths, results) = (truthByFrame[number] ?? [], resultByFrame[number] ?? [])
      var frame = Frame()
      for row in truths { frame.truths.append(index(row.identity, in: &truthIndices)) }
      for row in results { frame.results.append(index(row.identity, in: &resultIndices)) }
      for truth in truths {
        for result in results {
          frame.similarities.append(truth.intersectionOverUnion(with: result))
        }
      }
      frames.append(frame)
    }
    self.frames = frames
    truthIdentities = truthIndices.count
    resultIdentities = resultIndices.count
    truthCount = truth.count
    resultCount = result.count
  }
}
