import Imaging

/// Finds the boxes that overlap with another one without looking at all of them.
///
/// Boxes are put into strips of the picture by their left edges. A box can only overlap with those of
/// the strips up to its right edge, from the first strip on that holds, or has left of it, a box
/// that reaches beyond its left edge. Nothing is rounded away: the pairs are those of comparing
/// every box with every other one, in the same order. Keeps its memory from call to call.
struct OverlapSearch: Sendable {
  private var boxes: [BoundingBox] = []
  /// Indices of the boxes, strip by strip, rising within each.
  private var order: [Int] = []
  /// Where each strip begins in `order`; one entry more than there are strips.
  private var starts: [Int] = []
  /// For each strip, the furthest right edge of a box of this one or one before.
  private var reach: [Float] = []
  private var left: Float = 0
  private var stripsPerPixel: Float = 0

  /// Makes room for so many boxes.
  mutating func reserveCapacity(_ count: Int) {
    boxes.reserveCapacity(count)
    order.reserveCapacity(count)
    starts.reserveCapacity(count + 1)
    reach.reserveCapacity(count)
  }

  /// Whether there is nothing to be found.
  var isEmpty: Bool { boxes.isEmpty }

  /// Forgets the boxes.
  mutating func removeAll() { boxes.removeAll(keepingCapacity: true) }

  /// Adds a box; `prepare` must follow before anything is searched.
  ///
  /// - Parameter box: Finite.
  mutating func append(_ box: BoundingBox) { boxes.append(box) }

  /// Sorts the boxes into strips, as many as there are boxes.
  mutating func prepare() {
    let count = boxes.count
    order.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    reach.removeAll(keepingCapacity: true)
    guard let first = boxes.first else { return }
    (left, stripsPerPixel) = (first.minX, 0)
    var right = first.minX
    for box in boxes {
      left = min(left, box.minX)
      right = max(right, box.minX)
      order.append(0)
      starts.append(0)
      reach.append(-.infinity)
    }
    starts.append(0)
    // Where all begin at one place, or too far apart for a number, one strip holds them all.
    if right > left { stripsPerPixel = Float(count) / (right - left) }
    // Counting sort: how many each strip holds, where they end, and from the last box to the first.
    for box in boxes {
      let strip = strip(at: box.minX)
      starts[strip] += 1
      reach[strip] = max(reach[strip], box.maxX)
    }
    for strip in 1..<count + 1 {
      starts[strip] += starts[strip - 1]
      if strip < count { reach[strip] = max(reach[strip], reach[strip - 1]) }
    }
    for index in boxes.indices.reversed() {
      let strip = strip(at: boxes[index].minX)
      starts[strip] -= 1
      order[starts[strip]] = index
    }
  }

  /// Appends a pair for every box that overlaps with this one enough, in the order of the boxes.
  ///
  /// - Parameters:
  ///   - row: Of the pairs; their column is the index of the other box, their weight the overlap (IoU).
  ///   - leastOverlap: Of the pairs; those that only touch are never among them.
  func appendPairs(
    of box: BoundingBox, row: Int, leastOverlap: Float, to pairs: inout [CandidatePair]
  ) {
    guard !boxes.isEmpty else { return }
    let firstPair = pairs.count
    let (from, to) = (firstStrip(reachingBeyond: box.minX), strip(at: box.maxX) + 1)
    guard from < to else { return }
    for position in starts[from]..<starts[to] {
      let column = order[position]
      let other = boxes[column]
      guard box.minX < other.maxX, other.minX < box.maxX, box.minY < other.maxY,
        other.minY < box.maxY
      else { continue }
      let overlap = box.intersectionOverUnion(with: other)
      guard overlap > 0, overlap >= leastOverlap else { continue }
      // Few boxes overlap with one, and most come in their order: insertion is quick.
      var place = pairs.count
      pairs.append(CandidatePair(row: row, column: column, weight: overlap))
      while place > firstPair, pairs[place - 1].column > column {
        pairs.swapAt(place - 1, place)
        place -= 1
      }
    }
  }

  /// The strip a left edge belongs to; never lower for a larger number, 0 for none.
  private func strip(at x: Float) -> Int {
    let place = (x - left) * stripsPerPixel
    guard place > 0 else { return 0 }
    return place < Float(boxes.count) ? Int(place) : boxes.count - 1
  }

  /// The number of strips where there is none.
  private func firstStrip(reachingBeyond x: Float) -> Int {
    var (low, high) = (0, reach.count)
    while low < high {
      let middle = (low + high) / 2
      if reach[middle] > x { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
