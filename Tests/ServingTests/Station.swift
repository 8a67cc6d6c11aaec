import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline
@testable import Serving

/// Cameras that run within the tests' own process, and a server that shows them.
final class Station {
  let server: HTTPServer
  let cameras: [CameraMonitor]
  /// Without a slash at its end.
  let url: String
  let port: Int
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
  ///   - port: On which is served; 0 takes a free one.
  ///   - isSilent: Whether the cameras are never there, and show what they are told to.
  init(
    _ names: [String] = ["door"], size: String = "160x120", token: String? = nil, port: Int = 0,
    isSilent: Bool = false
  ) throws {
    cameras = names.map { CameraMonitor(name: $0) }
    var address = ListenAddress(host: "127.0.0.1", port: port)
    // On a busy machine a camera may show nothing for seconds.
    server = try HTTPServer(
      address: address, token: token, cameras: cameras, version: "1.2.3", readySeconds: 60)
    do {
      address = try server.start()
    } catch {
      server.stop()
      throw error
    }
    self.port = address.port
    url = "http://\(address)"
    var configuration = Configuration()
    configuration.input = "lavfi:testsrc2=s=\(size):r=25,realtime"
    configuration.serving.address = address
    configuration.detect.size = .longSide(64)
    configuration.threads = 1
    runs = isSilent ? [] : cameras.map { Run(configuration, $0) }
  }

  /// Serves where another station did that was stopped, as soon as its port is free.
  static func following(_ other: Station, _ names: [String] = ["door"]) async throws -> Station {
    var next: Station?
    _ = try await comesTrue {
      next = try? Station(names, port: other.port)
      return next != nil
    }
    return try #require(next)
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
  func isReady() async throws -> Bool {
    try await comesTrue { try ask("/readyz").status == 200 }
  }
}
