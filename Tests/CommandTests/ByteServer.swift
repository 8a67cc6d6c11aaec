import Foundation
import Synchronization

/// A TCP server on this machine that sends every client the same bytes, or nothing at all, and does not read.
final class ByteServer: Sendable {
  let port: Int
  private let listener: Int32
  private let clients = Mutex<[Int32]>([])

  struct CannotListen: Error {}

  /// - Parameter bytes: Sent to every client, who is then sent the end; `nil` sends nothing and keeps the
  ///   connection.
  init(_ bytes: Data?) throws {
    (listener, port) = try boundSocket(Int32(SOCK_STREAM.rawValue))
    guard listen(listener, 8) == 0 else { throw CannotListen() }
    let (listener, server) = (listener, Weak(self))
    Thread {
      while true {
        let client = accept(listener, nil, nil)
        if client < 0 { return }
        guard let bytes else {
          server.value?.clients.withLock { $0.append(client) }
          continue
        }
        Thread {
          try? FileHandle(fileDescriptor: client, closeOnDealloc: true).write(contentsOf: bytes)
        }.start()
      }
    }.start()
  }

  /// How many clients are connected without being sent anything.
  var clientCount: Int { clients.withLock { $0.count } }

  deinit {
    // Closing alone does not wake up who waits in accept().
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    for client in clients.withLock({ $0 }) { close(client) }
  }

  private final class Weak: Sendable {
    weak let value: ByteServer?
    init(_ value: ByteServer) { self.value = value }
  }
}

/// A socket bound to a free port of this machine.
private func boundSocket(_ type: Int32) throws -> (descriptor: Int32, port: Int) {
  let descriptor = socket(AF_INET, type, 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let bound = unsafe withUnsafeMutablePointer(to: &address) {
    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
    }
  }
  guard bound else {
    close(descriptor)
    throw ByteServer.CannotListen()
  }
  return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// A port nobody listens on at the moment.
func freePort(udp: Bool = false) throws -> Int {
  let type = udp ? SOCK_DGRAM : SOCK_STREAM
  let (descriptor, port) = try boundSocket(Int32(type.rawValue))
  close(descriptor)
  return port
}
