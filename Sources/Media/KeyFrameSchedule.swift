/// Which frames an encoder makes key frames beyond those it chooses itself.
struct KeyFrameSchedule {
  private let intervalSeconds: Double?
  private var segments: SegmentClock?
  private var lastSeconds: Double?

  /// - Parameters:
  ///   - intervalSeconds: A key frame comes at least so often, by presentation time.
  ///   - segmentSeconds: Of a recording that goes on in a new file, which begins with a key frame.
  init(intervalSeconds: Double?, segmentSeconds: Double?) {
    self.intervalSeconds = intervalSeconds
    segments = segmentSeconds.map(SegmentClock.init)
  }

  /// - Parameters:
  ///   - seconds: The frame's presentation time; every frame is asked about once, in order.
  ///   - isRequested: Whether somebody waits for a key frame.
  mutating func isDue(at seconds: Double, isRequested: Bool) -> Bool {
    let beginsSegment = segments?.isDue(at: seconds) ?? false
    var isLate = false
    if let intervalSeconds, let lastSeconds {
      isLate = seconds - lastSeconds >= intervalSeconds - Self.tolerance
    }
    let isDue = beginsSegment || isLate || isRequested
    // The first frame is one anyway.
    if isDue || lastSeconds == nil { lastSeconds = seconds }
    return isDue
  }

  /// Less than any tick.
  private static let tolerance = 1e-6
}
