package import Imaging

/// Of faces found several times, keeps the best: greedy non-maximum suppression.
///
/// Source: Felzenszwalb et al., TPAMI 2010, section 6.2. The overlap is the plain IoU of `BoundingBox`
/// unless sides are extended.
package struct NonMaximumSuppression: Sendable {
  /// A box goes when its IoU with a better one is larger than this.
  package var threshold: Float
  /// Candidates beyond this rank are ignored.
  package var maximumCandidates: Int
  /// Added to every width and height, overlaps included, before IoU is computed; from 0. One pixel is
  /// what implementations add that take a box's maxima for its last pixels.
  package var sideExtension = Point(x: 0, y: 0)

  /// Indices of candidates, reused from call to call.
  private var order: [Int] = []

  package init(threshold: Float, maximumCandidates: Int = .max) {
    self.threshold = threshold
    self.maximumCandidates = maximumCandidates
    order.reserveCapacity(Self.expectedCandidates)
  }

  /// Memory for so many is there from the start; more make it grow once.
  private static let expectedCandidates = 1024

  /// Picks the faces that stay.
  ///
  /// - Parameters:
  ///   - candidates: In the order of their anchors, scores not NaN.
  ///   - kept: Replaced by the faces that stay, highest score first; of equal scores the one with
  ///     the lower index. Its memory is reused.
  package mutating func suppress(_ candidates: [Detection], into kept: inout [Detection]) {
    kept.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    for index in candidates.indices { order.append(index) }
    sortByRank(candidates)
    for index in order.prefix(maximumCandidates) {
      let candidate = candidates[index]
      var isHidden = false
      for better in kept where overlap(better.box, candidate.box) > threshold {
        isHidden = true
        break
      }
      if !isHidden { kept.append(candidate) }
    }
  }

  /// IoU of two boxes whose sides are extended.
  private func overlap(_ first: BoundingBox, _ second: BoundingBox) -> Float {
    func extended(_ box: BoundingBox) -> BoundingBox {
      BoundingBox(
        minX: box.minX, minY: box.minY, maxX: box.maxX + sideExtension.x,
        maxY: box.maxY + sideExtension.y)
    }
    return extended(first).intersectionOverUnion(with: extended(second))
  }

  /// Sorts `order` by falling score, equal scores by index.
  ///
  /// Heapsort (Williams, CACM 1964): unlike the standard library's sort it needs no memory; that it
  /// is not stable does not matter, since no two candidates are of equal rank.
  private mutating func sortByRank(_ candidates: [Detection]) {
    func ranksBelow(_ a: Int, _ b: Int) -> Bool {
      let (scoreA, scoreB) = (candidates[a].score, candidates[b].score)
      return scoreA < scoreB || (scoreA == scoreB && a > b)
    }

    /// Moves an element down until both below it rank higher: the lowest rank ends at the root.
    func siftDown(_ heap: inout [Int], from start: Int, count: Int) {
      var parent = start
      while 2 * parent + 1 < count {
        var child = 2 * parent + 1
        if child + 1 < count && ranksBelow(heap[child + 1], heap[child]) { child += 1 }
        guard ranksBelow(heap[child], heap[parent]) else { return }
        heap.swapAt(parent, child)
        parent = child
      }
    }

    for start in stride(from: order.count / 2 - 1, through: 0, by: -1) {
      siftDown(&order, from: start, count: order.count)
    }
    for end in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(0, end)
      siftDown(&order, from: 0, count: end)
    }
  }
}
