import Dispatch
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
package import Pipeline
import Synchronization

/// Serves what there is to see of running cameras over HTTP/1.1, on one thread of its own.
package final class HTTPServer: Sendable {
  private let address: ListenAddress
  private let site: Site
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let registry = ConnectionRegistry()
  private let task = Mutex<Task<Void, Never>?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Connections at once, of all clients.
  private static let maximumConnections = 256
  /// How long a connection without a request stays open.
  private static let idleTimeout = TimeAmount.seconds(60)
  /// How long clients get to take what was sent, and connections to close, in seconds.
  private static let farewell = 0.15

  /// - Parameters:
  ///   - token: What clients have to present; `nil` asks for nothing.
  ///   - cameras: With names that differ.
  ///   - version: Of the program.
  ///   - readySeconds: How old the last frame of a camera may be that counts as ready.
  /// - Throws: `missingPage`.
  package init(
    address: ListenAddress, token: String?, cameras: [CameraMonitor], version: String,
    readySeconds: Double = 5
  ) throws(ServingError) {
    self.address = address
    site = Site(
      cameras: cameras, version: version, readySeconds: readySeconds, page: try Page(),
      access: AccessRules(token: token, isLoopback: address.isLoopback))
  }

  /// Begins to listen, and returns once clients can connect.
  ///
  /// - Returns: The address with its real port.
  /// - Throws: `cannotListen`.
  package func start() throws(ServingError) -> ListenAddress {
    let outcome = StartOutcome()
    let loop = group.next()
    let (address, site, group, registry, ended) = (address, site, group, registry, ended)
    let task = Task.detached(executorPreference: EventLoopExecutor(loop)) {
      let logger = Logger(label: "facestream.http") { _ in SwiftLogNoOpLogHandler() }
      let application = Application(
        router: site.router,
        server: .http1(
          configuration: .init(
            additionalChannelHandlers: [registry.makeHandler()], idleTimeout: Self.idleTimeout)),
        configuration: ApplicationConfiguration(
          address: .hostname(address.host, port: address.port),
          availableConnectionsDelegate: .maximum(Self.maximumConnections, logger: logger)),
        onServerRunning: { outcome.set(.success($0.localAddress?.port ?? address.port)) },
        eventLoopGroupProvider: .shared(group), logger: logger)
      do { try await application.run() } catch { outcome.set(.failure(error)) }
      // Whoever still waits for the start waits for nothing.
      outcome.set(.failure(CancellationError()))
      ended.signal()
    }
    self.task.withLock { $0 = task }
    switch outcome.wait() {
    case .success(let port): return ListenAddress(host: address.host, port: port)
    case .failure(let error): throw .cannotListen(address: address, reason: reason(error))
    }
  }

  /// Stops listening and closes every connection, also those of clients that do not read, within a third
  /// of a second.
  package func stop() {
    guard let task = task.withLock({ $0 }) else { return }
    task.cancel()
    if ended.wait(timeout: .now() + Self.farewell) == .timedOut {
      registry.closeAll()
      // Tasks that still run need their thread.
      guard ended.wait(timeout: .now() + Self.farewell) == .success else { return }
    }
    group.shutdownGracefully(queue: .global()) { _ in }
  }

  private func reason(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    return unsafe String(cString: strerror(error.errnoCode))
  }
}

/// How starting went, for the thread that waits for it.
private final class StartOutcome: Sendable {
  private let result = Mutex<Result<Int, any Error>?>(nil)
  private let isKnown = DispatchSemaphore(value: 0)

  /// The first one counts.
  func set(_ result: Result<Int, any Error>) {
    let isFirst = self.result.withLock { known in
      defer { known = known ?? result }
      return known == nil
    }
    if isFirst { isKnown.signal() }
  }

  func wait() -> Result<Int, any Error> {
    isKnown.wait()
    return result.withLock { $0 } ?? .success(0)
  }
}
