import Evaluation
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("MOTChallenge text")
struct MOTFileTests {
  private func read(_ text: String, as content: MOTFile.Content = .tracks) throws -> [MOTRow] {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    do {
      return try MOTFile.read(path.path, as: content)
    } catch .malformedLine(_, let line, let reason) {
      throw EvaluationError.malformedLine(path: "FILE", line: line, reason: reason)
    }
  }

  @Test("reads what MOTChallenge files hold")
  func rows() throws {
    let rows = try read("1,3,794.27,247.59,71.245,174.88,1,-1,-1,-1\r\n\n2, 3, -5, 0, 10, 20\n")
    #expect(
      rows == [
        MOTRow(frame: 1, identity: 3, x: 794.27, y: 247.59, width: 71.245, height: 174.88),
        MOTRow(frame: 2, identity: 3, x: -5, y: 0, width: 10, height: 20),
      ])
  }

  @Test("reads landmarks from columns 11 to 20")
  func landmarks() throws {
    let row = try #require(
      try read("1,-1,0,0,9,9,0.5,-1,-1,-1,1,2,3,4,5,6,7,8,9,10.5\n", as: .detections).first)
    #expect(row.confidence == 0.5)
    #expect(row.landmarks?.leftEye.y == 2 && row.landmarks?.rightMouthCorner.y == 10.5)
  }

  @Test(
    "says in which line what is wrong",
    arguments: [
      ("1,1,0,0,5\n", 1, "has 5 columns; frame,id,x,y,w,h are the least"),
      ("1,1,0,0,5,5\n1,2,x,0,5,5\n", 2, "holds 'x', which is no number"),
      ("0,1,0,0,5,5\n", 1, "holds no frame number from 1 to 100000000"),
      ("1,1.5,0,0,5,5\n", 1, "holds no whole number as identity"),
      ("1,1,0,0,5,5\n1,1,9,9,5,5\n", 2, "names identity 1 a second time in frame 1"),
      ("1,1,0,0,nan,5\n", 1, "holds 'nan', which is no number"),
    ])
  func malformed(text: String, line: Int, reason: String) {
    #expect(throws: EvaluationError.malformedLine(path: "FILE", line: line, reason: reason)) {
      try read(text)
    }
  }
}

@Suite("Timestamp files")
struct TimestampFileTests {
  private func read(_ text: String) throws -> [Timestamp] {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try TimestampFile.read(path.path)
  }

  @Test("hold milliseconds, which are read to the nanosecond")
  func milliseconds() throws {
    let times = try read("# timestamp format v2\n0\n33.366667\n-5\n")
    #expect(times.map(\.ticks) == [0, 33_366_667, -5_000_000])
    #expect(times.allSatisfy { $0.timeBase == Rational(1, 1_000_000_000) })
  }

  @Test(
    "are refused without times or with other text", arguments: ["# none\n", "0\nsoon\n", "nan\n"])
  func refused(text: String) {
    #expect(throws: EvaluationError.self) { try read(text) }
  }
}
