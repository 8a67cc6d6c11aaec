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
  /// 10 to 30 seconds with silent name servers, but nobody has to wait for it. For what is a number
  /// there is nobody to ask.
  static func lookUp(_ host: String, isOver: () -> Bool) -> Answer {
    if isNumeric(host) { return .known }
    let pending = Pending()
    let thread = Thread {
      let code = ask(host, flags: 0)
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

  /// Whether a host is named by its address, of either version of the protocol.
  static func isNumeric(_ host: String) -> Bool { ask(host, flags: AI_NUMERICHOST) == 0 }

  /// - Returns: 0, or a code for `gai_strerror`.
  private static func ask(_ host: String, flags: Int32) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = flags
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, nil, &hints, &list)
    if let list = unsafe list { unsafe freeaddrinfo(list) }
    return code
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
