internal import CFFmpeg
import Foundation
import Synchronization

/// When the first packets of an input came.
///
/// FFmpeg reads packets while it looks into the streams and keeps them for later; it marks their streams, and
/// asks whether to go on before it waits for more: that is when they are seen.
final class FirstArrivals: Sendable {
  private struct Moments {
    var packet: ContinuousClock.Instant?
    var picture: ContinuousClock.Instant?
  }

  private let moments = Mutex(Moments())

  /// Of any stream; `nil` before one came.
  var packet: ContinuousClock.Instant? { moments.withLock { $0.packet } }
  /// Of a video; `nil` before one came.
  var picture: ContinuousClock.Instant? { moments.withLock { $0.picture } }

  /// Runs `body`, which reads packets of a context, and notes when they come.
  func note<Result>(
    in context: UnsafeMutablePointer<AVFormatContext>, _ watch: IOWatch, _ body: () -> Result
  ) -> Result {
    // Safe to share: looked at on this thread alone, which is the one that changes it.
    nonisolated(unsafe) let shared = unsafe context
    let owner = pthread_self()
    watch.setWitness { [self] in
      // Some protocols also ask on threads of their own.
      if pthread_equal(owner, pthread_self()) != 0 { unsafe look(at: shared) }
    }
    let result = body()
    watch.setWitness(nil)
    unsafe look(at: context)
    return result
  }

  private func look(at context: UnsafeMutablePointer<AVFormatContext>) {
    moments.withLock { moments in
      guard moments.picture == nil else { return }
      let now = ContinuousClock.now
      for index in unsafe 0..<Int(context.pointee.nb_streams) {
        guard let stream = unsafe context.pointee.streams[index],
          unsafe stream.pointee.event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS != 0
        else { continue }
        moments.packet = moments.packet ?? now
        if unsafe stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO {
          moments.picture = now
        }
      }
    }
  }
}
