import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline
@testable import facestream

@Suite("Runs of several inputs", .serialized, .takingTurns, .timeLimit(.minutes(10)))
struct CamerasTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func write(_ inputs: [String], _ common: String = "") throws {
    try place.write(
      """
      tracks: ["{name}.jsonl"]
      detect: {size: 64}
      \(common)
      inputs: [\(inputs.joined(separator: ", "))]

      """, "my.yaml")
  }

  private func frameNumbers(_ name: String) throws -> [Int?] {
    try place.lines(name).dropFirst().map { $0["frame"] as? Int }
  }

  @Test("a run tells of the dead input once, by name and without its password, and works on")
  func deadInput() throws {
    try write([
      "lavfi:testsrc2=s=64x48:d=1", "{name: dead, input: 'tcp://me:secret@127.0.0.1:1'}",
      "{name: yard, input: 'lavfi:testsrc2=s=64x48:d=2', output: yard.mkv}",
    ])
    let result = try place.run("run", "my.yaml", "--set", "threads=1")
    #expect(result.status == 1)
    #expect(result.standardOutput.isEmpty)
    let lines = result.standardError.split(separator: "\n").map(String.init)
    try #require(lines.count == 5)
    #expect(
      lines[0].hasPrefix(
        "facestream: error: dead: cannot open 'tcp://me:***@127.0.0.1:1': Connection refused"))
    #expect(!lines[0].contains("secret"))
    let numbers = #"in [\d.]+ s \([\d.]+ fps, [\d.]+x\), 0 frames dropped$"#
    for (line, start) in [
      (lines[1], "^camera1: camera1.jsonl: 25 frames, 0 faces, 0 identities "),
      (lines[3], "^yard: yard.mkv, yard.jsonl: 50 frames, 0 faces, 0 identities "),
    ] {
      #expect(try line.contains(Regex(start + numbers)), "\(line)")
    }
    #expect(lines[2] == "dead: no frames, failed")
    #expect(
      lines[4].contains(
        #/^3 inputs: 75 frames, 0 faces in [\d.]+ s on 1 thread \([\d.]+ fps\), 0 frames dropped$/#
      ))
    #expect(try frameNumbers("camera1.jsonl") == Array(0..<25))
    #expect(try frameNumbers("yard.jsonl") == Array(0..<50))
    #expect(try place.frameCount("yard.mkv") == 50)
  }

  @Test("with --quiet only what went wrong is said")
  func quiet() throws {
    try write(["lavfi:testsrc2=s=64x48:d=1", "nowhere.mp4"])
    let result = try place.run("run", "my.yaml", "--quiet")
    #expect(result.status == 1)
    #expect(
      result.standardError
        == "facestream: error: camera2: cannot open 'nowhere.mp4': No such file or directory\n")
    try write(["lavfi:testsrc2=s=64x48:d=1", "lavfi:testsrc2=s=64x48:d=1"], "overwrite: true")
    let good = try place.run("run", "my.yaml", "--quiet")
    #expect(good.status == 0)
    #expect(good.standardError.isEmpty)
  }

  @Test("when no input can be opened the exit status is 3, when one is damaged 4")
  func otherStatuses() throws {
    try write(["nowhere.mp4", "lost.mp4"])
    #expect(try place.run("run", "my.yaml").status == 3)
    try place.copySample()
    try place.write(place.bytes("faces.mp4").prefix(60_000), "cut.mp4")
    try write(["lavfi:testsrc2=s=64x48:d=1", "{name: cut, input: cut.mp4}"])
    let result = try place.run("run", "my.yaml", "--quiet")
    #expect(result.status == 4)
    #expect(result.standardError.hasPrefix("facestream: warning: cut: damaged input: "))
    #expect(result.standardError.contains("it was cut off"))
    #expect(!result.standardError.contains("error"))
  }

  @Test("one frame, face or identity is told of in the singular")
  func singular() throws {
    try write(["lavfi:testsrc2=s=64x48:r=25:d=0.04"], "")
    let result = try place.run("run", "my.yaml", "--set", "threads=1")
    try write(
      ["lavfi:testsrc2=s=64x48:r=25:d=0.04", "nowhere.mp4"], "threads: 1\noverwrite: true")
    let several = try place.run("run", "my.yaml")
    #expect(several.status == 1)
    for text in [result.standardError, several.standardError] {
      #expect(text.contains("camera1.jsonl: 1 frame, 0 faces, 0 identities in "))
    }
    #expect(several.standardError.contains("\n2 inputs: 1 frame, 0 faces in "))
  }

  @Test("what is wrong with the file is said before anything is written")
  func refused() throws {
    try write(["lavfi:testsrc2", "{input: b.mp4, threads: 2}"])
    let shared = try place.run("run", "my.yaml")
    #expect(shared.status == 2)
    #expect(
      shared.standardError
        == errorLine(
          "inputs[1].threads: all inputs share one value; set threads beside inputs instead"))
    try write(["a.mp4", "b.mp4"])
    let input = try place.run("run", "my.yaml", "--input", "c.mp4")
    #expect(input.status == 2)
    #expect(
      input.standardError
        == errorLine("--input and inputs exclude each other: name one input, or list several"))
    try write(["lavfi:testsrc2", "lavfi:testsrc2"], "output: out.mkv")
    let same = try place.run("run", "my.yaml")
    #expect(same.status == 2)
    #expect(
      same.standardError
        == errorLine(
          "the output 'out.mkv' of camera1 and the output 'out.mkv' of camera2 are the same file; "
            + "{name} in a path stands for the input's name"))
    #expect(try place.snapshot().keys.sorted() == ["my.yaml"])
  }

  @Test(
    "a signal ends all inputs, also one that does not open, and leaves playable outputs",
    arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func signals(signal: Int32, status: Int32) async throws {
    #expect(unsafe mkfifo(place.folder.path("pipe"), 0o600) == 0)
    let source = "'lavfi:testsrc2=s=64x48,realtime'"
    try write(["pipe", source, source, source], "output: '{name}.mp4'")
    let program = try BackgroundProgram(facestreamPath, ["run", "my.yaml"], in: place.folder.url)
    let names = ["camera2", "camera3", "camera4"]
    #expect(try await comesTrue { names.allSatisfy { place.size("\($0).jsonl") > 4_000 } })
    program.send(signal)
    #expect(try await program.status() == status)
    for name in names {
      let rows = try frameNumbers("\(name).jsonl")
      #expect(rows == Array(0..<rows.count))
      #expect(try place.frameCount("\(name).mp4") == rows.count)
    }
    #expect(!place.exists("camera1.jsonl"))
  }

  @Test("a recording that failed for good makes the status 1, also when the run is stopped")
  func failedRecording() async throws {
    let feeds = try [UDPSender(noise: true), UDPSender()]
    defer { for feed in feeds { feed.end() } }
    try write(
      ["{input: '\(feeds[0].url)', output: rec.mkv}", feeds[1].url],
      "encode: {bitrate: 400k}\nlive: {wait: true, timeout: 30}")
    let run = try LiveOutputRun(["run", "my.yaml"], in: place, fileLimit: 150)
    #expect(
      try await comesTrue {
        run.said.contains(
          "camera1: cannot write 'rec.mkv': File too large; the other outputs go on")
      })
    #expect(try await comesTrue { place.rows("camera2.jsonl") > 10 })
    run.send(SIGTERM)
    #expect(try await run.status() == 1)
    #expect(run.said.contains("facestream: error: camera1: cannot write 'rec.mkv': File too large"))
  }

  @Test("a terminal shows all inputs in one line that renews itself")
  func progress() throws {
    let source = "'lavfi:testsrc2=s=64x48:d=5,realtime'"
    try write([source, source, "nowhere.mp4"])
    let terminal = try place.shell(
      "script -qec \"stty cols 100; '\(facestreamPath)' run my.yaml\" /dev/null")
    #expect(terminal.text.contains(#/\r\u{1B}\[Kcamera1 [\d.]+ fps 0 faces · camera2 [\d.]+ fps/#))
    #expect(terminal.text.contains(" · camera3 ended"))
    try write([source, source, "nowhere.mp4"], "overwrite: true")
    let narrow = try place.shell(
      "script -qec \"stty cols 40; '\(facestreamPath)' run my.yaml\" /dev/null")
    #expect(narrow.text.contains("\r\u{1B}[K2 of 3 inputs live  "))
    #expect(!narrow.text.contains(" · "))
  }

  @Test("the threads of a run are as many as the documentation says, for one input and for four")
  func threads() async throws {
    let senders = try (0..<4).map { _ in try UDPSender() }
    defer { for sender in senders { sender.end() } }
    let urls = senders.map(\.url)
    // FFmpeg receives UDP on a thread of its own.
    let receiving = 1
    var most: [Int] = []
    for count in [1, 4] {
      try write(
        Array(urls.prefix(count)),
        // On a busy machine a sender is not there at once.
        "output: '{name}.mkv'\noverwrite: true\nthreads: 2\nlive: {wait: true, timeout: 30}")
      let names = (1...count).map { "camera\($0).jsonl" }
      for name in names { try? FileManager.default.removeItem(atPath: place.folder.path(name)) }
      let program = try BackgroundProgram(facestreamPath, ["run", "my.yaml"], in: place.folder.url)
      var highest = 0
      #expect(
        try await comesTrue {
          highest = max(highest, program.threadCount)
          return names.allSatisfy { place.size($0) > 5_000 }
        })
      program.send(SIGINT)
      #expect(try await program.status() == 130)
      most.append(highest)
    }
    // Dispatch: its manager, the network's second worker, and a few it keeps ready.
    let pool = 6
    // Alone: the command, three stages, one of the output; two decoder threads, two of the encoder.
    #expect((5...1 + 4 + receiving + 2 + 2 + pool).contains(most[0]), "\(most[0])")
    // Together: the command and five for each; decoders and encoders have one thread, the stage's own.
    #expect((21...1 + 4 * (5 + receiving) + pool).contains(most[1]), "\(most[1])")
  }
}

