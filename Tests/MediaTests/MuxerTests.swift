import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing

@testable import Media

/// What another thread failed with.
private final class Failure: Sendable {
  private let error = Mutex<MediaError?>(nil)

  var value: MediaError? { error.withLock { $0 } }

  func set(_ newError: MediaError) { error.withLock { $0 = newError } }
}

@Suite("Muxer")
struct MuxerTests {
  private static let color = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=1"]
  private static let tone = ["-f", "lavfi", "-i", "sine=duration=1"]

  private func muxer(_ path: String, format: String? = nil) throws(MediaError) -> Muxer {
    try Muxer(options: OutputOptions(path: path, format: format), interruption: Interruption())
  }

  /// Decodes an input, encodes it again and passes on what else it holds.
  private func rewrite(_ input: String, to output: String, codec: String) throws -> [String] {
    let demuxer = try openInput(input)
    let decoder = try Decoder(for: demuxer, options: InputOptions())
    let muxer = try muxer(output)
    let warnings = try muxer.addCopies(from: demuxer)
    var encoder: Encoder?
    func drain() throws {
      while let frame = try decoder.nextFrame() {
        if encoder == nil {
          let opened = try Encoder(
            like: frame, codecName: codec, frameRate: nil,
            needsGlobalHeader: muxer.needsGlobalHeader, options: EncoderOptions())
          encoder = opened
          try muxer.setVideo(from: opened, replacing: demuxer)
          try muxer.open()
        }
        try encoder?.encode(frame) { packet throws(MediaError) in try muxer.write(packet) }
      }
    }
    while let packet = try demuxer.nextPacket() {
      if packet.streamIndex == demuxer.videoStream.index {
        try decoder.send(packet)
        try drain()
      } else {
        try muxer.copy(packet)
      }
    }
    try decoder.send(nil)
    try drain()
    try encoder?.encode(nil) { packet throws(MediaError) in try muxer.write(packet) }
    try muxer.finish()
    return warnings
  }

  @Test("times at the end of what there is are moved no further, and end nothing")
  func enormousTimes() throws {
    let folder = try TemporaryFolder()
    let graph = "lavfi:testsrc2=size=64x48:rate=25:duration=1"
    let frame = try #require(try decodeVideo(graph).frames.first)
    for shift in [-1e300, -100, 100, 1e300] {
      let muxer = try muxer(folder.path("clip.mkv"))
      let encoder = try Encoder(
        like: frame, codecName: "mpeg2video", frameRate: nil,
        needsGlobalHeader: muxer.needsGlobalHeader, options: EncoderOptions())
      try muxer.setVideo(from: encoder, replacing: try openInput(graph))
      muxer.shiftTimestamps(bySeconds: shift)
      try muxer.open()
      for ticks in [Int64.max, Int64.min + 1] {
        let packet = try Packet()
        packet.setTimes(stream: 0, ticks: ticks)
        // The container may refuse it.
        try? muxer.write(packet)
      }
      try? muxer.finish()
    }
  }

  @Test("an output whose password could be taken for a host is refused at once, also live")
  func unescapedPassword() throws {
    let path = "rtsp://me:pa/ss@camera.invalid/x"
    let reason = try #require(NetworkAddress(path)?.refusal)
    let error = MediaError.cannotWrite(path: path, reason: reason)
    let muxer = try muxer(path, format: "rtsp")
    #expect(throws: error) { try muxer.open() }
    let output = LiveOutput(
      template: muxer, leaving: Interruption(), requestKeyFrame: {}, report: { _ in })
    #expect(throws: error) { try output.start(at: 0) }
  }

