import Imaging
import Testing

@testable import Pipeline

@Suite("Faces moved on beyond what was seen")
struct FaceExtrapolationTests {
  private func face(_ x: Float) -> FaceRecord {
    func point(_ dx: Float) -> Point { Point(x: x + dx, y: 5) }
    return FaceRecord(
      identity: 1, box: BoundingBox(x: x, y: 0, width: 10, height: 10), score: 0.9,
      landmarks: Landmarks(
        leftEye: point(2), rightEye: point(8), noseTip: point(5), leftMouthCorner: point(3),
        rightMouthCorner: point(7)), pose: nil, state: .tracked)
  }

  private func run(_ frames: [[FaceRecord]], lookahead: Int, extrapolated: Int) -> [[FaceRecord]] {
    var refinement = TrackRefinement(
      lookahead: lookahead, minimumTrack: 1, lostForSeconds: 1, extrapolatedFrames: extrapolated)
    var (result, faces): ([[FaceRecord]], [FaceRecord]) = ([], [])
    for (index, frame) in frames.enumerated() {
      refinement.push(frame, seconds: Double(index) / 30)
      if refinement.pop(into: &faces) != nil { result.append(faces) }
    }
    while refinement.pop(into: &faces, isLast: true) != nil { result.append(faces) }
    return result
  }

  @Test("a face that is only predicted grows with every frame")
  func predicted() {
    let predicted = (1...3).map { index -> [FaceRecord] in
      var face = face(Float(100 + 3 * index))
      face.state = .extrapolated
      return [face]
    }
    let result = run([[face(100)]] + predicted + [[face(112)], []], lookahead: 0, extrapolated: 5)
    let widths = result.map { $0.first?.box.width ?? 0 }
    for (width, expected) in zip(widths, [10, 10.2, 10.4, 10.6, 10, 10.2] as [Float]) {
      #expect(abs(width - expected) < 1e-3)
    }
    #expect(
      result.map { $0.first?.state == .extrapolated } == [false, true, true, true, false, true])
  }

  @Test("a face is there before its first frame and after its last, along its way")
  func bothEnds() {
    let seen = (0..<20).map { [face(Float(100 + 3 * $0))] }
    let frames = Array(repeating: [], count: 10) + seen + Array(repeating: [], count: 10)
    let result = run(frames, lookahead: 8, extrapolated: 5)
    #expect(result.map(\.count) == (0..<40).map { (5..<35).contains($0) ? 1 : 0 })
    for (index, faces) in result.enumerated() {
      guard let box = faces.first?.box else { continue }
      #expect(abs(box.center.x - Float(105 + 3 * (index - 10))) < 0.5)
      #expect(faces[0].state == ((10..<30).contains(index) ? .tracked : .extrapolated))
      // Nobody knows where it is: it grows with every frame.
      let distance = max(0, 10 - index, index - 29)
      #expect(abs(box.width - 10 * (1 + 0.02 * Float(distance))) < 1e-3)
    }
  }

  @Test("reaches back no further than it looks ahead")
  func shortLookahead() {
    let frames = Array(repeating: [], count: 10) + [[face(50)]]
    let result = run(frames, lookahead: 3, extrapolated: 5)
    #expect(result.map(\.count) == (0...10).map { $0 >= 7 ? 1 : 0 })
  }

  @Test("a gap too long to be filled is covered from both ends")
  func longGap() {
    let gap: [[FaceRecord]] = Array(repeating: [], count: 8)
    let result = run([[face(0)]] + gap + [[face(80)]], lookahead: 4, extrapolated: 4)
    #expect(result.allSatisfy { $0.count == 1 })
  }

  @Test("nothing changes where it is off")
  func off() {
    let frames: [[FaceRecord]] = [[], [face(0)], [], [face(1)], []]
    #expect(run(frames, lookahead: 0, extrapolated: 0) == frames)
  }
}
