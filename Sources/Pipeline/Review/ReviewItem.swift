package import Imaging

/// A place in a redacted video that a person should look at, because a face may be visible there, or
/// something hidden that is no face.
package struct ReviewItem: Sendable, Equatable {
  /// Why it should be looked at.
  package enum Reason: String, CaseIterable, Sendable {
    /// A face was not seen in frames between others; it is hidden along the way between.
    case gapBridged = "gap-bridged"
    /// The same, but over more frames than could be looked ahead: some may show it.
    case gapNotBridged = "gap-not-bridged"
    /// The detector was unsure of it.
    case lowScore = "low-score"
    /// A face that came from nowhere was perhaps there before.
    case beganInPicture = "began-in-mid-picture"
    /// A face that went nowhere is perhaps still there.
    case endedInPicture = "ended-in-mid-picture"
    /// The decoder had to patch the frame.
    case damagedFrame = "damaged-frame"
    /// The frame could not be searched.
    case unsearchedFrame = "unsearched-frame"
  }

  /// One frame.
  package struct Moment: Sendable, Equatable {
    package var frame: Int
    package var timestamp: Timestamp
  }

  package var reason: Reason
  /// `nil` where it concerns whole frames.
  package var identity: Int?
  package var first: Moment
  /// The last frame, which belongs to it.
  package var last: Moment
  /// The lowest score where that is the reason.
  package var score: Float?
}

/// How many places there are to look at, by reason.
package struct ReviewCounts: Sendable, Equatable, CustomStringConvertible {
  private var counts = [Int](repeating: 0, count: ReviewItem.Reason.allCases.count)

  package init() {}

  package mutating func add(_ reason: ReviewItem.Reason) {
    counts[ReviewItem.Reason.allCases.firstIndex(of: reason) ?? 0] += 1
  }

  package var total: Int { counts.reduce(0, +) }

  /// Such as `2 gap-bridged, 1 low-score`.
  package var description: String {
    zip(counts, ReviewItem.Reason.allCases).filter { $0.0 > 0 }
      .map { "\($0) \($1.rawValue)" }.joined(separator: ", ")
  }
}
