import Foundation
import TestSupport
import Testing

@Suite("Interrupted runs", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct InterruptionTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Starts a run without end and waits until both of its files have grown.
  private func startLongRun(output: String) async throws -> BackgroundProgram {
    let program = try BackgroundProgram(
      facestreamPath,
      [
        "annotate", "lavfi:testsrc2=s=160x120", "-o", output, "--tracks", "out.jsonl",
        "--size", "64", "--threads", "1",
      ], in: place.folder.url)
    // Some seconds of the clip: the output is written by fragments of one.
    #expect(try await comesTrue { place.size(output) > 100_000 && place.size("out.jsonl") > 5_000 })
    return program
  }

  private func expectWholeLines() throws -> Int {
    #expect(try place.bytes("out.jsonl").last == UInt8(ascii: "\n"))
    let rows = Array(try place.lines("out.jsonl").dropFirst())
    #expect(rows.indices.allSatisfy { rows[$0]["frame"] as? Int == $0 })
    return rows.count
  }

  @Test(
    "a run that is asked to stop finishes its files and ends",
    arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)], ["out.mp4", "out.mkv"])
  func asked(to stop: (signal: Int32, status: Int32), output: String) async throws {
    let program = try await startLongRun(output: output)
    program.send(stop.signal)
    #expect(try await program.status() == stop.status)
    #expect(try await comesTrue { program.leavingTime != nil })
    #expect(try #require(program.leavingTime) < .seconds(60))
    let rows = try expectWholeLines()
    #expect(try place.frameCount(output) == rows)
    // The trailer tells how long the clip is.
    let duration = try Clips.probe(
      place.folder.path(output), stream: "v:0", entries: "format=duration")
    let seconds = try #require(duration.first.flatMap { Double($0.filter { $0 != "," }) })
    #expect(abs(seconds - Double(rows) / 25) < 0.1)
  }

  @Test(
    "a run hears the first signal also where none are blocked, as at a terminal",
    arguments: [SIGINT, SIGTERM])
  func unblocked(signal: Int32) async throws {
    // Programs begin with the signals blocked that are blocked where they are started: in tests, all.
    let unblocking =
      "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); "
      + "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    let program = try BackgroundProgram(
      "/usr/bin/python3",
      [
        "-c", unblocking, facestreamPath, "tracks", "lavfi:testsrc2=s=160x120", "-o",
        "out.jsonl", "--size", "64", "--threads", "1",
      ], in: place.folder.url)
    #expect(try await comesTrue { place.size("out.jsonl") > 5_000 })
    program.send(signal)
    #expect(try await program.status() == 128 + signal)
  }

  @Test("a run that is killed leaves files that can be read", arguments: ["out.mp4", "out.mkv"])
  func killed(output: String) async throws {
    let program = try await startLongRun(output: output)
    program.send(SIGKILL)
    #expect(try await program.status() == 137)
    let frames = try #require(try place.frameCount(output))
    #expect(frames > 25)
    // The last line may be cut off; every other is whole.
    let data = try place.bytes("out.jsonl")
    let end = try #require(data.lastIndex(of: UInt8(ascii: "\n")))
    #expect(try jsonLines(data[...end]).count > 25)
  }

  @Test("a run that looks ahead writes the frames that wait when it is asked to stop")
  func lookahead() async throws {
    let program = try BackgroundProgram(
      facestreamPath,
      [
        "annotate", "lavfi:testsrc2=s=160x120", "-o", "out.mkv", "--tracks", "out.jsonl",
        "--size", "64", "--threads", "1", "--lookahead", "40", "--min-track", "5",
      ], in: place.folder.url)
    #expect(try await comesTrue { place.size("out.jsonl") > 5_000 })
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    let rows = try expectWholeLines()
    #expect(rows > 40)
    #expect(try place.frameCount("out.mkv") == rows)
  }

  @Test("a run that looks ahead does not grow with the length of its input")
  func memory() async throws {
    // A frame is 346 kB; 200 of them would be 69 MB.
    let program = try BackgroundProgram(
      facestreamPath,
      [
        "annotate", "lavfi:testsrc2=s=640x360", "-o", "out.mkv", "--tracks", "out.jsonl",
        "--size", "64", "--threads", "1", "--lookahead", "10", "--preset", "ultrafast",
      ], in: place.folder.url)
    func rows() -> Int { (try? place.bytes("out.jsonl").count { $0 == UInt8(ascii: "\n") }) ?? 0 }
    #expect(try await comesTrue { rows() > 60 })
    let early = try #require(program.residentBytes)
    #expect(try await comesTrue { rows() > 260 })
    let late = try #require(program.residentBytes)
    #expect(late < early + 25_000_000, "\(early) bytes, then \(late)")
    program.send(SIGINT)
    #expect(try await program.status() == 130)
  }

  @Test("a run whose input pauses stops too")
  func pausingInput() async throws {
    // A frame every three seconds; by default the filter does not wait for longer than two.
    let program = try BackgroundProgram(
      facestreamPath,
      [
        "annotate", "lavfi:testsrc2=s=64x48:r=1/3,realtime=limit=10", "-o", "out.mkv",
        "--tracks", "out.jsonl", "--size", "64",
      ], in: place.folder.url)
    #expect(try await comesTrue { place.exists("out.jsonl") })
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    #expect(try place.frameCount("out.mkv") == expectWholeLines())
  }
}
