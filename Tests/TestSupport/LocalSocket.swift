import Foundation
import Synchronization

/// A socket of this machine, closed when it is let go of.
package final class LocalSocket: Sendable {
  package let descriptor: Int32
  /// The port it is bound to, or that of its peer.
  package let port: Int

  package enum Transport: Sendable { case tcp, udp }

  package struct CannotOpen: Error {
    package init() {}
  }

  /// Binds to a free port.
  package init(_ transport: Transport) throws {
    descriptor = Self.open(transport)
    var address = Self.address(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isBound else { throw CannotOpen() }
  }

  /// Connects to a port by TCP.
  ///
  /// - Parameter receiveBytes: What the system keeps for a client that does not read; at least some kilobytes.
  package init(to port: Int, receiveBytes: Int32) throws {
    descriptor = Self.open(.tcp)
    self.port = port
    var bytes = receiveBytes
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    var address = Self.address(port: port)
    let descriptor = descriptor
    let status = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw CannotOpen() }
  }

  deinit { close(descriptor) }

  private static func open(_ transport: Transport) -> Int32 {
    socket(AF_INET, Int32((transport == .tcp ? SOCK_STREAM : SOCK_DGRAM).rawValue), 0)
  }

  /// A port of the loopback interface.
  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}

private let givenPorts = Mutex<Set<Int>>([])

/// A port of this machine that nobody uses at the moment, and that no other test is given.
package func freePort(_ transport: LocalSocket.Transport) throws -> Int {
  while true {
    let port = try LocalSocket(transport).port
    if givenPorts.withLock({ $0.insert(port).inserted }) { return port }
  }
}
