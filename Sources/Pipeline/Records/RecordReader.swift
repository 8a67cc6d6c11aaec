import Foundation
import Imaging

/// Reads the JSON lines of an earlier run, one frame after the other.
///
/// Holds one block of the file, however long that is.
///
/// `@unchecked Sendable`: made on one thread and handed over to another, it is used by one at a time.
final class RecordReader: @unchecked Sendable {
  let path: String
  /// What the file says it was made from.
  let header: Header
  private let lines: LineReader

  /// The first line, as far as it is needed.
  struct Header: Equatable {
    var width: Int
    var height: Int
    var timeBase: Rational
    /// `pose.ipd`.
    var interpupillaryDistance: Double
    /// `pose.smooth`.
    var smoothsPose: Bool
    var focal: Double?
  }

  /// Opens a file and reads its first line.
  ///
  /// - Throws: `cannotReadTracks`.
  init(path: String) throws(PipelineError) {
    self.path = path
    lines = try LineReader(path: path)
    guard let line = try lines.next() else {
      throw .cannotReadTracks(path: path, reason: "it is empty")
    }
    let decoded: HeaderLine = try Self.decode(line, path: path, number: 1)
    guard decoded.facestream == 1 else {
      throw .cannotReadTracks(
        path: path, reason: "it is of version \(decoded.facestream), and only 1 can be read")
    }
    guard let width = decoded.width, let height = decoded.height, let timeBase = decoded.timeBase
    else {
      throw .cannotReadTracks(
        path: path, reason: "line 1 tells no size and no time base: it is of a folder of pictures")
    }
    guard timeBase.count == 2 else {
      throw .cannotReadTracks(path: path, reason: "line 1: time_base has two numbers")
    }
    header = Header(
      width: width, height: height, timeBase: Rational(timeBase[0], timeBase[1]),
      interpupillaryDistance: decoded.settings.ipd,
      smoothsPose: decoded.settings.smooth == "on", focal: decoded.settings.focal)
  }

  /// The next frame, `nil` after the last. Poses are not read: landmarks give them again.
  ///
  /// - Throws: `cannotReadTracks`.
  func next() throws(PipelineError) -> FrameRecord? {
    guard let line = try lines.next() else { return nil }
    let row: Row = try Self.decode(line, path: path, number: lines.number)
    var checksum: UInt32?
    if let digits = row.crc32 {
      checksum = UInt32(digits, radix: 16)
      guard checksum != nil else {
        throw .cannotReadTracks(
          path: path, reason: "line \(lines.number): 'crc32' is no hexadecimal number")
      }
    }
    var faces: [FaceRecord] = []
    for face in row.faces {
      guard face.box.count == 4, let landmarks = Landmarks(face.landmarks),
        let state = FaceRecord.State(rawValue: face.state)
      else {
        throw .cannotReadTracks(
          path: path, reason: "line \(lines.number): face \(face.id) is incomplete")
      }
      var smoothed: Landmarks?
      if let points = face.smoothedLandmarks {
        smoothed = Landmarks(points)
        guard smoothed != nil else {
          throw .cannotReadTracks(
            path: path, reason: "line \(lines.number): face \(face.id) is incomplete")
        }
      }
      faces.append(
        FaceRecord(
          identity: face.id,
          box: BoundingBox(
            x: face.box[0], y: face.box[1], width: face.box[2], height: face.box[3]),
          score: face.score, landmarks: landmarks, smoothedLandmarks: smoothed, pose: nil,
          state: state))
    }
    return FrameRecord(
      frame: row.frame, timestamp: Timestamp(ticks: row.pts, timeBase: header.timeBase),
      epoch: row.epoch, isDamaged: row.damaged ?? false, isUnsearched: row.unsearched ?? false,
      isPredicted: row.predicted ?? false, packetChecksum: checksum, faces: faces)
  }

  private static func decode<Line: Decodable>(
    _ line: Data, path: String, number: Int
  ) throws(PipelineError) -> Line {
    do {
      return try JSONDecoder().decode(Line.self, from: line)
    } catch DecodingError.keyNotFound(let key, _) {
      throw .cannotReadTracks(path: path, reason: "line \(number): '\(key.stringValue)' is missing")
    } catch DecodingError.typeMismatch(_, let context) {
      throw .cannotReadTracks(
        path: path, reason: "line \(number): \(name(context.codingPath)) is of the wrong kind")
    } catch DecodingError.valueNotFound(_, let context) {
      throw .cannotReadTracks(
        path: path, reason: "line \(number): \(name(context.codingPath)) has no value")
    } catch {
      throw .cannotReadTracks(path: path, reason: "line \(number) is no JSON object")
    }
  }

  private static func name(_ path: [any CodingKey]) -> String {
    path.isEmpty
      ? "it" : "'\(path.filter { $0.intValue == nil }.map(\.stringValue).joined(separator: "."))'"
  }

  private struct HeaderLine: Decodable {
    var facestream: Int
    /// Missing, as are the others, in the tracks of a folder.
    var width: Int?
    var height: Int?
    var timeBase: [Int]?
    var settings: Settings

    enum CodingKeys: String, CodingKey {
      case facestream, width, height, settings
      case timeBase = "time_base"
    }

    struct Settings: Decodable {
      var ipd: Double
      var smooth: String
      var focal: Double?

      enum CodingKeys: String, CodingKey {
        case ipd = "pose.ipd"
        case smooth = "pose.smooth"
        case focal
      }
    }
  }

  private struct Row: Decodable {
    var frame: Int
    var pts: Int64
    var epoch: Int
    /// Missing in older files and in those of other programs.
    var crc32: String?
    var damaged: Bool?
    var unsearched: Bool?
    var predicted: Bool?
    var faces: [Face]

    struct Face: Decodable {
      var id: Int
      var box: [Float]
      var score: Float
      var landmarks: [[Float]]
      var smoothedLandmarks: [[Float]]?
      var state: String

      enum CodingKeys: String, CodingKey {
        case id, box, score, landmarks, state
        case smoothedLandmarks = "landmarks_smoothed"
      }
    }
  }
}

extension Landmarks {
  /// The points of the records; `nil` unless there are five of two numbers.
  fileprivate init?(_ points: [[Float]]) {
    guard points.count == Self.count, points.allSatisfy({ $0.count == 2 }) else { return nil }
    func point(_ index: Int) -> Point { Point(x: points[index][0], y: points[index][1]) }
    self.init(
      leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
      rightMouthCorner: point(4))
  }
}

/// The lines of a file, read block by block.
private final class LineReader {
  private let path: String
  private let file: FileHandle
  private var buffer = Data()
  private var isAtEnd = false
  /// Of the line read last, from 1.
  private(set) var number = 0

  private static let blockSize = 64 << 10

  init(path: String) throws(PipelineError) {
    self.path = path
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw .cannotReadTracks(path: path, reason: "no such file, or not readable")
    }
    self.file = file
  }

  deinit { try? file.close() }

  /// The next line without its end; `nil` after the last.
  func next() throws(PipelineError) -> Data? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(buffer[..<end])
        buffer = Data(buffer[(end + 1)...])
        number += 1
        return line
      }
      if isAtEnd {
        guard !buffer.isEmpty else { return nil }
        throw .cannotReadTracks(path: path, reason: "line \(number + 1) is cut off")
      }
      do {
        let block = try file.read(upToCount: Self.blockSize) ?? Data()
        isAtEnd = block.isEmpty
        buffer.append(block)
      } catch {
        throw .cannotReadTracks(path: path, reason: error.localizedDescription)
      }
    }
  }
}
