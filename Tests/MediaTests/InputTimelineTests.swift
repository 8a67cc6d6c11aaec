internal import CFFmpeg
import Imaging
import Testing

@testable import Media

@Suite("Time across connections")
struct InputTimelineTests {
  private static let second: Int64 = 1_000_000
  /// In microseconds.
  private static let stream = StreamDescription(
    index: 0, kind: .video, codec: "h264", timeBase: Rational(1, 1_000_000), isDefault: true,
    isCoverArt: false)

  /// Feeds a stream of 25 frames a second for some seconds.
  ///
  /// - Returns: Where each frame came to lie.
  private func feed(
    _ timeline: inout InputTimeline, from start: Int64, seconds: Int, arriving: Double,
    stream: Int = 0
  ) -> [Int64] {
    (0..<25 * seconds).map { number in
      let begin = start + Int64(number) * 40_000
      return begin
        + timeline.offset(
          steadyStream: stream, begin: begin, duration: 40_000,
          arrival: arriving + Double(number) * 0.04)
    }
  }

  @Test("times of the first connection stay as they are", arguments: [0, -500_000, 90_000_000_000])
  func first(start: Int64) {
    var timeline = InputTimeline()
    let times = feed(&timeline, from: start, seconds: 2, arriving: 3)
    #expect(times == (0..<50).map { start + $0 * 40_000 })
    #expect(timeline.jumpCount == 0)
  }

  @Test("a connection that begins anew goes on after the time that really passed")
  func reconnection() {
    var timeline = InputTimeline()
    let before = feed(&timeline, from: 0, seconds: 2, arriving: 0)
    #expect(before.last == 1_960_000)
    // The last frame came at 1.96 s; the next connection stands at 7.96 s.
    timeline.reconnect(start: 0, at: 7.96)
    let after = feed(&timeline, from: 0, seconds: 1, arriving: 8.4)
    #expect(after.first == 7_960_000)
    #expect(after.last == 8_920_000)
    #expect(timeline.jumpCount == 0)
  }

  @Test("a connection whose packets begin elsewhere is placed by its start")
  func start() {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    timeline.reconnect(start: 500 * Self.second, at: 10.96)
    // Sound from the start on, the picture half a second later: they stay together.
    let sound = timeline.offset(
      steadyStream: 1, begin: 500 * Self.second, duration: 20_000, arrival: 11)
    let picture = timeline.offset(
      steadyStream: 0, begin: 500 * Self.second + 500_000, duration: 40_000, arrival: 11)
    #expect(sound == picture)
    #expect(500 * Self.second + sound == 10_960_000)
  }

  @Test("a connection that is back at once does not overlap")
  func noOverlap() {
    var timeline = InputTimeline()
    // A burst: a second of stream in no time.
    for number: Int64 in 0..<25 {
      _ = timeline.offset(
        steadyStream: 0, begin: number * 40_000, duration: 40_000, arrival: 0)
    }
    timeline.reconnect(start: nil, at: 0.001)
    let offset = timeline.offset(steadyStream: 0, begin: 77, duration: 40_000, arrival: 0.01)
    #expect(77 + offset == 1_000_000)
  }

  @Test("a connection without a start lies where its first packet came")
  func unknownStart() {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    timeline.reconnect(start: nil, at: 10.96)
    let after = feed(&timeline, from: 500 * Self.second, seconds: 1, arriving: 20.96)
    #expect(after.first == 20_960_000)
  }

  @Test("a start that is the first packet's made-up time is corrected by those before it")
  func madeUpStart() throws {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    // As FFmpeg has it of a camera that is joined between two key frames and has told no parameters.
    timeline.reconnect(start: 2_070_000, at: 10.96)
    for begin: Int64 in [2_070_000, 67_000, 133_000, 2_000_000] {
      let packet = try Packet()
      packet.setTimes(stream: 0, ticks: begin)
      timeline.leaveOut(packet, of: Self.stream)
    }
    let key =
      2_067_000
      + timeline.offset(
        steadyStream: 0, begin: 2_067_000, duration: 67_000, arrival: 13)
    // Two seconds after the first packet that had a time of its own.
    #expect(key == 10_960_000 + 2_000_000)
    let next =
      2_133_000
      + timeline.offset(
        steadyStream: 0, begin: 2_133_000, duration: 67_000, arrival: 13)
    #expect(next - key == 66_000)
    #expect(timeline.jumpCount == 0)
  }