/// Swift Testing has a type of the same name.
private typealias PipelineStatus = facestream.ExitStatus

@Suite("Exit status and progress of several inputs")
struct CamerasReportTests {
  private func camera(_ ending: RunSummary.Ending, hasBegun: Bool = true) -> CameraSummary {
    CameraSummary(
      name: "x", hasBegun: hasBegun,
      run: RunSummary(
        ending: ending, progress: progress(0, 0, 0), threads: 1, writtenFrames: 0,
        damagedFrames: 0))
  }

  private func progress(_ frames: Int, _ faces: Int, _ seconds: Double, drops: Int = 0)
    -> RunProgress
  {
    RunProgress(
      frames: frames, faces: faces, drops: drops, elapsedSeconds: seconds, positionSeconds: 0)
  }

  @Test("the exit status is that of the worst, and 3 only when none could be opened")
  func status() {
    let done = camera(.complete)
    let damaged = camera(.damaged)
    let unopened = camera(
      .failed(.media(.cannotOpen(path: "x", reason: "refused"))), hasBegun: false)
    let failed = camera(.failed(.media(.cannotWrite(path: "x", reason: "disk full"))))
    let empty = camera(.failed(.noFrames(path: "x")))
    let wrong = camera(.failed(.media(.unknownEncoder(name: "x"))))
    for (cameras, status) in [
      ([done, done], .done), ([done, damaged], .inputDamaged), ([done, unopened], .failed),
      ([damaged, unopened], .failed), ([unopened, unopened], .inputUnusable),
      ([unopened, empty], .inputUnusable), ([unopened, failed], .failed),
      ([failed, done], .failed), ([failed, damaged], .failed), ([wrong, wrong], .wrongUsage),
      ([wrong, done], .failed),
    ] as [([CameraSummary], PipelineStatus)] {
      #expect(CamerasSession.status(of: cameras) == status)
    }
  }

