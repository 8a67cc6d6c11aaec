import Foundation
import Imaging
import TestSupport

@testable import Pipeline

/// One run over the sample clip and its ground truth, matched frame by frame.
struct SampleRun: Sendable {
  struct TrueFace: Sendable {
    /// From 0.
    var frame: Int
    var identity: Int
    var box: BoundingBox
    /// 0 to 1; the rest is hidden or outside the frame.
    var visibility: Double
  }

  struct FoundFace: Sendable {
    var identity: Int
    var box: BoundingBox
    /// Degrees.
    var roll: Double?
  }

  struct Match: Sendable {
    var truth: TrueFace
    var found: FoundFace?
  }

  /// Every true face of every frame, in order.
  private(set) var matches: [Match] = []
  /// Reported faces that are none of the true ones.
  private(set) var unmatchedCount = 0
  private(set) var foundCount = 0
  let frameCount: Int

  /// The run that all tests share.
  static let shared = Swift.Result { try SampleRun() }

  static let matchingIoU: Float = 0.5

  init(every: Configuration.DetectionInterval = .auto, lookahead: Int = 0) throws {
    let folder = try TemporaryFolder()
    var configuration = Configuration()
    configuration.input = Repository.path("samples/faces.mp4")
    configuration.detect.every = every
    configuration.track.lookahead = lookahead
    configuration.tracks = [folder.path("faces.jsonl")]
    let summary = try PipelineRunner(configuration: configuration).run(
      warn: { _ in }, progress: { _ in })
    precondition(summary.ending == .complete)

    let truth = Dictionary(grouping: try Self.groundTruth(), by: \.frame)
    let lines = try Data(contentsOf: URL(filePath: folder.path("faces.jsonl")))
      .split(separator: UInt8(ascii: "\n")).dropFirst()
    frameCount = lines.count
    for (frame, line) in lines.enumerated() {
      let row = try JSONDecoder().decode(Row.self, from: line)
      add(row.faces.map(\.face), truth: truth[frame] ?? [])
    }
  }

  /// Assigns the closest pairs first.
  private mutating func add(_ found: [FoundFace], truth: [TrueFace]) {
    foundCount += found.count
    var pairs: [(iou: Float, truth: Int, found: Int)] = []
    for (i, face) in truth.enumerated() {
      for (j, other) in found.enumerated() {
        let iou = face.box.intersectionOverUnion(with: other.box)
        if iou >= Self.matchingIoU { pairs.append((iou, i, j)) }
      }
    }
    var partner: [Int: Int] = [:]
    var taken: Set<Int> = []
    for pair in pairs.sorted(by: { $0.iou > $1.iou })
    where partner[pair.truth] == nil && !taken.contains(pair.found) {
      partner[pair.truth] = pair.found
      taken.insert(pair.found)
    }
    unmatchedCount += found.count - taken.count
    for (i, face) in truth.enumerated() {
      matches.append(Match(truth: face, found: partner[i].map { found[$0] }))
    }
  }

  /// Reads `samples/faces.gt.txt`, in the form its README describes.
  private static func groundTruth() throws -> [TrueFace] {
    let text = try String(contentsOfFile: Repository.path("samples/faces.gt.txt"), encoding: .utf8)
    return text.split(separator: "\n").map { line in
      let values = line.split(separator: ",").compactMap { Double($0) }
      precondition(values.count == 9)
      let (x, y) = (Float(values[2]), Float(values[3]))
      return TrueFace(
        frame: Int(values[0]) - 1, identity: Int(values[1]),
        box: BoundingBox(
          minX: x, minY: y, maxX: x + Float(values[4]), maxY: y + Float(values[5])),
        visibility: values[8])
    }
  }

  private struct Row: Decodable {
    var faces: [Face]

    struct Face: Decodable {
      var id: Int
      var box: [Float]
      var pose: Pose?

      var face: FoundFace {
        FoundFace(
          identity: id,
          box: BoundingBox(
            minX: box[0], minY: box[1], maxX: box[0] + box[2], maxY: box[1] + box[3]),
          roll: pose?.roll)
      }
    }

    struct Pose: Decodable {
      var roll: Double
    }
  }
}
