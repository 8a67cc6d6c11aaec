/// The parts of an address that decide how it is reached.
struct NetworkAddress {
  /// In small letters, without `://`.
  let scheme: String
  /// Without brackets, user and port; empty where the address names none, as `udp://:5000`.
  let host: String

  /// `nil` for what is no `scheme://…`.
  init?(_ path: String) {
    guard let colon = path.firstRange(of: "://") else { return nil }
    let scheme = path[..<colon.lowerBound]
    guard let first = scheme.first, first.isASCII, first.isLetter,
      scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
    else { return nil }
    self.scheme = scheme.lowercased()
    let authority = path[colon.upperBound...].prefix { !"/?#".contains($0) }
    let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
    let named = place ?? authority
    if named.first == "[", let end = named.firstIndex(of: "]") {
      host = String(named[named.index(after: named.startIndex)..<end])
    } else {
      host = String(named.prefix { $0 != ":" })
    }
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