  @Test("the first packet that has a place corrects a start that lies after it")
  func firstPlaced() {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    timeline.reconnect(start: 2_070_000, at: 10.96)
    let after = feed(&timeline, from: 67_000, seconds: 1, arriving: 11)
    #expect(after.first == 10_960_000)
    #expect(timeline.jumpCount == 0)
  }

  @Test("a duration that is wrong moves neither the next connection nor what a jump is followed by")
  func wrongDuration() {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    _ = timeline.offset(
      steadyStream: 0, begin: 1_000_000, duration: 3_600 * Self.second, arrival: 1)
    let after = feed(&timeline, from: 1_040_000, seconds: 30, arriving: 1.04)
    #expect(after.last == 31_000_000)
    timeline.reconnect(start: 0, at: 41)
    #expect(feed(&timeline, from: 0, seconds: 1, arriving: 41).first == 41_000_000)
    _ = timeline.offset(
      steadyStream: 0, begin: 1_000_000, duration: 3_600 * Self.second, arrival: 42)
    let jumped = feed(&timeline, from: 9_000 * Self.second, seconds: 1, arriving: 42.04)
    // No further than a pause may be long.
    #expect(jumped.first == 52_000_000)
    #expect(timeline.jumpCount == 1)
  }

  @Test("pictures that stay for long, as they say, show no jump")
  func slides() {
    var timeline = InputTimeline()
    for number: Int64 in 0..<10 {
      let offset = timeline.offset(
        steadyStream: 0, begin: number * 25 * Self.second, duration: 25 * Self.second, arrival: 0)
      #expect(offset == 0)
    }
    #expect(timeline.jumpCount == 0)
  }

  @Test("times and durations at the end of what is believed end nothing, however often they jump")
  func enormous() {
    var timeline = InputTimeline()
    let most = Int64(1) << 58
    for number in 0..<200 {
      _ = timeline.offset(
        steadyStream: 0, begin: number % 2 == 0 ? most : -most, duration: most,
        arrival: Double(number) * 1e9)
      if number % 50 == 49 { timeline.reconnect(start: -most, at: Double(number) * 1e9) }
    }
    #expect(timeline.jumpCount > 0)
  }

  @Test(
    "a start that no clock can have is unknown",
    arguments: [9.3e12, -9.3e12, 1e300, .infinity, .nan, 4e11])
  func implausibleStart(seconds: Double) {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    timeline.reconnect(startSeconds: seconds, at: 10.96)
    #expect(feed(&timeline, from: 0, seconds: 1, arriving: 20.96).first == 20_960_000)
  }

  @Test("streams with pauses go along")
  func pausing() {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    timeline.reconnect(start: 0, at: 60)
    let video = timeline.offset(steadyStream: 0, begin: 0, duration: 40_000, arrival: 60)
    let text = timeline.offset(steadyStream: nil, begin: 100, duration: 0, arrival: 61)
    #expect(video == text)
  }

  @Test("a jump of the clock is joined, both ways", arguments: [-86_400, -1, 20, 1_000_000])
  func jump(seconds: Int64) {
    var timeline = InputTimeline()
    let before = feed(&timeline, from: 100 * Self.second, seconds: 2, arriving: 0)
    let start = before[49] + 40_000 + seconds * Self.second
    let after = feed(&timeline, from: start, seconds: 2, arriving: 2)
    #expect(after.first == before[49] + 40_000)
    #expect(timeline.jumpCount == 1)
    #expect(zip(after, after.dropFirst()).allSatisfy { $1 - $0 == 40_000 })
  }

  @Test(
    "durations that are wrong, or an average, move nothing",
    arguments: [
      // A camera of 2 frames a second that does not keep time, and one of 25 that calls itself one of 5.
      ([350_000, 650_000], 500_000), ([40_000], 200_000), ([40_000], 0),
    ] as [([Int64], Int64)])
  func durations(intervals: [Int64], duration: Int64) {
    var timeline = InputTimeline()
    var begin: Int64 = 0
    for number in 0..<200 {
      let offset = timeline.offset(
        steadyStream: 0, begin: begin, duration: duration, arrival: Double(begin) / 1e6)
      #expect(offset == 0, "frame \(number)")
      begin += intervals[number % intervals.count]
    }
    #expect(timeline.jumpCount == 0)
  }

  @Test("a pause that takes as long as the clock says is none")
  func pause() {
    var timeline = InputTimeline()
    let before = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    let after = feed(&timeline, from: 31 * Self.second, seconds: 1, arriving: 31)
    #expect(before.last == 960_000)
    #expect(after.first == 31 * Self.second)
    #expect(timeline.jumpCount == 0)
  }

