/// When the picture of a live input was taken and when it got here.
package struct FrameCapture: Sendable, Equatable {
  /// Seconds since 1970: when the camera took it, as far as the camera says so (RTCP sender reports),
  /// otherwise when its packet arrived.
  package var wallSeconds: Double
  /// Whether `wallSeconds` is by the camera's clock.
  package var isBySender: Bool
  /// When its packet was read.
  package var arrival: ContinuousClock.Instant

  package init(wallSeconds: Double, isBySender: Bool, arrival: ContinuousClock.Instant) {
    self.wallSeconds = wallSeconds
    self.isBySender = isBySender
    self.arrival = arrival
  }
}

/// What is known of the packets that went into a decoder lately, for the frames that come out later and
/// in another order.
struct CaptureHistory {
  private var entries: [(ticks: Int64, capture: FrameCapture)] = []
  private var oldest = 0

  /// More than decoders hold back: 16 frames of reordering at most (H.264, HEVC), and their threads.
  private static let capacity = 64

  init() { entries.reserveCapacity(Self.capacity) }

  /// - Parameter ticks: The packet's presentation timestamp.
  mutating func note(_ capture: FrameCapture, at ticks: Int64) {
    if entries.count < Self.capacity {
      entries.append((ticks, capture))
    } else {
      entries[oldest] = (ticks, capture)
      oldest = (oldest + 1) % Self.capacity
    }
  }

  /// Of the packet with this timestamp, otherwise of the last one before it; `nil` when there is none.
  func capture(at ticks: Int64) -> FrameCapture? {
    var best: (ticks: Int64, capture: FrameCapture)?
    // A timestamp that comes twice counts for the packet that came last.
    for index in entries.indices {
      let entry = entries[(oldest + index) % entries.count]
      guard entry.ticks <= ticks else { continue }
      if let known = best, known.ticks > entry.ticks { continue }
      best = entry
    }
    return best?.capture
  }
}
