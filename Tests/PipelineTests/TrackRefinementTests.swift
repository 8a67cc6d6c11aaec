import Imaging
import Testing

@testable import Pipeline

@Suite("Track refinement")
struct TrackRefinementTests {
  private func face(
    _ identity: Int, x: Float = 0, _ state: FaceRecord.State = .tracked
  ) -> FaceRecord {
    func point(_ dx: Float) -> Point { Point(x: x + dx, y: 5) }
    return FaceRecord(
      identity: identity, box: BoundingBox(x: x, y: 0, width: 10, height: 10), score: 0.9,
      landmarks: Landmarks(
        leftEye: point(2), rightEye: point(8), noseTip: point(5), leftMouthCorner: point(3),
        rightMouthCorner: point(7)), pose: nil, state: state)
  }

  /// What comes out for these frames, a list of faces each; times in seconds.
  private func run(
    _ frames: [[FaceRecord]], lookahead: Int, minimumTrack: Int = 1, times: [Double]? = nil
  ) -> [[FaceRecord]] {
    var refinement = TrackRefinement(
      lookahead: lookahead, minimumTrack: minimumTrack, lostForSeconds: 1)
    var (result, faces): ([[FaceRecord]], [FaceRecord]) = ([], [])
    for (index, frame) in frames.enumerated() {
      refinement.push(frame, seconds: times?[index] ?? Double(index) / 30)
      if refinement.pop(into: &faces) != nil { result.append(faces) }
      #expect(result.count == max(0, index + 1 - lookahead))
    }
    while refinement.pop(into: &faces, isLast: true) != nil { result.append(faces) }
    return result
  }

  @Test("gives out as many frames as it takes in", arguments: [0, 1, 4, 30])
  func frameCount(lookahead: Int) {
    let result = run((0..<20).map { _ in [face(1)] }, lookahead: lookahead)
    #expect(result == Array(repeating: [face(1)], count: 20))
  }

  @Test("without look-ahead changes nothing")
  func off() {
    let frames = [[face(1, .tentative)], [face(2)], [], [face(2)]]
    #expect(run(frames, lookahead: 0, minimumTrack: 5) == frames.map { $0 })
  }

  @Test("fills a gap in proportion to the times")
  func gap() {
    let frames = [[face(1, x: 0)], [], [], [face(1, x: 100)]]
    let result = run(frames, lookahead: 3, times: [0, 0.1, 0.3, 0.4])
    #expect(result.map { $0.map(\.identity) } == [[1], [1], [1], [1]])
    #expect(
      result.map { $0.first?.state } == [.tracked, .interpolated, .interpolated, .tracked])
    #expect(abs((result[1].first?.box.minX ?? 0) - 25) < 1e-3)
    #expect(abs((result[2].first?.landmarks.noseTip.x ?? 0) - 80) < 1e-3)
  }

  @Test("leaves a gap open that is longer than the look-ahead")
  func longGap() {
    let frames = [[face(1)], [], [], [], [face(1)]]
    #expect(run(frames, lookahead: 3).map(\.count) == [1, 0, 0, 0, 1])
    #expect(run(frames, lookahead: 4).map(\.count) == [1, 1, 1, 1, 1])
  }

  @Test("a track begins where its face was first seen")
  func beginning() {
    let frames = [
      [], [face(1, .tentative)], [face(1, .tentative)], [face(1)], [face(1)],
    ]
    let states = run(frames, lookahead: 4).map { $0.map(\.state) }
    #expect(states == [[], [.tracked], [.tracked], [.tracked], [.tracked]])
  }

  @Test("leaves out faces that are never confirmed")
  func neverConfirmed() {
    let frames = [[face(1), face(2, .tentative)], [face(1), face(2, .tentative)]]
    let result = run(frames + Array(repeating: [face(1)], count: 4), lookahead: 3)
    #expect(result.map { $0.map(\.identity) } == Array(repeating: [1], count: 6))
  }

  @Test("leaves out tracks shorter than asked, and keeps whole those as long")
  func shortTracks() {
    let frames = (0..<12).map { frame in
      (frame < 4 ? [face(1)] : []) + (frame < 5 ? [face(2)] : []) + [face(3)]
    }
    let result = run(frames, lookahead: 5, minimumTrack: 5)
    for (frame, faces) in result.enumerated() {
      #expect(faces.map(\.identity) == (frame < 5 ? [2, 3] : [3]), "frame \(frame)")
    }
  }

  @Test("a long track stays whole up to its last frames")
  func lastFrames() {
    let frames = (0..<30).map { $0 < 20 ? [face(1)] : [] }
    #expect(run(frames, lookahead: 6, minimumTrack: 7).map(\.count).reduce(0, +) == 20)
  }
}
