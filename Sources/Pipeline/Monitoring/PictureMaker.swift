import Dispatch
import Media
import Synchronization

/// A picture as watchers see it.
package struct CameraPicture: Sendable {
  /// A JPEG file.
  package var bytes: [UInt8]
}

/// Makes JPEG pictures of frames, the newest first, at most so many a second.
///
/// All cameras share one thread for it, which exists only while pictures are made, and take turns at it.
final class PictureMaker: Sendable {
  private struct State {
    var newest: VideoFrame?
    var isWorking = false
    var lastStart: ContinuousClock.Instant?
  }

  /// Pictures a second and their longer side: what a person watches with ease, and what costs one camera
  /// no more than some percent of a processor.
  private static let usualInterval = Duration.seconds(1) / 12
  private static let longestSide = 960
  private static let queue = DispatchQueue(label: "facestream.pictures")

  private let interval: Duration
  private let state = Mutex(State())
  /// Used on the queue alone; made with the first picture.
  private let encoder = Mutex<PreviewEncoder?>(nil)

  /// - Parameter interval: Between the beginnings of two pictures.
  init(interval: Duration = usualInterval) { self.interval = interval }

  /// Takes a frame over if it is time for one, and returns at once.
  ///
  /// - Parameter deliver: Called on the queue.
  func make(_ frame: VideoFrame, deliver: @escaping @Sendable (CameraPicture) -> Void) {
    let now = ContinuousClock.now
    let begins = state.withLock { state in
      if let last = state.lastStart, now - last < interval { return false }
      // Without memory for it there is no picture; the frame goes its way all the same.
      guard let shared = try? frame.sharingPlanes() else { return false }
      state.lastStart = now
      state.newest = shared
      defer { state.isWorking = true }
      return !state.isWorking
    }
    if begins { Self.queue.async { self.work(deliver) } }
  }

  /// Makes one picture. A newer frame waits its turn behind those of the other cameras.
  private func work(_ deliver: @escaping @Sendable (CameraPicture) -> Void) {
    if let frame = state.withLock({ $0.newest.take() }), let picture = picture(of: frame) {
      deliver(picture)
    }
    let goesOn = state.withLock { state in
      state.isWorking = state.newest != nil
      return state.isWorking
    }
    if goesOn { Self.queue.async { self.work(deliver) } }
  }

  /// `nil` where none can be made, which a watcher sees as no new picture.
  private func picture(of frame: VideoFrame) -> CameraPicture? {
    encoder.withLock { encoder in
      if encoder == nil { encoder = try? PreviewEncoder(longestSide: Self.longestSide) }
      return (try? encoder?.encode(frame)).map { CameraPicture(bytes: $0) }
    }
  }
}
