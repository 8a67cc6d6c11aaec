extension Configuration {
  /// Which frames the network looks at; in those between, faces are where the tracker expects them.
  package enum DetectionInterval: Sendable, Equatable {
    /// Every frame of a file; of a live input as many as can be searched in time.
    case auto
    /// The first of so many frames.
    case frames(Int)

    private static let range = 1...100

    /// Completes "give …".
    static let accepted =
      "auto or a whole number of frames from \(range.lowerBound) to \(range.upperBound)"

    /// `auto` or a number; `nil` for anything else.
    init?(_ text: String) {
      if text == "auto" {
        self = .auto
        return
      }
      guard let frames = Int(text), Self.range.contains(frames) else { return nil }
      self = .frames(frames)
    }

    /// As the header of the records has it.
    var setting: RecordHeader.SettingValue {
      switch self {
      case .auto: .text("auto")
      case .frames(let frames): .integer(frames)
      }
    }
  }

  /// How many frames a face is hidden before its first detection and after its last; at least as many as may
  /// pass until a face that comes into the picture is looked for.
  var framesHiddenBeyondTracks: Int {
    guard hidesFaces else { return 0 }
    let cadence = DetectionCadence(detect.every, isLive: readsLive)
    return max(redact.extend, cadence.largestInterval - 1)
  }
}
