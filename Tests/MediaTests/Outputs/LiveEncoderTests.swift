internal import CFFmpeg
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Live encoding")
struct LiveEncoderTests {
  private struct Encoded: Equatable {
    var seconds: Double
    var isKeyFrame: Bool
  }

  /// Encodes five seconds at ten frames a second.
  ///
  /// - Parameter requestAt: The number of the frame before which somebody asks for a key frame.
  /// - Returns: For each frame the packets that came at once.
  private func encode(
    _ codec: String, _ options: EncoderOptions, requestAt: Int? = nil
  ) throws -> [[Encoded]] {
    let frames = try decodeVideo(
      "lavfi:testsrc2=size=128x96:rate=10:duration=5,format=yuv420p"
    ).frames
    let encoder = try Encoder(
      like: frames[0], codecName: codec, frameRate: Rational(10, 1), needsGlobalHeader: true,
      options: options)
    return try frames.enumerated().map { number, frame in
      if number == requestAt { encoder.requestKeyFrame() }
      var packets: [Encoded] = []
      try encoder.encode(frame) { packet throws(MediaError) in
        let time = Timestamp(ticks: packet.presentationTicks ?? 0, timeBase: encoder.timeBase)
        packets.append(Encoded(seconds: time.seconds, isKeyFrame: packet.isKeyFrame))
      }
      return packets
    }
  }

  private func keyTimes(_ packets: [[Encoded]]) -> [Double] {
    packets.joined().filter(\.isKeyFrame).map { ($0.seconds * 10).rounded() / 10 }
  }

  private static let live: EncoderOptions = {
    var options = EncoderOptions()
    options.isLive = true
    options.liveThreads = 2
    return options
  }()

  @Test(
    "every frame leaves at once, with a key frame every two seconds",
    arguments: ["libx264", "libx265", "libvpx-vp9", "libvpx", "mpeg4", "mjpeg"])
  func noDelay(codec: String) throws {
    let packets = try encode(codec, Self.live)
    #expect(packets.allSatisfy { $0.count == 1 })
    if codec != "mjpeg" { #expect(keyTimes(packets) == [0, 2, 4]) }
  }

  @Test("AV1 holds back a few frames at most, not a look ahead of seconds")
  func shortDelay() throws {
    let packets = try encode("libsvtav1", Self.live)
    // 47 of 50 as a rule; it works on threads of its own.
    #expect(packets.joined().count > 30)
    #expect(keyTimes(packets).prefix(2) == [0, 2])
  }

  @Test(
    "an encoder has no thread with the priority of real time, and need not be used to be let go of")
  func scheduling() async throws {
    let frame = try #require(
      try decodeVideo("lavfi:testsrc2=size=128x96:rate=10:duration=0.1,format=yuv420p").frames.first
    )
    let encoder = try Encoder(
      like: frame, codecName: "libsvtav1", frameRate: Rational(10, 1), needsGlobalHeader: false,
      options: Self.live)
    #expect(sched_getscheduler(0) == SCHED_OTHER)
    // Another test may be opening one.
    #expect(try await comesTrue { try unusualThreads() == 0 })
    withExtendedLifetime(encoder) {}
  }

  /// How many threads of this process are not scheduled as usual.
  private func unusualThreads() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { pid_t($0) }
      .count { sched_getscheduler($0) > SCHED_OTHER }
  }

  @Test(
    "encoders in hardware work on one frame at a time",
    arguments: ["h264_qsv", "hevc_qsv", "h264_vaapi", "hevc_vaapi"])
  func oneAtATime(name: String) throws {
    // Without the hardware, they can be set but not opened.
    let codec = unsafe try #require(unsafe avcodec_find_encoder_by_name(name))
    var allocated = unsafe avcodec_alloc_context3(codec)
    defer { unsafe avcodec_free_context(&allocated) }
    let context = unsafe try #require(unsafe allocated)
    unsafe Encoder.reduceDelay(of: context, keyFrameSeconds: 2, frameRate: Rational(10, 1))
    var depth: Int64 = 0
    #expect(unsafe av_opt_get_int(context.pointee.priv_data, "async_depth", 0, &depth) >= 0)
    #expect(depth == 1)
  }

  @Test(
    "a key frame that is asked for is the next frame", arguments: ["libx264", "libx265", "mpeg4"])
  func requested(codec: String) throws {
    #expect(keyTimes(try encode(codec, Self.live, requestAt: 7)).prefix(2) == [0, 0.7])
  }

  @Test("what the user sets stays: preset, quality, threads")
  func userSettings() throws {
    var options = Self.live
    options.crf = 40
    options.preset = "ultrafast"
    options.threads = 1
    #expect(try encode("libx264", options).allSatisfy { $0.count == 1 })
  }

  @Test("a recording in several files has a key frame where each begins", arguments: ["libx264"])
  func segments(codec: String) throws {
    var options = EncoderOptions()
    options.segmentSeconds = 1.5
    let times = keyTimes(try encode(codec, options))
    #expect(Set(times).isSuperset(of: [0, 1.5, 3]))
  }
}