  @Test("a jump of two streams is one, and they stay together")
  func twoStreams() {
    var timeline = InputTimeline()
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0)
    _ = feed(&timeline, from: 0, seconds: 1, arriving: 0, stream: 1)
    let video = feed(&timeline, from: 900 * Self.second, seconds: 1, arriving: 1)
    // A straggler from before the jump.
    let straggler =
      Self.second
      + timeline.offset(steadyStream: 1, begin: Self.second, duration: 40_000, arrival: 1)
    let sound = feed(
      &timeline, from: 900 * Self.second + 40_000, seconds: 1, arriving: 1, stream: 1)
    #expect(straggler == Self.second)
    #expect(sound.first == (video.first ?? 0) + 40_000)
    #expect(timeline.jumpCount == 1)
  }
}

@Suite("Time of a file whose clock jumps")
struct JumpingClockTests {
  @Test("a clock that rises steadily is left alone, also over pauses and small disorder")
  func steady() {
    var timeline = InputTimeline()
    let begins: [Int64] = [1_400_000, 1_440_000, 1_420_000, 5_000_000]
    let offsets = begins.map {
      timeline.offset(steadyStream: 0, begin: $0, duration: 40_000, arrival: 0)
    }
    #expect(offsets == [0, 0, 0, 0])
    #expect(timeline.jumpCount == 0)
  }

  @Test("a recording put behind another follows it without a gap, on every stream")
  func concatenated() {
    var timeline = InputTimeline()
    for begin: Int64 in [1_000_000, 1_500_000] {
      _ = timeline.offset(steadyStream: 0, begin: begin, duration: 500_000, arrival: 0)
      _ = timeline.offset(steadyStream: 1, begin: begin, duration: 480_000, arrival: 0)
    }
    // The second recording begins at the same time as the first.
    let video = timeline.offset(steadyStream: 0, begin: 1_000_000, duration: 500_000, arrival: 0)
    let audio = timeline.offset(steadyStream: 1, begin: 1_000_000, duration: 480_000, arrival: 0)
    #expect(video == 1_000_000)
    #expect(audio == 1_000_000)
    #expect(timeline.jumpCount == 1)
  }

  @Test("pictures at uneven intervals keep their times")
  func uneven() {
    var timeline = InputTimeline()
    let begins: [Int64] = [0, 350_000, 1_000_000, 1_350_000, 2_000_000]
    let offsets = begins.map {
      timeline.offset(steadyStream: 0, begin: $0, duration: 500_000, arrival: 0)
    }
    #expect(offsets == [0, 0, 0, 0, 0])
    #expect(timeline.jumpCount == 0)
  }

  @Test(
    "a straggler of the stretch that ended keeps its place and causes no second jump",
    arguments: [1_500_000, 1_040_000])
  func straggler(begin: Int64) {
    var timeline = InputTimeline()
    for stream in 0...1 {
      _ = timeline.offset(steadyStream: stream, begin: 1_000_000, duration: 500_000, arrival: 0)
    }
    let video = timeline.offset(steadyStream: 0, begin: 100_000_000, duration: 500_000, arrival: 0)
    let late = timeline.offset(steadyStream: 1, begin: begin, duration: 20_000, arrival: 0)
    let audio = timeline.offset(steadyStream: 1, begin: 100_000_000, duration: 500_000, arrival: 0)
    #expect(video == -98_500_000)
    #expect(late == 0)
    #expect(audio == -98_500_000)
    #expect(timeline.jumpCount == 1)
  }

  @Test("streams with pauses go along and show no jump")
  func pausing() {
    var timeline = InputTimeline()
    _ = timeline.offset(steadyStream: 0, begin: 0, duration: 40_000, arrival: 0)
    #expect(timeline.offset(steadyStream: nil, begin: 60_000_000, duration: 0, arrival: 0) == 0)
    #expect(timeline.jumpCount == 0)
  }
}

@Suite("Times for packets that come without")
struct PacketStampsTests {
  private func stream(startSeconds: Double?) -> StreamDescription {
    StreamDescription(
      index: 0, kind: .video, codec: "h264", timeBase: Rational(1, 90_000),
      startSeconds: startSeconds, isDefault: true, isCoverArt: false)
  }

  /// A time for a packet that has none, as the first one of a stream or after one that has.
  private func stamp(after ticks: Int64?, startSeconds: Double?) throws -> Int64? {
    let stream = stream(startSeconds: startSeconds)
    var stamps = PacketStamps()
    if let ticks {
      let packet = try Packet()
      packet.setTimes(stream: 0, ticks: ticks)
      unsafe packet.handle.pointee.duration = 3600
      stamps.stamp(packet, of: stream)
    }
    let packet = try Packet()
    stamps.stamp(packet, of: stream)
    return packet.presentationTicks
  }

