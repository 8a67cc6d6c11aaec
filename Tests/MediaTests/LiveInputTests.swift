import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite(
  "Cameras", .serialized, .takingTurns, .timeLimit(.minutes(10)),
  .enabled(
    if: RTSPServer.missing == nil, "needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0)"))
struct LiveInputTests {
  /// Reads frames of a camera until enough was seen.
  private func read(_ url: String, until isEnough: (VideoFrame) -> Bool) throws {
    let options = InputOptions(threads: 2)
    let demuxer = try Demuxer(path: url, options: options, interruption: Interruption())
    #expect(demuxer.isLive)
    let decoder = try Decoder(for: demuxer, options: options)
    while let packet = try demuxer.nextPacket() {
      guard packet.streamIndex == demuxer.videoStream.index else { continue }
      try decoder.send(packet)
      while let frame = try decoder.nextFrame() {
        if isEnough(frame) { return }
      }
    }
    Issue.record("the camera ended")
  }

  @Test(
    "frames carry the camera's time once it reports it, to the same frame",
    arguments: ["test=160x120@15", "test=160x120@15+audio"])
  func senderReports(pattern: String) async throws {
    let server = try await RTSPServer(["--pattern", pattern])
    defer { server.end() }
    var differences: [Double] = []
    try read(server.url("test")) { frame in
      guard let capture = frame.capture else {
        Issue.record("frame \(frame.index) of a live input without a capture time")
        return true
      }
      let now = Date().timeIntervalSince1970
      // Server and client share a clock: no picture is taken after it arrived.
      #expect(capture.wallSeconds <= now + 0.001)
      #expect(now - capture.wallSeconds < 20)
      #expect(capture.arrival <= .now)
      if capture.isBySender { differences.append(capture.wallSeconds - frame.timestamp.seconds) }
      // GStreamer reports every five seconds, the first time at random.
      return differences.count == 30
    }
    // Reports are read off two clocks that differ by microseconds; a wrong frame is 67 ms off.
    let (least, most) = (differences.min() ?? 0, differences.max() ?? 1)
    #expect(most - least < 0.01, "\(least) to \(most)")
  }

  /// Stands between a client and a server and holds back for two seconds what follows the answer to PLAY.
  private static let holdingProxy = """
    import socket, sys, threading, time
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    asked = threading.Event()
    def pass_requests():
        while data := client.recv(65536):
            if data.startswith(b"PLAY "):
                asked.set()
            server.sendall(data)
    threading.Thread(target=pass_requests, daemon=True).start()
    held = False
    while data := server.recv(65536):
        if asked.is_set() and not held:
            held = True
            end = data.index(b"\\r\\n\\r\\n") + 4
            client.sendall(data[:end])
            data = data[end:]
            time.sleep(2)
        client.sendall(data)
    """

  @Test("frames count from when the first one came, not from when the camera answered")
  func lateFirstPicture() async throws {
    let server = try await RTSPServer(["--pattern", "test=160x120@15"])
    defer { server.end() }
    let proxy = try BackgroundProgram(
      "python3", ["-c", Self.holdingProxy, "\(server.port)"])
    defer { proxy.end() }
    #expect(try await comesTrue { proxy.output.hasSuffix("\n") })
    let port = try #require(Int(proxy.output.dropLast()))
    let asked = ContinuousClock.now
    try read("rtsp://127.0.0.1:\(port)/test") { frame in
      #expect((frame.capture?.arrival ?? asked) - asked >= .seconds(2))
      return frame.index == 3
    }
  }

  @Test("a file has no capture times and is not live")
  func file() throws {
    let options = InputOptions()
    let demuxer = try Demuxer(
      path: Repository.path("samples/faces.mp4"), options: options, interruption: Interruption())
    #expect(!demuxer.isLive && !demuxer.isSegmented)
    let decoder = try Decoder(for: demuxer, options: options)
    var frames = 0
    while frames < 5, let packet = try demuxer.nextPacket() {
      guard packet.streamIndex == demuxer.videoStream.index else { continue }
      try decoder.send(packet)
      while let frame = try decoder.nextFrame() {
        #expect(frame.capture == nil)
        frames += 1
      }
    }
    #expect(frames >= 5)
  }

  @Test("what is known of the streams outlives the connection")
  func closed() async throws {
    let server = try await RTSPServer(["--pattern", "test=160x120@15"])
    defer { server.end() }
    let demuxer = try Demuxer(
      path: server.url("test"), options: InputOptions(), interruption: Interruption())
    demuxer.close()
    demuxer.close()
    #expect(demuxer.videoStream.video?.width == 160)
    #expect(demuxer.promisedEndSeconds == nil)
    #expect(demuxer.videoStream.codec == "h264")
  }
}
