import Foundation

/// An IP address of this machine and a port to listen on.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// An IPv4 or IPv6 address without brackets.
  package var host: String
  /// 0 stands for any that is free.
  package var port: Int

  private static let loopback = "127.0.0.1"

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` or `8080`; the last three stand for
  /// 127.0.0.1. `nil` for all else: names of hosts are not looked up.
  package init?(_ text: String) {
    let colon = text.lastIndex(of: ":")
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let port = Int(digits), port <= UInt16.max
    else { return nil }
    self.port = port
    var host = String(colon.map { text[..<$0] } ?? "")
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard Self.isIPv6(host) else { return nil }
    } else if host.isEmpty || host == "localhost" {
      host = Self.loopback
    } else if !Self.isIPv4(host) {
      return nil
    }
    self.host = host
  }

  /// Whether only programs of this machine can connect.
  package var isLoopback: Bool { Self.isLoopback(host) }

  /// Whether an address, or `localhost`, stands for this machine alone: 127.0.0.0/8 (RFC 1122, section
  /// 3.2.1.3) or ::1 (RFC 4291, section 2.5.3).
  package static func isLoopback(_ host: String) -> Bool {
    if host.lowercased() == "localhost" { return true }
    if isIPv4(host) { return host.hasPrefix("127.") }
    var (address, loopback) = (in6_addr(), in6_addr())
    guard unsafe inet_pton(AF_INET6, host, &address) == 1,
      unsafe inet_pton(AF_INET6, "::1", &loopback) == 1
    else { return false }
    return unsafe memcmp(&address, &loopback, MemoryLayout<in6_addr>.size) == 0
  }

  /// As in a URL.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return unsafe inet_pton(AF_INET, text, &address) == 1
  }

  private static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return unsafe inet_pton(AF_INET6, text, &address) == 1
  }
}
