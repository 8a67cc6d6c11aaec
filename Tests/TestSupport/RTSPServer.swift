/// A real RTSP server on this machine: `tools/rtsp-server`, until it is stopped or let go of.
package final class RTSPServer: Sendable {
  package let port: Int
  private let program: BackgroundProgram

  /// Why tests that need the server are skipped; `nil` when it can run here.
  package static let missing: String? = {
    let check = """
      import gi
      gi.require_version("GstRtspServer", "1.0")
      from gi.repository import GstRtspServer
      """
    let result = try? runProcess("/usr/bin/python3", ["-c", check])
    return result?.status == 0
      ? nil : "GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi)"
  }()

  package struct CannotStart: Error {
    package var reason: String
  }

  /// - Parameters:
  ///   - mounts: Options of `tools/rtsp-server` that say what it serves or takes.
  ///   - port: 0 takes a free one; a server that comes back takes the port of the one before.
  /// - Throws: `CannotStart`.
  package init(_ mounts: [String], port: Int = 0) async throws {
    let program = try BackgroundProgram(
      Repository.path("tools/rtsp-server"), ["--port", "\(port)"] + mounts)
    func readyLine() -> Substring? {
      program.output.split(separator: "\n").first { $0.hasPrefix("ready ") }
    }
    _ = try await comesTrue { readyLine() != nil || !program.isRunning }
    guard let port = readyLine().flatMap({ Int($0.dropFirst("ready ".count)) }) else {
      throw CannotStart(reason: "tools/rtsp-server did not become ready: \(program.messages)")
    }
    self.port = port
    self.program = program
  }

  /// The address of a mount.
  package func url(_ name: String) -> String { "rtsp://127.0.0.1:\(port)/\(name)" }

  /// Waits until a client plays or records a mount.
  ///
  /// - Parameter event: Such as `play test`.
  package func sees(_ event: String) async throws -> Bool {
    try await comesTrue { program.output.split(separator: "\n").contains { $0 == event } }
  }

  /// Ends the server as a power cut would.
  package func end() { program.end() }

  /// Stops the server from doing anything, its connections staying open; or lets it go on.
  package func freeze(_ isFrozen: Bool) { program.freeze(isFrozen) }
}
