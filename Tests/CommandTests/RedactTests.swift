import Foundation
import TestSupport
import Testing

@Suite("Redacting", .timeLimit(.minutes(10)))
struct RedactTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// The luma planes of a video, one after the other.
  private func luma(_ name: String, width: Int, height: Int) throws -> [[UInt8]] {
    let raw = name + ".raw"
    try place.make(
      raw, "-i", place.folder.path(name), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-vsync", "0")
    let data = try [UInt8](place.bytes(raw))
    return stride(from: 0, to: data.count, by: width * height * 3 / 2).map {
      Array(data[$0..<$0 + width * height])
    }
  }

  @Test("every visible face of the sample is hidden in every frame, and the sound is kept")
  func sample() throws {
    try place.copySample()
    let result = try place.run(
      "redact", "faces.mp4", "-o", "out.mkv", "--style", "solid", "--codec", "ffv1", "--report",
      "check.jsonl")
    #expect(result.status == 0)
    #expect(result.standardError.contains("to check: "))
    let frames = try luma("out.mkv", width: 640, height: 360)
    #expect(frames.count == 250)
    let truth = try String(
      contentsOfFile: Repository.path("samples/faces.gt.txt"), encoding: .utf8)
    var (looked, visible) = (0, 0)
    for line in truth.split(separator: "\n") {
      let numbers = line.split(separator: ",").compactMap { Double($0) }
      guard numbers.count == 9, numbers[8] > 0.5 else { continue }
      let (x, y) = (numbers[2] + numbers[4] / 2, numbers[3] + numbers[5] / 2)
      for (dx, dy) in [(0.0, 0.0), (-0.25, 0), (0.25, 0), (0, -0.25), (0, 0.25)] {
        let (column, row) = (Int(x + dx * numbers[4]), Int(y + dy * numbers[5]))
        guard (0..<640).contains(column), (0..<360).contains(row) else { continue }
        looked += 1
        if frames[Int(numbers[0]) - 1][row * 640 + column] != 16 { visible += 1 }
      }
    }
    #expect(looked > 4000)
    #expect(visible == 0)
    func audio(_ name: String) throws -> Data {
      try place.make(
        "audio.md5", "-i", place.folder.path(name), "-map", "0:a", "-c", "copy", "-f", "md5")
      return try place.bytes("audio.md5")
    }
    #expect(try audio("out.mkv") == audio("faces.mp4"))
    let report = try place.lines("check.jsonl")
    #expect(report.first?["facestream_review"] as? Int == 1)
    #expect(report.dropFirst().allSatisfy { $0["reason"] is String && $0["frames"] is [Int] })
    // The face that is covered by another for twelve frames.
    #expect(report.contains { $0["reason"] as? String == "gap-bridged" })
  }

  @Test("a cover picture is left out, since it may show a face")
  func cover() throws {
    try place.make("cover.jpg", "-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1")
    try place.make("plain.mkv", "-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.2")
    try place.make(
      "in.mkv", "-i", place.folder.path("plain.mkv"), "-c", "copy", "-attach",
      place.folder.path("cover.jpg"), "-metadata:s:t", "mimetype=image/jpeg")
    let kept = try place.run("annotate", "in.mkv", "-o", "kept.mkv", "--size", "64")
    let left = try place.run("redact", "in.mkv", "-o", "left.mkv", "--size", "64")
    #expect(kept.status == 0 && left.status == 0)
    #expect(left.standardError.contains("is left out: it may show faces"))
    func streams(_ name: String) throws -> Int {
      try Clips.probe(place.folder.path(name), stream: "", entries: "stream=index").count
    }
    #expect(try streams("kept.mkv") == 2)
    #expect(try streams("left.mkv") == 1)
  }

  @Test("a report without redaction is refused")
  func reportAlone() throws {
    try place.write("input: a.mp4\noutput: b.mp4\nredact: {report: c.jsonl}\n", "my.yaml")
    let result = try place.run("run", "my.yaml")
    #expect(result.status == 2)
    #expect(
      result.standardError
        == errorLine("redact.style is missing: a report is made where faces are hidden"))
  }
}