  @Test("they follow the packet before, or begin where the stream does")
  func usual() throws {
    #expect(try stamp(after: 7200, startSeconds: 0) == 10_800)
    #expect(try stamp(after: nil, startSeconds: 5) == 450_000)
    #expect(try stamp(after: nil, startSeconds: nil) == 0)
  }

  @Test("times at the end of what there is are not passed")
  func enormous() throws {
    #expect(try stamp(after: .max, startSeconds: 0) == .max)
    #expect(try stamp(after: nil, startSeconds: 9.2e15) == .max)
    // The least one says that there is no time.
    #expect(try stamp(after: nil, startSeconds: -9.2e15) == nil)
  }
}

@Suite("Packets on the line of time")
struct PacketTimelineTests {
  private static let stream = StreamDescription(
    index: 0, kind: .video, codec: "h264", timeBase: Rational(1, 90_000), isDefault: true,
    isCoverArt: false)

  /// Places packets of 25 frames a second.
  ///
  /// - Returns: The presentation timestamps they come to have.
  private func place(
    _ times: [(dts: Int64, pts: Int64)], duration: Int64 = 3600
  ) throws -> [Int64?] {
    var timeline = InputTimeline()
    return try times.enumerated().map { number, time in
      let packet = try Packet()
      packet.setTimes(stream: 0, ticks: time.dts)
      unsafe packet.handle.pointee.pts = time.pts
      unsafe packet.handle.pointee.duration = duration
      timeline.place(packet, of: Self.stream, arrival: Double(number) * 0.04)
      return packet.presentationTicks
    }
  }

  @Test("frames that are reordered keep their times")
  func reordered() throws {
    let times: [(dts: Int64, pts: Int64)] = [
      (0, 7200), (3600, 18_000), (7200, 10_800), (10_800, 14_400),
    ]
    #expect(try place(times) == times.map(\.pts))
  }

  @Test("packets that tell only when they are shown may step back as far as frames are reordered")
  func withoutDecodingTimes() throws {
    // The first packets of a camera of 15 frames a second that sends B-frames by RTP.
    let none = FFmpeg.noTimestamp
    let frame: Int64 = 6000
    let times: [(dts: Int64, pts: Int64)] = [
      (0, 0), (none, 3 * frame), (none, frame), (0, 2 * frame), (frame, 6 * frame),
      (2 * frame, 4 * frame), (3 * frame, 5 * frame),
    ]
    #expect(try place(times, duration: frame) == times.map(\.pts))
  }

  @Test("a clock that is set back is joined, also of packets that tell only when they are shown")
  func setBackWithoutDecodingTimes() throws {
    let none = FFmpeg.noTimestamp
    let before = (100..<110).map { (dts: none, pts: Int64($0) * 3600) }
    let after = (0..<10).map { (dts: none, pts: Int64($0) * 3600) }
    #expect(try place(before + after) == (100..<120).map { Int64($0) * 3600 })
  }

  @Test("reordering may take as long as frames of a slow rate do")
  func slow() throws {
    let second: Int64 = 90_000
    let times = [(dts: 0, pts: 2 * second), (dts: second, pts: 6 * second)]
    #expect(try place(times, duration: second) == times.map(\.pts))
  }

  @Test("a clock that is set while frames are being reordered is joined, and no frame lies ahead")
  func set() throws {
    // Decoding times lag behind by two frames, as FFmpeg makes them of an RTSP stream with reordering.
    let before = (0..<10).map { Int64($0) * 3600 }
    let after = (0..<10).map { 9_000_000_000 + Int64($0) * 3600 }
    let pts = before + after
    let dts = [-7200, -3600] + pts.dropLast(2)
    let placed = try place(Array(zip(dts, pts)))
    // Two were decoded before the decoding times followed.
    var expected = (0..<20).map { Int64($0) * 3600 }
    (expected[10], expected[11]) = (expected[8], expected[9])
    #expect(placed == expected)
  }

  @Test("a damaged time is that of decoding", arguments: [Int64(1) << 32, 0])
  func damaged(pts: Int64) throws {
    var times = (100..<110).map { (dts: Int64($0) * 3600, pts: Int64($0) * 3600) }
    let expected = times.map(\.pts)
    times[5].pts = pts
    #expect(try place(times) == expected)
  }
}
