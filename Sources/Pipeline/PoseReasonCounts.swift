internal import Pose

/// How many faces had no pose, by reason.
package struct PoseReasonCounts: Sendable {
  private var counts = InlineArray<5, Int>(repeating: 0)

  subscript(reason: PoseError) -> Int { counts[Self.index(of: reason)] }

  mutating func add(_ reason: PoseError) { counts[Self.index(of: reason)] += 1 }

  mutating func add(_ other: PoseReasonCounts) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  package var total: Int {
    var total = 0
    for index in counts.indices { total += counts[index] }
    return total
  }

  /// Such as `3 poor fit, 1 collapsed`, in the order of `PoseError`; empty when there are none.
  package var description: String {
    PoseError.allCases.filter { self[$0] > 0 }
      .map { "\(self[$0]) \($0.rawValue.replacing("_", with: " "))" }
      .joined(separator: ", ")
  }

  private static func index(of reason: PoseError) -> Int {
    switch reason {
    case .notFinite: 0
    case .collapsed: 1
    case .behindCamera: 2
    case .facingAway: 3
    case .poorFit: 4
    }
  }
}
