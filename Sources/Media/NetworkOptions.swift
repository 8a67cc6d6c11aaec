/// How inputs from the network and from devices are opened and read.
package struct NetworkOptions: Sendable, Equatable {
  /// How long an answer, or the next picture, may take.
  package var timeoutSeconds = 10.0
  package var rtspTransport = RTSPTransport.auto

  package init() {}

  /// What FFmpeg is told for an address, beside the deadline that holds for every protocol.
  func options(for address: NetworkAddress) -> [(name: String, value: String)] {
    switch address.scheme {
    case "rtsp", "rtsps":
      // Microseconds, for every single step of the conversation.
      let timeout = (name: "timeout", value: "\(Int64(timeoutSeconds * 1e6))")
      return switch rtspTransport {
      // Tried first; a server that refuses (461) is asked for UDP.
      case .auto: [timeout, ("rtsp_flags", "prefer_tcp")]
      case .tcp: [timeout, ("rtsp_transport", "tcp")]
      case .udp: [timeout, ("rtsp_transport", "udp")]
      }
    case "udp":
      // Packets that come faster than they are read are lost; that is no reason to end.
      return [("overrun_nonfatal", "1")]
    case "http", "https", "tcp", "tls", "ftp":
      // Microseconds, for every single transfer.
      return [("rw_timeout", "\(Int64(timeoutSeconds * 1e6))")]
    default: return []
    }
  }
}

/// How the packets of an RTSP stream travel.
package enum RTSPTransport: String, CaseIterable, Sendable {
  /// By TCP; by UDP where the server refuses TCP.
  case auto
  case tcp, udp
}