  @Test("a name without a known ending is no output", arguments: ["out.xyz", "out", "-"])
  func unknownExtension(name: String) {
    #expect(throws: MediaError.unknownContainer(path: name)) { try muxer(name) }
    #expect(
      MediaError.unknownContainer(path: name).description
        == "cannot tell a container from the name '\(name)' (use an ending such as .mp4 or .mkv, or "
        + "--format)")
  }

  @Test("an unknown container is named")
  func unknownFormat() {
    #expect(
      throws: MediaError.unknownOutputFormat(name: "nonsense")
    ) { try muxer("out.mp4", format: "nonsense") }
  }

  @Test(
    "the ending or scheme picks the container",
    arguments: [
      ("a.mp4", "mp4"), ("a.mov", "mov"), ("a.mkv", "matroska"), ("a.webm", "webm"),
      ("a.ts", "mpegts"), ("a:b.mkv", "matroska"), ("rtmp://host/app/key", "flv"),
      ("rtsp://host/path", "rtsp"), ("udp://127.0.0.1:5000", "mpegts"),
      ("rtp://127.0.0.1:5000", "rtp_mpegts"),
    ])
  func containers(path: String, format: String) throws {
    #expect(try muxer(path).formatName == format)
    #expect(try muxer("-", format: "matroska").formatName == "matroska")
  }

  @Test("a container's usual encoder is one it can hold")
  func usualEncoders() throws {
    #expect(try muxer("a.mp4").usualEncoder == "libx264")
    #expect(try muxer("a.mkv").usualEncoder == "libx264")
    #expect(try muxer("a.ts").usualEncoder == "libx264")
    #expect(try muxer("rtsp://host/path").usualEncoder == "libx264")
    #expect(try muxer("a.m3u8").usualEncoder == "libx264")
    #expect(try muxer("a.gif").usualEncoder == "gif")
    #expect(try muxer("a_%04d.jpg").usualEncoder == "mjpeg")
    #expect(try muxer("a.webm").usualEncoder == "libvpx-vp9")
  }

  @Test("a container that cannot hold the codec refuses it before it writes")
  func refusedVideo() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out.webm")
    let demuxer = try openInput("lavfi:testsrc2=size=64x48:duration=0.1")
    let frame = try firstFrame(ofGraph: "testsrc2=size=64x48,format=yuv420p")
    let encoder = try Encoder(
      like: frame, codecName: "libx264", frameRate: nil, needsGlobalHeader: true,
      options: EncoderOptions())
    let muxer = try muxer(path)
    #expect(
      throws: MediaError.cannotWrite(
        path: path, reason: "container 'webm' cannot hold what 'libx264' encodes")
    ) { try muxer.setVideo(from: encoder, replacing: demuxer) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a stream the container refuses is said, and the rest is copied")
  func refusedAudio() throws {
    let folder = try TemporaryFolder()
    let (input, output) = (folder.path("in.mkv"), folder.path("out.webm"))
    try Clips.make(
      input,
      Self.color + Self.tone + [
        "-map", "0", "-map", "1", "-map", "1", "-c:v", "mpeg4", "-c:a:0", "aac", "-c:a:1",
        "libopus",
      ])
    let warnings = try rewrite(input, to: output, codec: "libvpx")
    #expect(
      warnings == [
        "audio stream 1 (aac) is left out: container 'webm' cannot hold it (.mkv holds most)"
      ])
    #expect(
      try Clips.probe(output, stream: "a", entries: "stream=codec_name") == ["opus"])
    let copied = ["-show_data_hash", "md5"]
    #expect(
      try Clips.probe(output, stream: "a:0", entries: "packet=size,data_hash", arguments: copied)
        == Clips.probe(input, stream: "a:1", entries: "packet=size,data_hash", arguments: copied))
  }

  @Test("a stream the container refuses only in its header is said, too")
  func refusedInHeader() throws {
    let folder = try TemporaryFolder()
    let (input, output) = (folder.path("in.mkv"), folder.path("out.mov"))
    try Clips.make(input, Self.color + Self.tone + ["-c:v", "mpeg4", "-c:a", "libopus"])
    #expect(
      try rewrite(input, to: output, codec: "mpeg4") == [
        "audio stream 1 (opus) is left out: container 'mov' cannot hold it (.mkv holds most)"
      ])
    #expect(try Clips.probe(output, stream: "v", entries: "packet=pts").count == 25)
  }

  @Test("a file that cannot be created is named with its reason")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("no/such/folder/out.mp4")
    #expect(
      throws: MediaError.cannotWrite(path: path, reason: "No such file or directory")
    ) {
      try rewrite("lavfi:testsrc2=size=64x48:duration=0.1", to: path, codec: "mpeg4")
    }
  }

  /// An input of many small packets, an output that waits to be opened, and the packets.
  private func manyPackets(
    in folder: TemporaryFolder
  ) throws -> (input: String, demuxer: Demuxer, muxer: Muxer, packets: [Packet]) {
    let input = folder.path("in.mkv")
    try Clips.make(
      input,
      Self.color + ["-f", "lavfi", "-i", "sine=duration=20"] + [
        "-c:v", "mpeg4", "-c:a", "libopus", "-frame_duration", "2.5",
      ])
    let demuxer = try openInput(input)
    let muxer = try muxer(folder.path("out.mkv"))
    _ = try muxer.addCopies(from: demuxer)
    let frame = try firstFrame(ofGraph: "testsrc2=size=64x48,format=yuv420p")
    let encoder = try Encoder(
      like: frame, codecName: "mpeg4", frameRate: nil, needsGlobalHeader: true,
      options: EncoderOptions())
    try muxer.setVideo(from: encoder, replacing: demuxer)
    var packets: [Packet] = []
    while let packet = try demuxer.nextPacket() {
      if packet.streamIndex != demuxer.videoStream.index { packets.append(packet) }
    }
    return (input, demuxer, muxer, packets)
  }

  @Test("packets that waited for the header keep their place before later ones")
  func waitingPackets() throws {
    let folder = try TemporaryFolder()
    let (input, _, muxer, packets) = try manyPackets(in: folder)
    let (early, late) = (packets[..<(packets.count / 2)], packets[(packets.count / 2)...])
    for packet in early { try muxer.copy(packet) }
    let failure = Failure()
    let ended = DispatchSemaphore(value: 0)
    let copying = Thread {
      do throws(MediaError) {
        for packet in late { try muxer.copy(packet) }
      } catch {
        failure.set(error)
      }
      ended.signal()
    }
    copying.start()
    try muxer.open()
    ended.wait()
    try muxer.finish()
    #expect(failure.value == nil)
    let (entries, hash) = ("packet=pts,size,data_hash", ["-show_data_hash", "md5"])
    #expect(
      try Clips.probe(folder.path("out.mkv"), stream: "a", entries: entries, arguments: hash)
        == Clips.probe(input, stream: "a", entries: entries, arguments: hash))
  }

  @Test("packets that come after the end are ignored")
  func packetsAfterTheEnd() throws {
    let folder = try TemporaryFolder()
    let (_, _, muxer, packets) = try manyPackets(in: folder)
    try muxer.open()
    for packet in packets[..<100] { try muxer.copy(packet) }
    try muxer.finish()
    for packet in packets[100...] { try muxer.copy(packet) }
    try muxer.finish()
    #expect(
      try Clips.probe(folder.path("out.mkv"), stream: "a", entries: "packet=pts").count == 100)
  }
}
