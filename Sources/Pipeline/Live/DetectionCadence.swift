/// Decides which frames the network looks at.
///
/// A value type that sees only numbers: the same frames and queues give the same decisions.
struct DetectionCadence: Sendable, Equatable {
  /// From a frame that is searched to the next, at most.
  let largestInterval: Int

  /// Whether the search falls behind a live input when it is not left out.
  private let adapts: Bool
  /// Frames since the last one searched; `nil` before the first.
  private var framesSince: Int?
  private var lastSeconds = 0.0

  /// Frames that wait while a live frame is searched without the search having fallen behind: one arrives now and
  /// then a little early.
  private static let toleratedBacklog = 1
  /// However far behind, one frame of so many is searched, half a second at 30 frames a second: faces that come
  /// into the picture are to be found.
  private static let largestLiveInterval = 15
  /// And at least one in a second of slower streams.
  private static let largestLiveSeconds = 1.0

  /// - Parameter isLive: Whether frames arrive at a pace of their own.
  init(_ interval: Configuration.DetectionInterval, isLive: Bool) {
    switch interval {
    case .auto:
      adapts = isLive
      largestInterval = isLive ? Self.largestLiveInterval : 1
    case .frames(let frames):
      adapts = false
      largestInterval = frames
    }
  }

  /// Says that the next frame does not go on from the last one, as after a reconnection: it is searched.
  mutating func restart() { framesSince = nil }

  /// Whether the next frame is to be searched.
  ///
  /// A live frame is not where newer ones wait: they are caught up with by predicting, before the ring buffer
  /// has to drop any.
  ///
  /// - Parameters:
  ///   - seconds: The moment the frame shows.
  ///   - waiting: How many newer frames are there already.
  mutating func searches(frameAt seconds: Double, waiting: Int) -> Bool {
    let isDue = framesSince.map { framesSince in
      framesSince + 1 >= largestInterval
        || adapts
          && (waiting <= Self.toleratedBacklog
            || !(0..<Self.largestLiveSeconds).contains(seconds - lastSeconds))
    }
    guard isDue ?? true else {
      framesSince = framesSince.map { $0 + 1 }
      return false
    }
    framesSince = 0
    lastSeconds = seconds
    return true
  }
}
