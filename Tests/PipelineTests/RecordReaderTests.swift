import Foundation
import Imaging
import TestSupport
import Testing

@testable import Pipeline

@Suite("Record reader")
struct RecordReaderTests {
  @Test("every number is read back exactly")
  func exact() throws {
    var random = SeededGenerator(seed: 11)
    func number() -> Float {
      Float(bitPattern: UInt32.random(in: 0x3000_0000...0x4600_0000, using: &random))
        * (Bool.random(using: &random) ? 1 : -1)
    }
    func landmarks() -> Landmarks {
      var result = ExampleRecords.landmarks
      for index in 0..<Landmarks.count { result[index] = Point(x: number(), y: number()) }
      return result
    }
    let states: [FaceRecord.State] = [.tentative, .tracked, .interpolated, .extrapolated]
    let records = (0..<200).map { frame in
      let faces = (0..<3).map { index in
        let (x, y) = (number(), number())
        return FaceRecord(
          identity: index + 1,
          box: BoundingBox(x: x, y: y, width: abs(x) * 2, height: abs(y) * 2),
          score: abs(number()), landmarks: landmarks(),
          smoothedLandmarks: index == 0 ? nil : landmarks(), pose: nil,
          state: states[(frame + index) % 4])
      }
      return FrameRecord(
        frame: frame,
        timestamp: Timestamp(ticks: Int64(frame) * 1001 - 5000, timeBase: Rational(1, 30000)),
        isDamaged: frame % 7 == 0, isUnsearched: frame % 11 == 0,
        isPredicted: frame % 5 == 0,
        packetChecksum: frame % 3 == 0
          ? nil : UInt32.random(in: 0...UInt32.max, using: &random) >> (frame % 20),
        faces: faces)
    }
    var configuration = Configuration()
    configuration.focal = 812.3456789
    configuration.pose.interpupillaryDistance = 61.7
    configuration.pose.smooth = .on
    let header = RecordHeader(
      configuration: configuration, width: 640, height: 360, timeBase: Rational(1, 30000),
      modelDigest: "00")
    let text = ExampleRecords.text { buffer in
      buffer.appendJSONHeader(header)
      for record in records { buffer.appendJSONLine(record) }
    }
    let folder = try TemporaryFolder()
    let path = folder.path("faces.jsonl")
    try Data(text.utf8).write(to: URL(filePath: path))

    let reader = try RecordReader(path: path)
    #expect(
      reader.header
        == RecordReader.Header(
          width: 640, height: 360, timeBase: Rational(1, 30000), interpupillaryDistance: 61.7,
          smoothsPose: true, focal: 812.3456789))
    for record in records {
      let read = try reader.next()
      #expect(read == record)
    }
    let end = try reader.next()
    #expect(end == nil)
  }

  @Test("a checksum is written with eight digits, and what is none is refused")
  func checksums() throws {
    var record = ExampleRecords.frame
    record.packetChecksum = 0xab_cdef
    let line = ExampleRecords.text { $0.appendJSONLine(record) }
    #expect(line.contains(#""epoch":0,"crc32":"00abcdef","faces":["#))
    let folder = try TemporaryFolder()
    let path = folder.path("faces.jsonl")
    let header = RecordHeader(
      configuration: Configuration(), width: 640, height: 360, timeBase: Rational(1, 30000),
      modelDigest: "00")
    let text = ExampleRecords.text { $0.appendJSONHeader(header) }
    try Data((text + line.replacing("00abcdef", with: "no number")).utf8).write(
      to: URL(filePath: path))
    let reader = try RecordReader(path: path)
    let error = #expect(throws: PipelineError.self) { try reader.next() }
    #expect(
      error?.description
        == "cannot read tracks from '\(path)': line 2: 'crc32' is no hexadecimal number")
  }
}
