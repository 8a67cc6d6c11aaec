import Foundation
import TestSupport
import Testing

@testable import Pipeline

/// The beginning of the sample clip with one face covered for some frames, run with and without
/// look-ahead.
private struct CoveredRun: Sendable {
  /// Frames of the clip: face 4 of the sample enters at frame 48, counted from 0.
  static let frameCount = 80
  /// When face 3 is covered, counted from 0.
  static let covered = 20...27

  let source: ClipContents
  /// Lines of the records after the header.
  let rows: [Row]
  let output: ClipContents
  /// The records without look-ahead.
  let plain: [Row]

  struct Row: Decodable, Sendable {
    var frame: Int
    var pts: Int
    var faces: [Face]
  }

  struct Face: Decodable, Sendable {
    var id: Int
    var box: [Double]
    var state: String

    var centre: (x: Double, y: Double) { (box[0] + box[2] / 2, box[1] + box[3] / 2) }
  }

  static let shared = Swift.Result { try CoveredRun() }

  init() throws {
    let folder = try TemporaryFolder()
    let clip = folder.path("covered.mp4")
    // Face 3 lies within x 172–248, y 209–303 then.
    try Clips.make(
      clip,
      [
        "-i", Repository.path("samples/faces.mp4"), "-frames:v", "\(Self.frameCount)", "-an", "-vf",
        "drawbox=x=110:y=140:w=200:h=220:color=gray:t=fill:enable='between(n,"
          + "\(Self.covered.lowerBound),\(Self.covered.upperBound))'",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "12",
      ])
    source = try ClipContents(clip)

    let output = folder.path("out.mp4")
    _ = try AnnotateRun(clip, to: output) {
      $0.tracks = [folder.path("ahead.jsonl")]
      $0.detect.size = Configuration().detect.size
      $0.track.lookahead = 10
      $0.track.minimumTrack = 5
    }
    self.output = try ClipContents(output)
    rows = try Self.rows(folder.path("ahead.jsonl"))

    var configuration = Configuration()
    configuration.input = clip
    configuration.tracks = [folder.path("plain.jsonl")]
    _ = try PipelineRunner(configuration: configuration).run(warn: { _ in }, progress: { _ in })
    plain = try Self.rows(folder.path("plain.jsonl"))
  }

  private static func rows(_ path: String) throws -> [Row] {
    try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).dropFirst()
      .map { try JSONDecoder().decode(Row.self, from: $0) }
  }

  /// The face at a place, in pixels.
  static func face(in row: Row, x: ClosedRange<Double>, y: ClosedRange<Double>) -> Face? {
    row.faces.first { x.contains($0.centre.x) && y.contains($0.centre.y) }
  }

  /// Face 3 of the sample in a frame, while it may be covered.
  static func coveredFace(in row: Row) -> Face? { face(in: row, x: 180...250, y: 225...285) }
}

@Suite("Look-ahead through the whole pipeline")
struct LookaheadTests {
  private let run: CoveredRun

  init() throws { run = try CoveredRun.shared.get() }

  @Test("every frame has its row, in order and with its own time")
  func rows() throws {
    #expect(run.rows.map(\.frame) == Array(0..<CoveredRun.frameCount))
    #expect(run.rows.map(\.pts) == (try run.source.frameTicks))
    #expect(run.plain.map(\.pts) == run.rows.map(\.pts))
  }

  @Test("the video has every frame at its own time")
  func video() throws {
    let ticks = try run.output.frameTicks
    let (expected, tick) = (try run.source.frameTicks, try run.source.video.tick)
    let outputTick = try run.output.video.tick
    #expect(ticks.count == CoveredRun.frameCount)
    #expect(
      ticks.map { $0 * outputTick.0 * tick.1 } == expected.map { $0 * tick.0 * outputTick.1 })
  }

  @Test("a face that is covered for eight frames is put into them")
  func gap() throws {
    let covered = CoveredRun.covered
    let before = try #require(CoveredRun.coveredFace(in: run.rows[covered.lowerBound - 1]))
    let after = try #require(CoveredRun.coveredFace(in: run.rows[covered.upperBound + 1]))
    #expect(before.id == after.id)
    for frame in covered {
      #expect(CoveredRun.coveredFace(in: run.plain[frame]) == nil, "frame \(frame)")
      let face = try #require(CoveredRun.coveredFace(in: run.rows[frame]), "frame \(frame)")
      #expect(face.id == before.id && face.state == "interpolated", "frame \(frame)")
      // On the straight way between both; written to a hundredth of a pixel or better.
      let share = Double(frame - covered.lowerBound + 1) / Double(covered.count + 1)
      let expected = before.centre.x + share * (after.centre.x - before.centre.x)
      #expect(abs(face.centre.x - expected) < 0.05, "frame \(frame)")
    }
    let others = run.rows.enumerated().filter { !covered.contains($0.offset) }
    #expect(others.allSatisfy { CoveredRun.coveredFace(in: $0.element)?.state != "interpolated" })
  }

  @Test("a track is tracked from the frame in which its face was first seen")
  func beginning() throws {
    #expect(run.rows.allSatisfy { $0.faces.allSatisfy { $0.state != "tentative" } })
    // Face 4 enters on the right.
    func entering(_ rows: [CoveredRun.Row]) -> [(frame: Int, face: CoveredRun.Face)] {
      rows.compactMap { row in
        CoveredRun.face(in: row, x: 550...660, y: 40...100).map { (row.frame, $0) }
      }
    }
    let tentative = try #require(entering(run.plain).first)
    #expect(tentative.face.state == "tentative")
    let tracked = try #require(entering(run.rows).first)
    #expect(tracked.frame == tentative.frame)
    #expect(tracked.face.state == "tracked")
    #expect(tracked.face.box == tentative.face.box)
  }

  @Test("no track is shorter than asked")
  func shortTracks() {
    var lengths: [Int: Int] = [:]
    for face in run.rows.flatMap(\.faces) { lengths[face.id, default: 0] += 1 }
    #expect(lengths.count >= 4)
    #expect(lengths.values.allSatisfy { $0 >= 5 })
  }
}
