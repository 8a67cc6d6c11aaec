import Foundation
import Synchronization
import TestSupport

@testable import Pipeline
@testable import Serving

/// Cameras that run within the tests' own process, and a server that shows them.
final class Station {
  let server: HTTPServer
  let cameras: [CameraMonitor]
  /// Without a slash at its end.
  let url: String
  private let runs: [Run]

  /// One camera's run on its thread.
  private final class Run: Sendable {
    let runner: PipelineRunner
    private let ended = DispatchSemaphore(value: 0)

    init(_ configuration: Configuration, _ monitor: CameraMonitor) {
      runner = PipelineRunner(configuration: configuration, monitor: monitor)
      let thread = Thread { [self] in
        _ = try? runner.run(warn: { _ in }, progress: { _ in })
        ended.signal()
      }
      thread.start()
    }

    /// May be called again.
    func stop() {
      runner.cancel()
      ended.wait()
      ended.signal()
    }
  }

  /// - Parameters:
  ///   - names: Of the cameras; all show the same.
  ///   - size: Of their pictures.
  ///   - token: What clients have to present.
  init(
    _ names: [String] = ["door"], size: String = "160x120", token: String? = nil,
    readySeconds: Double = 5
  ) throws {
    cameras = names.map { CameraMonitor(name: $0) }
    let address = ListenAddress(host: "127.0.0.1", port: 0)
    server = try HTTPServer(
      address: address, token: token, cameras: cameras, version: "1.2.3",
      readySeconds: readySeconds)
    url = "http://\(try server.start())"
    var configuration = Configuration()
    configuration.input = "lavfi:testsrc2=s=\(size):r=25:d=3600,realtime"
    configuration.serving.address = address
    configuration.detect.size = .longSide(64)
    configuration.threads = 1
    runs = cameras.map { Run(configuration, $0) }
  }

  deinit {
    stopCameras()
    server.stop()
  }

  /// Ends the runs; the server goes on.
  func stopCameras() { for run in runs { run.stop() } }

  /// Asks for a path.
  func ask(
    _ path: String, _ arguments: [String] = [], seconds: Int = 10
  ) throws -> WebClients.Answer {
    try WebClients.ask(url + path, arguments, seconds: seconds)
  }

  /// Waits until every camera has shown a frame.
  func isReady() throws -> Bool { try becomesTrue { try ask("/readyz").status == 200 } }
}

/// Returns `false` when the condition does not come true within half a minute.
func becomesTrue(_ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(120)
  while ContinuousClock.now < deadline {
    if try condition() { return true }
    usleep(20_000)
  }
  return false
}

/// A client that sends a request and then does what it is told, or nothing.
final class Connection {
  private let descriptor: Int32

  /// - Parameter address: Such as `http://127.0.0.1:8080`.
  init(_ address: String, request: String) throws {
    let port = UInt16(address.split(separator: ":").last ?? "") ?? 0
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    // The least the system allows: what is sent stays with the server.
    var size: Int32 = 1
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    target.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let code = unsafe withUnsafePointer(to: &target) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw POSIXError(.ECONNREFUSED) }
    let bytes = Array(request.utf8)
    _ = unsafe write(descriptor, bytes, bytes.count)
  }

  deinit { close(descriptor) }

  /// Reads until the server has closed the connection.
  ///
  /// - Returns: `false` when it has not after some seconds.
  func isClosed() -> Bool {
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(descriptor, &buffer, buffer.count)
      if count == 0 { return true }
      if count < 0 { return errno == ECONNRESET }
    }
  }
}
