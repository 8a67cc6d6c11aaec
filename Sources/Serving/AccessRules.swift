import Pipeline

/// Who may watch.
struct AccessRules: Sendable {
  /// What clients have to present; `nil` asks for nothing.
  let token: String?
  /// Whether only programs of this machine can connect.
  let isLoopback: Bool

  /// Whether a request asks for a host that stands for this machine.
  ///
  /// A page of another site can make its own name stand for 127.0.0.1 (DNS rebinding) and would then be
  /// allowed to read answers: without a token, only names that are ours are answered.
  ///
  /// - Parameter authority: The request's `Host`.
  func acceptsHost(_ authority: String?) -> Bool {
    guard token == nil, isLoopback else { return true }
    guard let authority else { return false }
    var host = authority[...]
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return false }
      host = host[host.index(after: host.startIndex)..<end]
    } else if let colon = host.lastIndex(of: ":") {
      host = host[..<colon]
    }
    return ListenAddress.isLoopback(String(host))
  }

  /// Whether a request presents the token, in its `Authorization` or its query.
  func acceptsToken(authorization: String?, query: String?) -> Bool {
    guard let token else { return true }
    let scheme = "bearer "
    if let authorization, authorization.lowercased().hasPrefix(scheme) {
      return Self.isEqual(String(authorization.dropFirst(scheme.count)), token)
    }
    return query.map { Self.isEqual($0, token) } ?? false
  }

  /// Takes as long for texts that begin alike as for others, so that a token cannot be guessed letter by
  /// letter.
  static func isEqual(_ given: String, _ expected: String) -> Bool {
    let (given, expected) = (Array(given.utf8), Array(expected.utf8))
    var difference = UInt8(given.count == expected.count ? 0 : 1)
    for index in given.indices {
      // Also after the end of what is expected, so that its length shows in no time.
      let other = expected.isEmpty ? 0 : expected[index % expected.count]
      difference |= given[index] ^ other
    }
    return difference == 0
  }
}
