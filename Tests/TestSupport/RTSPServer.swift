import Foundation

/// A real RTSP server on this machine: `tools/rtsp-server`, until it is stopped or let go of.
package final class RTSPServer: Sendable {
  package let port: Int
  private let process: Process
  private let lines: Lines

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
  package init(_ mounts: [String], port: Int = 0) throws {
    process = Process()
    process.executableURL = URL(filePath: Repository.path("tools/rtsp-server"))
    process.arguments = ["--port", "\(port)"] + mounts
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    lines = Lines(pipe.fileHandleForReading)
    try process.run()
    guard let ready = lines.wait(seconds: 20, for: { $0.hasPrefix("ready ") }),
      let port = Int(ready.dropFirst("ready ".count))
    else {
      process.terminate()
      throw CannotStart(reason: "tools/rtsp-server did not become ready")
    }
    self.port = port
  }

  deinit { kill() }

  /// The address of a mount.
  package func url(_ name: String) -> String { "rtsp://127.0.0.1:\(port)/\(name)" }

  /// Waits until a client plays or records a mount.
  ///
  /// - Parameter event: Such as `play test`.
  package func wait(for event: String, seconds: Double = 20) -> Bool {
    lines.wait(seconds: seconds) { $0 == event } != nil
  }

  /// Ends the server as a power cut would.
  package func kill() {
    guard process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Stops the server from doing anything, its connections staying open; or lets it go on.
  package func freeze(_ isFrozen: Bool) {
    Foundation.kill(process.processIdentifier, isFrozen ? SIGSTOP : SIGCONT)
  }
}

/// The lines a program has printed; each is found once. `@unchecked Sendable`: `condition` guards.
private final class Lines: @unchecked Sendable {
  private let condition = NSCondition()
  private var lines: [String] = []
  private var isAtEnd = false

  init(_ handle: FileHandle) {
    let reader = Thread { [self] in
      var rest = Data()
      while true {
        let data = handle.availableData
        rest += data
        condition.lock()
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          lines.append(String(decoding: rest[..<end], as: UTF8.self))
          rest = Data(rest[rest.index(after: end)...])
        }
        isAtEnd = data.isEmpty
        condition.broadcast()
        condition.unlock()
        if data.isEmpty { return }
      }
    }
    reader.start()
  }

  /// The first line that fits and was not found before, `nil` when none comes in time.
  func wait(seconds: Double, for isWanted: (String) -> Bool) -> String? {
    let end = Date(timeIntervalSinceNow: seconds)
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let index = lines.firstIndex(where: isWanted) { return lines.remove(at: index) }
      if isAtEnd || !condition.wait(until: end) { return nil }
    }
  }
}
