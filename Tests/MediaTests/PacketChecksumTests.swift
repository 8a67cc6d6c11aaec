import Foundation
import Imaging
import TestSupport
import Testing

@testable import Media

@Suite("Packet checksums")
struct PacketChecksumTests {
  private static let moving = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=30:duration=1.5"]

  @Test(
    "every frame carries the CRC-32 of its own packet, with any number of threads",
    arguments: [
      ["-c:v", "libx264", "-bf", "3", "-b_strategy", "0"],
      ["-c:v", "libx265", "-x265-params", "bframes=4:b-adapt=0:log-level=error"],
      ["-c:v", "mpeg2video", "-bf", "2"],
      ["-c:v", "ffv1"],
    ], [1, 4])
  func own(encoding: [String], threads: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clip.mkv")
    try Clips.make(path, Self.moving + encoding)
    let rows = try Clips.probe(
      path, stream: "v:0", entries: "packet=pts,data_hash",
      arguments: ["-show_data_hash", "crc32"])
    var expected: [Int64: UInt32] = [:]
    for row in rows {
      let match = try #require(row.firstMatch(of: /^(\d+),.*CRC32:([0-9a-f]+)/))
      expected[try #require(Int64(match.1))] = UInt32(match.2, radix: 16)
    }
    #expect(expected.count == 45)
    let frames = try decodeVideo(path, threads: threads).frames
    #expect(frames.count == 45)
    for frame in frames {
      #expect(frame.packetChecksum != nil)
      #expect(frame.packetChecksum == expected[frame.timestamp.ticks])
    }
  }

  @Test("packets with one timestamp are each given once, and what was too long ago is forgotten")
  func history() {
    var checksums = PacketChecksums(threads: 1)
    checksums.note(7, at: 100)
    checksums.note(8, at: 100)
    checksums.note(9, at: 50)
    let taken = [checksums.take(at: 100), checksums.take(at: 50), checksums.take(at: 100)]
    #expect(taken == [7, 9, 8])
    let again = checksums.take(at: 100)
    #expect(again == nil)
    for ticks in 0..<1000 { checksums.note(UInt32(ticks), at: Int64(ticks)) }
    let (first, last) = (checksums.take(at: 0), checksums.take(at: 999))
    #expect(first == nil)
    #expect(last == 999)
  }

  @Test("the frames of a graph, whose packets may hold pointers, are the same each time")
  func graph() throws {
    func checksums() throws -> [UInt32?] {
      try decodeVideo("lavfi:testsrc2=size=96x64:rate=30:duration=0.2").frames.map(\.packetChecksum)
    }
    let first = try checksums()
    #expect(first.count == 6)
    #expect(try checksums() == first)
  }
}
