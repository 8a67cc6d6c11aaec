import Foundation
import Imaging
import TestSupport
import Testing

@testable import Pipeline

@Suite("Faces of frames that were not searched")
struct PredictedFacesTests {
  private func face(
    _ x: Float, _ state: FaceRecord.State = .tracked, identity: Int = 1
  ) -> FaceRecord {
    func point(_ dx: Float) -> Point { Point(x: x + dx, y: 105) }
    return FaceRecord(
      identity: identity, box: BoundingBox(x: x, y: 100, width: 10, height: 10), score: 0.9,
      landmarks: Landmarks(
        leftEye: point(2), rightEye: point(8), noseTip: point(5), leftMouthCorner: point(3),
        rightMouthCorner: point(7)), pose: nil, state: state)
  }

  /// What comes out, as `state@x`, for frames of which every third is searched.
  private func refine(
    _ frames: [[FaceRecord]], lookahead: Int, minimumTrack: Int = 1
  ) -> [[String]] {
    var refinement = TrackRefinement(
      lookahead: lookahead, minimumTrack: minimumTrack, lostForSeconds: 1)
    var (result, faces): ([[String]], [FaceRecord]) = ([], [])
    func take() { result.append(faces.map { "\($0.state)@\(Int($0.box.minX.rounded()))" }) }
    for (index, frame) in frames.enumerated() {
      refinement.push(
        frame, seconds: Double(index) / 30, isSearched: index.isMultiple(of: 3))
      if refinement.pop(into: &faces) != nil { take() }
    }
    while refinement.pop(into: &faces, isLast: true) != nil { take() }
    return result
  }

  @Test("with look-ahead, predictions give way to what lies between two detections")
  func interpolated() {
    let frames = [
      [face(0)], [face(1, .extrapolated)], [face(2, .extrapolated)], [face(30)],
      [face(41, .extrapolated)], [face(52, .extrapolated)],
    ]
    #expect(
      refine(frames, lookahead: 3) == [
        ["tracked@0"], ["interpolated@10"], ["interpolated@20"], ["tracked@30"],
        ["extrapolated@41"], ["extrapolated@52"],
      ])
    // What has gone already stays as it was predicted.
    #expect(
      refine(frames, lookahead: 2).map { $0.first?.prefix(8) }
        == ["tracked@", "extrapol", "extrapol", "tracked@", "extrapol", "extrapol"])
    #expect(refine(frames, lookahead: 0)[1] == ["extrapolated@1"])
  }

  @Test("a face missed by one search is put into all frames between")
  func missed() {
    let frames = [
      [face(0)], [face(1, .extrapolated)], [face(2, .extrapolated)], [], [], [], [face(60)],
    ]
    #expect(
      refine(frames, lookahead: 6)
        == (0...6).map { [($0 % 6 == 0 ? "tracked@" : "interpolated@") + "\($0 * 10)"] })
  }

  @Test("a new face is tracked from where it was first seen, and left out if it is never confirmed")
  func tentative() {
    let confirmed: [[FaceRecord]] = [
      [face(0, .tentative)], [], [], [face(30, .tentative)], [], [], [face(60)],
    ]
    #expect(
      refine(confirmed, lookahead: 6)
        == (0...6).map { [($0 % 3 == 0 ? "tracked@" : "interpolated@") + "\($0 * 10)"] })
    let lost: [[FaceRecord]] = [
      [face(0, .tentative)], [], [], [face(30, .tentative)], [], [], [], [], [], [],
    ]
    #expect(refine(lost, lookahead: 6) == Array(repeating: [], count: 10))
    // Not known to be a face when it goes: it stays what it was.
    #expect(
      refine(lost, lookahead: 4)[0...1] == [["tentative@0"], ["tentative@10"]])
  }

  @Test("filled frames count for the length of a track")
  func minimumTrack() {
    let frames = [[face(0)], [face(1, .extrapolated)], [face(2, .extrapolated)], [face(3)]]
    #expect(refine(frames, lookahead: 3, minimumTrack: 4).allSatisfy { $0.count == 1 })
    #expect(refine(Array(frames.prefix(2)), lookahead: 3, minimumTrack: 4) == [[], []])
  }

  @Test("frames not searched are no gaps that a person should check")
  func review() {
    var collector = ReviewCollector(width: 640, height: 360, lostForSeconds: 1)
    var items: [ReviewItem] = []
    func add(_ faces: [FaceRecord], _ frame: Int, isPredicted: Bool) {
      collector.add(
        FrameRecord(
          frame: frame, timestamp: Timestamp(ticks: Int64(frame), timeBase: Rational(1, 10)),
          isDamaged: false, isPredicted: isPredicted, faces: faces), to: &items)
    }
    for frame in 0..<12 {
      let isSearched = frame.isMultiple(of: 3)
      let faces = isSearched ? [face(300)] : frame < 6 ? [face(300, .interpolated)] : []
      // In the last search but one it is missed.
      add(frame == 6 ? [] : faces, frame, isPredicted: !isSearched)
    }
    collector.finish(&items)
    #expect(items.map(\.reason) == [.gapNotBridged])
    #expect(items.first?.first.frame == 3 && items.first?.last.frame == 9)
  }

  @Test("a row says that its frame was not searched")
  func records() {
    var record = ExampleRecords.frame
    let usual = ExampleRecords.text { $0.appendJSONLine(record) }
    #expect(!usual.contains("predicted"))
    record.isPredicted = true
    let line = ExampleRecords.text { $0.appendJSONLine(record) }
    #expect(line == usual.replacing(#","faces":["#, with: #","predicted":true,"faces":["#))
  }
}

