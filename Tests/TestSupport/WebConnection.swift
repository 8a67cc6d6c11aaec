import Foundation

/// A client of a web server that asks for something and then reads nothing until it is told to.
package final class WebConnection: Sendable {
  private let socket: LocalSocket

  package struct NotSent: Error {}

  /// - Parameters:
  ///   - url: Of the server, such as `http://127.0.0.1:8080`.
  ///   - path: What is asked for.
  package init(_ url: String, path: String) throws {
    // The least the system allows: what is sent stays with the server.
    socket = try LocalSocket(
      to: Int(url.split(separator: ":").last ?? "") ?? 0, receiveBytes: 1)
    let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
    guard unsafe write(socket.descriptor, request, request.count) == request.count else {
      throw NotSent()
    }
  }

  /// Leaves, as far as the server can see.
  package func end() { shutdown(socket.descriptor, Int32(SHUT_RDWR)) }

  /// Reads until the server has closed the connection, for as long as more comes within ten seconds.
  package func isClosed() -> Bool {
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    unsafe setsockopt(
      socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(socket.descriptor, &buffer, buffer.count)
      if count == 0 { return true }
      if count < 0 { return errno == ECONNRESET }
    }
  }
}
