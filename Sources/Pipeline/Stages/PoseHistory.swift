internal import Pose

/// What is remembered of every head from frame to frame, by identity: its last rotation, and the
/// filter that smooths it.
///
/// A head whose pose is older than half a second is forgotten: in that time it can turn anywhere.
struct PoseHistory {
  private struct Head {
    var identity: Int
    var seconds: Double
    var rotation: Matrix3
    var smoothed: Matrix3
    var filter: RotationFilter
  }

  /// In order of identity.
  private var heads: [Head] = []

  /// Memory for so many heads is there from the start; more make it grow once.
  private static let expectedHeads = 64
  /// In seconds.
  private static let greatestAge = 0.5

  init() { heads.reserveCapacity(Self.expectedHeads) }

  /// Forgets every head that was not seen shortly before a moment, or that was seen after it: a clock
  /// that went backwards shows another moment.
  mutating func begin(at seconds: Double) {
    heads.removeAll { !(0...Self.greatestAge).contains(seconds - $0.seconds) }
  }

  /// The last rotation of a head, `nil` for one that is new.
  func rotation(of identity: Int) -> Matrix3? {
    let index = index(of: identity)
    guard index < heads.count, heads[index].identity == identity else { return nil }
    return heads[index].rotation
  }

  /// The last rotation of a head, smoothed; `nil` for one that is new.
  func smoothedRotation(of identity: Int) -> Matrix3? {
    let index = index(of: identity)
    guard index < heads.count, heads[index].identity == identity else { return nil }
    return heads[index].smoothed
  }

  /// Remembers the rotation of a head.
  ///
  /// - Returns: The smoothed rotation; for a new head the rotation itself.
  mutating func note(_ rotation: Matrix3, of identity: Int, at seconds: Double) -> Matrix3 {
    let index = index(of: identity)
    guard index < heads.count, heads[index].identity == identity else {
      heads.insert(
        Head(
          identity: identity, seconds: seconds, rotation: rotation, smoothed: rotation,
          filter: RotationFilter(rotation)),
        at: index)
      return rotation
    }
    let elapsed = seconds - heads[index].seconds
    heads[index].seconds = seconds
    heads[index].rotation = rotation
    heads[index].smoothed = heads[index].filter.update(with: rotation, after: elapsed)
    return heads[index].smoothed
  }

  /// Where a head is, or would have to be.
  private func index(of identity: Int) -> Int {
    var range = heads.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if heads[middle].identity < identity {
        range = middle + 1..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    return range.lowerBound
  }
}
