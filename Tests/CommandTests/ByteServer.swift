import Foundation
import Synchronization
import TestSupport

/// A TCP server on this machine that sends every client the same bytes, or nothing at all, and does not read.
final class ByteServer: Sendable {
  private let listener: LocalSocket
  private let clients = Mutex<[Int32]>([])

  /// - Parameter bytes: Sent to every client, who is then sent the end; `nil` sends nothing and keeps the
  ///   connection.
  init(_ bytes: Data?) throws {
    listener = try LocalSocket(.tcp)
    guard listen(listener.descriptor, 8) == 0 else { throw LocalSocket.CannotOpen() }
    let (listener, server) = (listener, Weak(self))
    Thread {
      while true {
        let client = accept(listener.descriptor, nil, nil)
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

  var port: Int { listener.port }

  /// How many clients are connected without being sent anything.
  var clientCount: Int { clients.withLock { $0.count } }

  deinit { end() }

  /// Listens no more, and leaves the clients that are sent nothing.
  func end() {
    // Wakes up who waits in accept(); the socket is closed with the thread.
    shutdown(listener.descriptor, Int32(SHUT_RDWR))
    clients.withLock {
      for client in $0 { close(client) }
      $0 = []
    }
  }

  private final class Weak: Sendable {
    weak let value: ByteServer?
    init(_ value: ByteServer) { self.value = value }
  }
}
