/// The parts of an address that decide how it is reached.
struct NetworkAddress {
  /// In small letters, without `://`.
  let scheme: String
  /// Without brackets, user and port; empty where the address names none, as `udp://:5000`.
  let host: String
  /// Whether the user's name or password seems to hold a character that ends them, so that `host` may be a part
  /// of them.
  let isUnescaped: Bool

  /// `nil` for what is no `scheme://…`.
  init?(_ path: String) {
    guard let colon = path.firstRange(of: "://") else { return nil }
    let scheme = path[..<colon.lowerBound]
    guard let first = scheme.first, first.isASCII, first.isLetter,
      scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
    else { return nil }
    self.scheme = scheme.lowercased()
    let rest = path[colon.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
    let named = place ?? authority
    if named.first == "[", let end = named.firstIndex(of: "]") {
      host = String(named[named.index(after: named.startIndex)..<end])
    } else {
      host = String(named.prefix { $0 != ":" })
    }
    isUnescaped = Self.isUnescaped(
      authority: authority, host: host, behind: rest[authority.endIndex...],
      isCamera: self.scheme.hasPrefix("rtsp") || self.scheme.hasPrefix("rtmp"))
  }

  /// Whether an `@` behind what counts as the authority seems to be the one that ends a user's password.
  ///
  /// Passwords of cameras have slashes more often than their paths have an `@`, which web pages do have. Only
  /// what stands where a port should be, or a host that is a name, is doubted: an address of numbers is no part
  /// of a password, and its path may have what it likes.
  private static func isUnescaped(
    authority: Substring, host: String, behind: Substring, isCamera: Bool
  ) -> Bool {
    guard authority.first != "[", let end = behind.first, behind.contains("@") else { return false }
    if let colon = authority.firstIndex(of: ":"), !authority.contains("@") {
      let port = authority[authority.index(after: colon)...]
      return !port.allSatisfy(\.isNumber) || isCamera && end == "#"
    }
    guard isCamera, authority.contains("@") else { return false }
    // Of a query that follows a path nothing can be told.
    guard end != "/" || behind.prefix(while: { $0 != "?" }).contains("@") else { return false }
    let isNumbers = host.contains(":") || host.split(separator: ".").count == 4
    return end == "#" || !isNumbers || !NameLookup.isNumeric(host)
  }

  /// Whether what comes from there comes at its own pace and cannot be read again, whatever it is.
  var isAlwaysLive: Bool { Self.liveSchemes.contains(scheme) }

  /// Whether it is reached over the network, through a host's name.
  var isRemote: Bool { isAlwaysLive || Self.fileSchemes.contains(scheme) }

  /// Whether FFmpeg has a container, not a protocol, for the scheme.
  var isContainer: Bool { scheme == "rtsp" || scheme == "rtsps" }

  private static let liveSchemes: Set<String> = [
    "rtsp", "rtsps", "rtmp", "rtmps", "rtmpt", "rtmpts", "rtmpe", "rtmpte", "udp", "rtp", "srt",
  ]
  /// Schemes that serve files and streams alike.
  private static let fileSchemes: Set<String> = [
    "http", "https", "ftp", "sftp", "tcp", "tls", "mms", "mmsh", "mmst", "gopher", "rist",
  ]
}

extension NetworkAddress {
  /// Why it is not even tried: FFmpeg would look up a part of a password as a host, and send the rest there.
  /// `nil` where user and host can be told apart.
  var refusal: String? {
    isRemote && isUnescaped
      ? "the user name or password seems to hold '/', '?' or '#': write them as %2F, %3F and %23 (and an "
        + "'@' in the path as %40)" : nil
  }

  /// Looks the host up first, so that a name server that does not answer can be waited for only as
  /// long as `watch` allows: FFmpeg looks names up by `getaddrinfo`, which nothing interrupts.
  ///
  /// - Returns: Why the name is not known; `nil` when it is, or when waiting was over.
  func lookUp(_ watch: IOWatch) -> String? {
    guard !host.isEmpty, !goesThroughProxy else { return nil }
    let answer = NameLookup.lookUp(host) { watch.isOver }
    guard case .failed(let reason) = answer else { return nil }
    return "the name '\(host)' cannot be looked up (\(reason))"
  }
}

extension Demuxer {
  /// Whether a path is that of a camera or of a stream by its name alone; others turn out when they are
  /// opened.
  package static func isAlwaysLive(_ path: String) -> Bool {
    isDevice(path) || NetworkAddress(path)?.isAlwaysLive == true
  }

  /// Whether a path is that of a device or of something in the network.
  package static func isElsewhere(_ path: String) -> Bool {
    isDevice(path) || NetworkAddress(path)?.isRemote == true
  }

  /// Whether a path can be opened a second time: not standard input.
  package static func canBeReopened(_ path: String) -> Bool { !PipeInput.isOpen(path) }

  /// Whether a path is that of a camera of this machine, also by the names that do not change with the order
  /// of plugging in.
  static func isDevice(_ path: String) -> Bool {
    path.hasPrefix("/dev/video") || path.hasPrefix("/dev/v4l/")
  }
}
