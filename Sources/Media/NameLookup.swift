import Foundation
import Synchronization

/// Looks up host names without getting stuck.
enum NameLookup {
  enum Answer: Equatable {
    case known
    case failed(String)
    /// Nobody wanted to wait any longer.
    case abandoned
  }

  /// How long the wish to stop may go unnoticed.
  private static let step = DispatchTimeInterval.milliseconds(20)

  /// Asks the C library on a thread of its own: that thread waits as long as the resolver does, some
  /// 10 to 30 seconds with silent name servers, but nobody has to wait for it.
  static func lookUp(_ host: String, isOver: () -> Bool) -> Answer {
    let pending = Pending()
    let thread = Thread {
      var list: UnsafeMutablePointer<addrinfo>?
      let code = unsafe getaddrinfo(host, nil, nil, &list)
      if let list = unsafe list { unsafe freeaddrinfo(list) }
      pending.code.withLock { $0 = code }
      pending.done.signal()
    }
    thread.name = "name lookup"
    thread.start()
    while pending.done.wait(timeout: .now() + step) == .timedOut {
      if isOver() { return .abandoned }
    }
    let code = pending.code.withLock { $0 }
    return code == 0 ? .known : .failed(unsafe String(cString: gai_strerror(code)))
  }

  private final class Pending: Sendable {
    let code = Mutex<Int32>(0)
    let done = DispatchSemaphore(value: 0)
  }
}

extension NetworkAddress {
  /// Whether a proxy looks the name up instead, by the environment variable FFmpeg reads.
  var goesThroughProxy: Bool {
    (scheme == "http" || scheme == "https")
      && ProcessInfo.processInfo.environment["http_proxy"]?.isEmpty == false
  }
}
