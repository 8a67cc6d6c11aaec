/// When pictures came that were read only after the streams had been looked into: as long after the first one as
/// their times say.
struct CatchUp {
  /// When the first picture came.
  let firstArrival: ContinuousClock.Instant
  /// The time of the first picture in seconds; `nil` where times say nothing of when a picture came.
  private var startSeconds: Double?

  init(firstArrival: ContinuousClock.Instant, startSeconds: Double?) {
    self.firstArrival = firstArrival
    self.startSeconds = startSeconds
  }

  /// By how much later than it came a picture is read.
  ///
  /// - Parameter seconds: Its time. One before the start shows that this was none: FFmpeg takes it from the first
  ///   packet, to which it may have given a time of its own making where that could not be decoded.
  mutating func delay(ofPictureAt seconds: Double, read: ContinuousClock.Instant) -> Duration {
    guard let known = startSeconds else { return .zero }
    let start = min(known, seconds)
    startSeconds = start
    return max(.zero, read - (firstArrival + .seconds(seconds - start)))
  }
}
