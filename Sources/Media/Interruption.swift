internal import CFFmpeg
import Synchronization

/// A flag any thread may raise to make a blocking read or write of FFmpeg return at once.
package final class Interruption: Sendable {
  private let raised = Atomic<Bool>(false)

  package init() {}

  package var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Makes every read and write that this belongs to return soon, now and later.
  package func raise() { raised.store(true, ordering: .relaxed) }

  /// What FFmpeg calls while it waits. The owner of the context keeps this object alive.
  var callback: AVIOInterruptCB {
    unsafe AVIOInterruptCB(
      callback: { opaque in
        guard let opaque = unsafe opaque else { return 0 }
        let flag = unsafe Unmanaged<Interruption>.fromOpaque(opaque).takeUnretainedValue()
        return flag.isRaised ? 1 : 0
      },
      opaque: Unmanaged.passUnretained(self).toOpaque())
  }
}