  @Test("a run that is stopped has the signal's status, and 1 when an output failed for good")
  func stoppedStatus() {
    let stopped = camera(.interrupted)
    var unwritten = camera(.interrupted)
    unwritten.run.outputs = [OutputStatistics(path: "x", hasFailed: true)]
    for (other, status) in [
      (stopped, .terminated), (camera(.complete), .terminated), (camera(.damaged), .terminated),
      (
        camera(.failed(.media(.cannotOpen(path: "x", reason: "refused"))), hasBegun: false),
        .terminated
      ),
      (camera(.failed(.media(.lost(path: "x", reason: "gone")))), .terminated),
      (camera(.failed(.media(.cannotWrite(path: "x", reason: "disk full")))), .failed),
      (camera(.failed(.cannotWriteTracks(path: "x", reason: "disk full"))), .failed),
      (unwritten, .failed),
    ] as [(CameraSummary, PipelineStatus)] {
      #expect(CamerasSession.status(of: [stopped, other], stoppedBy: .terminated) == status)
    }
  }

  @Test("closing lines count one of anything in the singular")
  func closingLines() {
    var run = camera(.complete).run
    run.progress = progress(1, 1, 2)
    run.identities = 1
    #expect(
      PipelineSession.workText(run, threads: 1)
        == "1 frame, 1 face, 1 identity in 2.0 s on 1 thread (0.5 fps, 0.00x)")
    run.progress = progress(50, 0, 2)
    run.identities = 0
    #expect(
      PipelineSession.workText(run) == "50 frames, 0 faces, 0 identities in 2.0 s (25.0 fps, 0.00x)"
    )
    #expect(
      PipelineSession.workText(run.progress, threads: 2)
        == "50 frames, 0 faces in 2.0 s on 2 threads (25.0 fps)")
    run.outputs = [
      OutputStatistics(path: "a", droppedPackets: 1),
      OutputStatistics(path: "b", reconnects: 1, droppedPackets: 2),
    ]
    #expect(
      PipelineSession.remarks(on: run) == [
        "a 1 frame left out", "b reconnected once and 2 frames left out",
      ])
  }

  @Test("rates are those of the last seconds, whatever was before")
  func rates() {
    var text = CamerasProgressText()
    #expect(text.line(within: 80).isEmpty)
    func report(_ frames: Int, _ faces: Int, _ seconds: Double) -> [CameraProgress] {
      [
        CameraProgress(name: "door", connection: .live, run: progress(frames, faces, seconds)),
        CameraProgress(name: "yard", connection: .connecting, run: progress(0, 0, 0)),
      ]
    }
    text.add(report(0, 0, 0))
    #expect(text.line(within: nil) == "door 0.0 fps 0 faces · yard connecting")
    // An hour at 30 frames a second without faces, then 15 with two, then one face.
    text.add(report(108_000, 0, 3600))
    for step in 1...11 {
      text.add(report(108_000 + 3 * step, 6 * step, 3600 + 0.2 * Double(step)))
    }
    #expect(text.line(within: 80) == "door 15.0 fps 2 faces · yard connecting")
    for step in 1...11 {
      text.add(report(108_033 + 3 * step, 66 + 3 * step, 3602.2 + 0.2 * Double(step)))
    }
    #expect(text.line(within: 80) == "door 15.0 fps 1 face · yard connecting")
  }

  @Test("what does not fit into the terminal gives way to the sums")
  func width() {
    var text = CamerasProgressText()
    for seconds in [1.0, 2.0] {
      text.add(
        [("door", .live), ("yard", .live), ("hall", .reconnecting), ("shed", .ended)].map {
          CameraProgress(
            name: $0, connection: $1,
            run: progress(Int(10 * seconds), Int(20 * seconds), seconds, drops: 3))
        })
    }
    let all = "door 10.0 fps 2 faces · yard 10.0 fps 2 faces · hall reconnecting · shed ended"
    #expect(text.line(within: nil) == all)
    // The last column stays empty: some terminals begin a new line when it is written.
    #expect(text.line(within: all.count + 1) == all)
    let sums = "2 of 4 inputs live  20.0 fps  12 drops"
    #expect(text.line(within: all.count) == sums)
    #expect(text.line(within: 20) == String(sums.prefix(19)))
  }
}
