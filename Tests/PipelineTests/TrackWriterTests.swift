import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite("Track writer", .timeLimit(.minutes(10)))
struct TrackWriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  private static func record(_ frame: Int) -> FrameRecord {
    var record = ExampleRecords.frame
    record.frame = frame
    return record
  }

  @Test("the header is in the file before the first record")
  func headerFirst() throws {
    let path = folder.path("a.jsonl")
    let writer = try TrackWriter(path: path, format: .jsonLines)
    try writer.begin(ExampleRecords.header)
    #expect(
      try bytes(path)
        == Data(ExampleRecords.text { $0.appendJSONHeader(ExampleRecords.header) }.utf8))
  }

  @Test("at any moment the file ends with a whole line")
  func wholeLines() throws {
    let path = folder.path("a.jsonl")
    let writer = try TrackWriter(path: path, format: .jsonLines)
    try writer.begin(ExampleRecords.header)
    var sizes: Set<Int> = []
    for frame in 0..<1000 {
      try writer.write(Self.record(frame))
      let data = try bytes(path)
      #expect(data.last == UInt8(ascii: "\n"))
      sizes.insert(data.count)
    }
    // Some 290 kB in blocks of 64 KiB, and the header alone.
    #expect(sizes.count > 4)
    try writer.flush()
    let expected = ExampleRecords.text {
      $0.appendJSONHeader(ExampleRecords.header)
      for frame in 0..<1000 { $0.appendJSONLine(Self.record(frame)) }
    }
    #expect(try bytes(path) == Data(expected.utf8))
  }

  @Test("slow runs reach the file without filling a block")
  func flushesWithTime() throws {
    let path = folder.path("a.csv")
    let writer = try TrackWriter(path: path, format: .csv)
    try writer.begin(ExampleRecords.header)
    let before = try bytes(path).count
    var frame = 0
    waitUntil {
      frame += 1
      try? writer.write(Self.record(frame))
      usleep(20_000)
      return (try? bytes(path).count) != before
    }
    #expect(frame < 200, "written by time, not by size")
    #expect(try bytes(path).last == UInt8(ascii: "\n"))
  }

  @Test("an existing file is replaced from its beginning")
  func replaces() throws {
    let path = folder.path("a.txt")
    try Data(repeating: 65, count: 100_000).write(to: URL(filePath: path))
    let writer = try TrackWriter(path: path, format: .mot)
    try writer.begin(ExampleRecords.header)
    try writer.write(ExampleRecords.frame)
    try writer.flush()
    #expect(try bytes(path).count < 100)
  }

  @Test("a full disk is named with the file")
  func fullDisk() throws {
    let link = folder.path("full.jsonl")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
    let writer = try TrackWriter(path: link, format: .jsonLines)
    let expected = PipelineError.cannotWriteTracks(path: link, reason: "No space left on device")
    #expect(expected.description == "cannot write '\(link)': No space left on device")
    #expect(throws: expected) { try writer.begin(ExampleRecords.header) }
  }

  @Test("a file that cannot be created is named with the reason")
  func missingFolder() {
    let path = folder.path("missing/a.jsonl")
    #expect(
      throws: PipelineError.cannotWriteTracks(path: path, reason: "No such file or directory")
    ) {
      _ = try TrackWriter(path: path, format: .jsonLines)
    }
  }
}