@Suite("Searching every third frame of the sample clip")
struct EveryThirdFrameTests {
  private static let plain = Swift.Result { try SampleRun(every: .frames(3)) }
  private static let ahead = Swift.Result { try SampleRun(every: .frames(3), lookahead: 15) }

  /// Of the boxes reported in frames not searched, the mean IoU with the true ones.
  private func meanIoU(_ run: SampleRun) -> Double {
    var (sum, count) = (0.0, 0)
    for match in run.matches where !match.truth.frame.isMultiple(of: 3) {
      guard match.truth.visibility >= 0.95, let found = match.found else { continue }
      sum += Double(found.box.intersectionOverUnion(with: match.truth.box))
      count += 1
    }
    return sum / Double(count)
  }

  /// Of faces that can be seen, in frames not searched.
  private func recall(_ run: SampleRun) -> Double {
    let visible = run.matches.filter {
      !$0.truth.frame.isMultiple(of: 3) && $0.truth.visibility >= 0.95
    }
    return Double(visible.filter { $0.found != nil }.count) / Double(visible.count)
  }

  private func identities(_ run: SampleRun, of face: Int) -> Set<Int> {
    Set(
      run.matches.filter { $0.truth.identity == face && $0.truth.visibility >= 0.95 }
        .compactMap { $0.found?.identity })
  }

  @Test("every frame has its row, and every face keeps the identity it has in the clear")
  func identities() throws {
    let run = try Self.plain.get()
    #expect(run.frameCount == 250)
    // Faces 2 and 3 are never hidden.
    #expect(identities(run, of: 2).count == 1 && identities(run, of: 3).count == 1)
    #expect(identities(run, of: 2).isDisjoint(with: identities(run, of: 3)))
  }

  @Test("predicted boxes lie where the faces are, interpolated ones better")
  func boxes() throws {
    let (plain, ahead) = (try Self.plain.get(), try Self.ahead.get())
    // 0.917 and 0.936, 99.8 and 100 % when written.
    #expect(meanIoU(plain) > 0.9 && recall(plain) > 0.98)
    #expect(meanIoU(ahead) > meanIoU(plain) && recall(ahead) > 0.98)
  }
}
