import Foundation
import TestSupport
import Testing

@Suite("Inputs that are called live, or files", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct LiveChoiceTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// A line of shell but for its output: 20 pictures a second, at their pace.
  private func sender(seconds: Int) -> String {
    "ffmpeg -v error -nostdin -re -f lavfi -i testsrc2=s=160x120:r=20:d=\(seconds) -c:v libx264 "
      + "-preset ultrafast -tune zerolatency -g 10 -flush_packets 1 -f mpegts"
  }

  private func rows() throws -> [[String: Any]] { Array(try place.lines("a.jsonl").dropFirst()) }

  @Test("of a live pipe every picture has the time of its arrival, and its end is the run's")
  func pipe() throws {
    let result = try place.shell(
      """
      \(sender(seconds: 6)) - | "$facestream" tracks - -o a.jsonl --live on --when-full wait --size 64 --quiet
      """)
    #expect(result.status == 0)
    #expect(result.standardError.isEmpty)
    let walls = try rows().compactMap(wallSeconds)
    #expect(try walls.count == rows().count && walls.count > 20)
    #expect(try #require(walls.last) - walls[0] > 1)
  }

  @Test("a live pipe that falls silent ends the run: it cannot be opened again")
  func silence() throws {
    // The writer keeps the pipe open for as long as the run, whose process is the shell's, has it.
    let result = try place.shell(
      """
      exec "$facestream" tracks - -o a.jsonl --live on --timeout 8 --when-full wait --size 64 --quiet \
        < <(\(sender(seconds: 2)) -; while [ -e /proc/$$/fd/0 ]; do sleep 0.1; done)
      """)
    #expect(result.status == 1)
    #expect(result.standardError == errorLine("'-' sent nothing for 8 s"))
    #expect(try rows().count > 20)
  }

  @Test("of a live pipe the newest frames win; otherwise none is lost")
  func newest() throws {
    try place.make(
      "clip.ts", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=8", "-c:v", "libx264", "-preset",
      "ultrafast")
    func rowCount(_ choice: String) throws -> Int {
      let result = try place.shell(
        """
        cat clip.ts | "$facestream" tracks - -o a.jsonl --overwrite --live \(choice) --quiet \
          --capacity 1 --detect-every 1
        """)
      #expect(result.status == 0)
      return try rows().count
    }
    #expect(try rowCount("auto") == 200)
    #expect((1..<200).contains(try rowCount("on")))
  }

  @Test("a live pipe with a name waits for who writes, and for the next after that")
  func namedPipe() async throws {
    try #require(unsafe mkfifo(place.folder.path("in.ts"), 0o600) == 0)
    let run = try LiveRun(
      "in.ts", "--live", "on", "--wait", "--timeout", "2", "--reconnect-delay", "0.2",
      "--when-full", "wait", in: place)
    #expect(try await run.says("cannot open 'in.ts': no answer for 2 s; waiting for it\n"))
    var epoch = -1
    for _ in 0...1 {
      // Between two attempts of the run nobody reads.
      let writer = try BackgroundProgram(
        "bash", ["-c", "until \(sender(seconds: 2)) - > in.ts; do :; done"], in: place.folder.url)
      #expect(try await run.reaches(rows: 20, after: epoch))
      #expect(try await writer.status() == 0)
      #expect(try await run.losesInput())
      epoch = run.epoch
    }
    try await run.stop()
  }

  @Test("a pipe that nobody writes to does not keep a run from ending")
  func noWriter() async throws {
    try #require(unsafe mkfifo(place.folder.path("in.ts"), 0o600) == 0)
    let run = try LiveRun("in.ts", in: place)
    // The threads that listen to signals.
    #expect(try await comesTrue { run.program.threadCount > 1 })
    run.program.send(SIGTERM)
    #expect(try await run.program.status() == 143)
  }

  @Test("a stream that is called a file is read without loss, to its end")
  func file() throws {
    try place.make(
      "clip.ts", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-c:v", "libx264", "-preset",
      "ultrafast")
    let server = try ByteServer(place.bytes("clip.ts"))
    let result = try place.run(
      "tracks", "tcp://127.0.0.1:\(server.port)", "-o", "a.jsonl", "--live", "off", "--size", "64",
      "--capacity", "1", "--quiet")
    #expect(result.status == 0)
    #expect(try rows().count == 100)
    #expect(try rows().allSatisfy { $0["wall"] == nil })
  }

  @Test("a folder of pictures is not live")
  func folder() throws {
    try place.make("a.png", "-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1")
    let result = try place.run("annotate", ".", "-o", "out/", "--live", "on")
    #expect(result.status == 2)
    #expect(
      result.standardError
        == errorLine(
          "live.input: a folder of pictures is not accepted; give a stream or a camera"))
  }
}
