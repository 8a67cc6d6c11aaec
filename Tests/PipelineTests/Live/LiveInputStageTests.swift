import Foundation
import Imaging
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Reading a live input", .takingTurns, .timeLimit(.minutes(10)))
struct LiveInputStageTests {
  /// An input that is read on a thread of its own, as far as somebody takes its frames.
  private final class Reading: Sendable {
    let state = RunState(warn: { _ in })
    let interruption = Interruption()
    let frames = RingBuffer<DecodedFrame>(capacity: 1, whenFull: .wait)
    private let threads = StageThreads()

    init(_ path: String, format: String, timeout: Double) throws {
      var configuration = Configuration()
      configuration.input = path
      configuration.inputFormat = format
      configuration.live.input = .on
      configuration.live.timeout = timeout
      let connector = InputConnector(
        configuration, threads: 1, interruption: interruption, state: state)
      let stage = InputStage(
        try connector.connectFirst(), connector: connector, live: configuration.live, outputs: nil,
        frames: frames, interruption: interruption, state: state)
      threads.start("input") { stage.run() }
    }

    /// Waits for the reading to have come to its end.
    ///
    /// - Returns: How many frames were left.
    func finish() -> Int {
      var count = 0
      while frames.pop() != nil { count += 1 }
      while !threads.wait(seconds: 10) {}
      return count
    }
  }

  @Test("a run that is stopped when its input was just lost is stopped, and has not failed")
  func stoppedWhenLost() throws {
    let folder = try TemporaryFolder()
    let (clip, pipe) = (folder.path("clip.ts"), folder.path("pipe"))
    // The decoder holds back two frames at least, to put them in order.
    try Clips.make(
      clip,
      ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "-c:v", "libx264"]
        + ["-bf", "3", "-b_strategy", "0", "-x264-params", "b-pyramid=normal"])
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    let bytes = try Data(contentsOf: URL(filePath: clip))
    // For reading as well: opening it does not wait, and the pipe has no end.
    let writer = try FileHandle(forUpdating: URL(filePath: pipe))
    Thread { try? writer.write(contentsOf: bytes) }.start()
    let reading = try Reading(pipe, format: "mpegts", timeout: 2)

    // What comes after so long a pause was left in the decoder when the input counted as silent. The next one
    // waits for its room.
    var count = 0
    var last = ContinuousClock.now
    while true {
      waitUntil { reading.frames.waitingCount > 0 }
      if count > 0, ContinuousClock.now - last > .seconds(1) { break }
      try #require(reading.frames.pop() != nil)
      count += 1
      last = .now
    }
    reading.interruption.raise()
    #expect(reading.finish() >= 2)
    #expect(reading.state.snapshot.failure == nil)
    #expect(count > 20)
  }
  @Test("packets before the first key frame, which nothing can be made of, count for no time")
  func beforeTheFirstKeyFrame() throws {
    let folder = try TemporaryFolder()
    let (early, late) = (folder.path("early.ts"), folder.path("late.ts"))
    let encoding = [
      "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "-c:v", "libx264", "-g",
      "50",
    ]
    // As if the clock had been at 30 s when the camera was joined, and was not: what FFmpeg makes up.
    try Clips.make(folder.path("whole.ts"), encoding + ["-output_ts_offset", "30"])
    try Clips.make(
      early, ["-copyts", "-i", folder.path("whole.ts"), "-c", "copy", "-bsf:v", "noise=drop=key"])
    try Clips.make(late, encoding)
    let clip = folder.path("clip.ts")
    try (Data(contentsOf: URL(filePath: early)) + Data(contentsOf: URL(filePath: late)))
      .write(to: URL(filePath: clip))
    let reading = try Reading(clip, format: "mpegts", timeout: 10)
    let first = try #require(reading.frames.pop())
    // MPEG-TS begins at 1.4 s in FFmpeg.
    #expect(first.frame.timestamp.seconds < 5)
    #expect(reading.finish() > 40)
    #expect(reading.state.snapshot.clockJumps == 0)
    #expect(reading.state.snapshot.failure == nil)
  }
  @Test("a playlist that gets its end is played once, also where it is live by the user's word")
  func playlistEnds() throws {
    let folder = try TemporaryFolder()
    let playlist = folder.path("live.m3u8")
    try Clips.make(
      playlist,
      ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=3", "-c:v", "libx264"]
        + ["-g", "25", "-bf", "0", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "event"])
    let whole = try String(contentsOfFile: playlist, encoding: .utf8)
    let end = "#EXT-X-ENDLIST\n"
    try #require(whole.hasSuffix(end))
    try whole.dropLast(end.count).write(toFile: playlist, atomically: true, encoding: .utf8)
    let reading = try Reading(playlist, format: "hls", timeout: 10)
    var count = 0
    while count < 40, reading.frames.pop() != nil { count += 1 }
    try whole.write(toFile: playlist, atomically: true, encoding: .utf8)
    #expect(count + reading.finish() == 75)
    #expect(reading.state.snapshot.reconnects == 0)
    #expect(reading.state.snapshot.failure == nil)
  }
  @Test("who opens a named pipe during one attempt may write to it before the next")
  func writerBetweenAttempts() throws {
    let folder = try TemporaryFolder()
    let (clip, pipe) = (folder.path("clip.ts"), folder.path("pipe"))
    // All of it has room in a pipe.
    try Clips.make(
      clip,
      ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=2", "-c:v", "libx264"]
        + ["-crf", "40", "-f", "mpegts"])
    let bytes = try Data(contentsOf: URL(filePath: clip))
    try #require(bytes.count < 65_536)
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    let writer = Mutex<Int32>(-1)
    defer { close(writer.withLock { $0 }) }
    let written = Mutex<Int?>(nil)
    let interruption = Interruption()
    // Told between two attempts.
    let state = RunState { _ in
      written.withLock { written in
        guard written == nil else { return }
        let descriptor = writer.withLock { $0 }
        var asked = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Writing without a reader would end the tests.
        guard unsafe poll(&asked, 1, 0) == 1, asked.revents & Int16(POLLERR) == 0 else {
          written = 0
          return interruption.raise()
        }
        written = unsafe bytes.withUnsafeBytes {
          unsafe write(descriptor, $0.baseAddress, $0.count)
        }
      }
    }
    var configuration = Configuration()
    configuration.input = pipe
    configuration.inputFormat = "mpegts"
    configuration.live.input = .on
    configuration.live.timeout = 2
    configuration.live.waits = true
    let connector = InputConnector(
      configuration, threads: 1, interruption: interruption, state: state)
    onThreads(
      {
        // Succeeds once somebody reads.
        waitUntil {
          writer.withLock { $0 = unsafe open(pipe, O_WRONLY | O_NONBLOCK) }
          return writer.withLock { $0 } >= 0
        }
      },
      {
        do {
          let connection = try connector.connectFirst()
          #expect(connection.demuxer.videoStream.codec == "h264")
        } catch {
          Issue.record(error)
        }
      })
    #expect(written.withLock { $0 } == bytes.count)
  }
}
