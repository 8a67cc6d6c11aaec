import Pipeline

/// The progress of several inputs in one line.
///
/// Rates are those of the last seconds: over a run of days a mean would hide that a camera has stopped.
struct CamerasProgressText {
  /// What was reported at one moment, by input.
  private var reports: [[CameraProgress]] = []

  /// Reports that rates are taken over; there are some five a second.
  private static let kept = 11

  /// Takes note of a report; the inputs are always the same.
  mutating func add(_ cameras: [CameraProgress]) {
    reports.append(cameras)
    if reports.count > Self.kept { reports.removeFirst() }
  }

  /// Such as `door 15.0 fps 2 faces · yard connecting`, or the sums where that is too long.
  ///
  /// - Parameter width: Columns of the terminal; `nil` without one.
  func line(within width: Int?) -> String {
    guard let now = reports.last, let before = reports.first else { return "" }
    let all = zip(now, before).map(Self.text).joined(separator: " · ")
    guard let width, all.count >= width else { return all }
    return String(Self.total(now, before).prefix(max(0, width - 1)))
  }

  private static func text(_ now: CameraProgress, _ before: CameraProgress) -> String {
    guard now.connection == .live else { return "\(now.name) \(now.connection.rawValue)" }
    let rates = Rates(now.run, before.run)
    let faces = Int(rates.facesPerFrame.rounded())
    return "\(now.name) \(decimals(rates.framesPerSecond, 1)) fps "
      + counted(faces, "face")
  }

  private static func total(_ now: [CameraProgress], _ before: [CameraProgress]) -> String {
    var (live, fps, drops) = (0, 0.0, 0)
    for (now, before) in zip(now, before) {
      drops += now.run.drops
      guard now.connection == .live else { continue }
      live += 1
      fps += Rates(now.run, before.run).framesPerSecond
    }
    return "\(live) of \(now.count) inputs live  \(decimals(fps, 1)) fps  "
      + counted(drops, "drop")
  }

  private struct Rates {
    var framesPerSecond = 0.0
    /// Mean of the frames in between.
    var facesPerFrame = 0.0

    init(_ now: RunProgress, _ before: RunProgress) {
      let frames = Double(now.frames - before.frames)
      let seconds = now.elapsedSeconds - before.elapsedSeconds
      if seconds > 0 { framesPerSecond = frames / seconds }
      if frames > 0 { facesPerFrame = Double(now.faces - before.faces) / frames }
    }
  }
}
