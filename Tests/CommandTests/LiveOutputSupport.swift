import Foundation
import TestSupport
import Testing

/// A live input: a test card as a transport stream over UDP, on a port of its own.
final class LiveFeed {
  let url: String
  private let publisher: BackgroundProgram

  /// - Parameters:
  ///   - speed: Seconds of the stream in a second.
  ///   - noise: Whether every picture is hard to compress.
  init(in folder: URL, speed: Int = 1, audio: Bool = false, noise: Bool = false) throws {
    let port = try freePort(SOCK_DGRAM)
    url = "udp://127.0.0.1:\(port)"
    var arguments = ["-v", "error", "-readrate", "\(speed)", "-f", "lavfi", "-i"]
    arguments += ["testsrc2=size=160x120:rate=15" + (noise ? ",noise=alls=60:allf=t" : "")]
    if audio { arguments += ["-readrate", "\(speed)", "-f", "lavfi", "-i", "sine"] }
    arguments += [
      "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "8", "-pix_fmt",
      "yuv420p", "-threads", "1", "-c:a", "aac", "-f", "mpegts", url + "?pkt_size=1316",
    ]
    publisher = try BackgroundProgram("ffmpeg", ["-nostdin"] + arguments, in: folder)
  }
}

/// The program on a live input, with what it says.
final class LiveOutputRun {
  private let program: BackgroundProgram
  private let place: Workplace

  /// - Parameters:
  ///   - output: What becomes of standard output.
  ///   - fileLimit: Kilobytes to which files may grow.
  init(
    _ arguments: [String], in place: Workplace, output: Any = FileHandle.nullDevice,
    fileLimit: Int? = nil
  ) throws {
    self.place = place
    // With the signal ignored, writing beyond the limit fails instead.
    let limit = fileLimit.map { "trap '' XFSZ; ulimit -f \($0); " } ?? ""
    program = try BackgroundProgram(
      "bash", ["-c", limit + "exec \"$0\" \"$@\"", facestreamPath] + arguments,
      in: place.folder.url, output: output, messages: "said.txt")
  }

  var said: String {
    (try? String(contentsOfFile: place.folder.path("said.txt"), encoding: .utf8)) ?? ""
  }

  func send(_ signal: Int32) { program.send(signal) }

  /// Asks the run to stop, once, and waits for its end.
  ///
  /// - Returns: The exit status as shells see it.
  func stop() async throws -> Int32 {
    send(SIGINT)
    return try await status()
  }

  /// Waits for the end.
  func status() async throws -> Int32 { try await program.status() }
}

extension Workplace {
  /// Frames whose records are written, without the header's line.
  func rows(_ name: String = "t.jsonl") -> Int {
    max(0, ((try? bytes(name).count { $0 == UInt8(ascii: "\n") }) ?? 0) - 1)
  }

  /// The files of the folder with an ending, by name.
  func names(ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      .filter { $0.hasSuffix(ending) }.sorted()
  }
}

/// A port nobody uses at the moment.
func freePort(_ type: __socket_type) throws -> Int {
  let listener = try SilentListener(type)
  return listener.port
}

/// A listener that lets clients connect and never says a word.
final class SilentListener {
  let port: Int
  private let descriptor: Int32

  struct CannotListen: Error {}

  init(_ type: __socket_type = SOCK_STREAM) throws {
    let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    self.descriptor = descriptor
    port = Int(UInt16(bigEndian: address.sin_port))
    guard bound, type == SOCK_DGRAM || listen(descriptor, 8) == 0 else {
      close(descriptor)
      throw CannotListen()
    }
  }

  deinit { close(descriptor) }
}
