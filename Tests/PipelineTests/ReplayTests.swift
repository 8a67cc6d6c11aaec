import Foundation
import Imaging
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Replaying records")
struct ReplayTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A clip as a recorder would cut it: alike in size, length and rate, whatever it shows.
  private func makeClip(_ name: String, graph: String) throws -> String {
    let path = folder.path(name)
    try Clips.make(
      path,
      [
        "-f", "lavfi", "-i", "\(graph)=size=96x64:rate=25:duration=0.4", "-c:v", "libx264", "-bf",
        "2",
      ])
    return path
  }

  /// Records without faces of a clip.
  ///
  /// - Parameter tellsChecksums: Whether they are as they are now, not as they were or as others write them.
  private func records(of clip: String, tellsChecksums: Bool = true) throws -> String {
    let frames = try decodedFrames(of: clip)
    #expect(frames.count == 10)
    let header = RecordHeader(
      configuration: Configuration(), width: 96, height: 64, timeBase: frames[0].timestamp.timeBase,
      modelDigest: "00")
    let text = ExampleRecords.text { buffer in
      buffer.appendJSONHeader(header)
      for frame in frames {
        buffer.appendJSONLine(
          FrameRecord(
            frame: frame.index, timestamp: frame.timestamp, isDamaged: false,
            packetChecksum: tellsChecksums ? frame.packetChecksum : nil, faces: []))
      }
    }
    let path = clip + ".jsonl"
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private func replay(_ tracks: String, over clip: String) throws -> AnnotateRun {
    try AnnotateRun(clip, to: folder.path("\(UUID()).mkv")) {
      $0.tracksFrom = tracks
      $0.threads = 4
    }
  }

  @Test("a clip that is alike in all but its pictures is refused by its first frame")
  func otherPictures() throws {
    let mine = try makeClip("mine.mp4", graph: "testsrc2")
    let other = try makeClip("other.mp4", graph: "testsrc")
    let tracks = try records(of: mine)
    let right = try replay(tracks, over: mine)
    #expect(right.summary.ending == .complete)
    #expect(right.warnings == [])
    #expect(
      try replay(tracks, over: other).summary.ending
        == .failed(
          .tracksOfAnotherInput(
            path: tracks, input: other, reason: "its frame 0 is another picture")))
    let old = try records(of: mine, tellsChecksums: false)
    let unchecked = try replay(old, over: other)
    #expect(unchecked.summary.ending == .complete)
    #expect(
      unchecked.warnings == [
        "whether '\(old)' was made from '\(other)' is known only by size, times and number of frames: it "
          + "has no checksums, or the input none to compare"
      ])
  }

  @Test("a clip that begins alike is refused where it differs")
  func otherEnd() throws {
    let mine = try makeClip("mine.mp4", graph: "color")
    let path = folder.path("other.mp4")
    // A black beginning, as of many recordings, and then something.
    try Clips.make(
      path,
      [
        "-i", mine, "-vf", "drawbox=c=white:t=fill:w=20:h=20:enable='gte(n,6)'", "-c:v", "libx264",
        "-bf", "0",
      ])
    let plain = folder.path("plain.mp4")
    try Clips.make(plain, ["-i", mine, "-c:v", "libx264", "-bf", "0"])
    let ending = try replay(records(of: plain), over: path).summary.ending
    guard case .failed(.tracksOfAnotherInput(_, _, let reason)) = ending else {
      Issue.record("\(ending)")
      return
    }
    #expect(reason.wholeMatch(of: /its frame \d is another picture/) != nil)
  }
}
