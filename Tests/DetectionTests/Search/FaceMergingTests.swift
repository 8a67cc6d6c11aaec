import Foundation
import Imaging
import Testing

@testable import Detection

@Suite("Merging of faces found several times")
struct FaceMergingTests {
  private func merged(
    _ faces: [Detection], _ merging: SearchOptions.Merging, scoreThreshold: Float = 0.1
  ) -> [Detection] {
    var options = SearchOptions(
      quality: .fast, options: DetectorOptions(scoreThreshold: scoreThreshold))
    options.merging = merging
    var merging = FaceMerging(options)
    var found = faces
    var result = [squareFace(999, score: 1)]
    merging.merge(&found, into: &result)
    return result
  }

  @Test("voting averages what overlaps with the best, weighted by score")
  func voting() throws {
    // Squares of 10 shifted by 2 have IoU 8/12, by 5 they have 5/15, less than 0.4.
    let faces = merged(
      [squareFace(0, score: 0.3), squareFace(2, score: 0.9), squareFace(7, score: 0.2)], .voting)
    #expect(faces.map(\.score) == [0.9, 0.2])
    let mean = try #require(faces.first)
    // (0 · 0.3 + 2 · 0.9) / 1.2
    #expect(abs(mean.box.minX - 1.5) < 1e-5 && abs(mean.box.maxX - 11.5) < 1e-5)
    #expect(abs(mean.landmarks.noseTip.x - 6.5) < 1e-5)
    #expect(faces.last?.box.minX == 7)
  }

  @Test("Soft-NMS lowers the score by the overlap, and sorts by what is left")
  func soft() throws {
    let faces = merged(
      [squareFace(0, score: 0.9), squareFace(5, score: 0.8), squareFace(40, score: 0.7)], .soft)
    // The IoU is 1/3: 0.8 · exp(-(1/9) / 0.5).
    #expect(faces.map(\.box.minX) == [0, 40, 5])
    let softened = try #require(faces.last?.score)
    #expect(abs(Double(softened) - 0.8 * exp(-2.0 / 9)) < 1e-6)
  }

  @Test("Soft-NMS drops what falls to the threshold")
  func softThreshold() {
    let faces = merged([squareFace(0, score: 0.9), squareFace(0, score: 0.5)], .soft)
    // 0.5 · exp(-2) = 0.07.
    #expect(faces.map(\.score) == [0.9])
  }

  @Test(
    "nothing becomes nothing, one face stays", arguments: SearchOptions.Merging.allCases)
  func few(merging: SearchOptions.Merging) {
    #expect(merged([], merging).isEmpty)
    #expect(merged([squareFace(3, score: 0.5)], merging) == [squareFace(3, score: 0.5)])
  }

  @Test("the order of the finds does not matter", arguments: SearchOptions.Merging.allCases)
  func order(merging: SearchOptions.Merging) {
    let faces = (0..<12).map { squareFace(Float($0 * 3), score: 0.3 + 0.05 * Float($0 * 5 % 12)) }
    #expect(merged(faces, merging) == merged(faces.reversed(), merging))
  }
}

/// A face of 10 by 10 pixels on the top edge, all of whose landmarks lie in its middle.
func squareFace(_ x: Float, _ y: Float = 0, side: Float = 10, score: Float) -> Detection {
  let middle = Point(x: x + side / 2, y: y + side / 2)
  return Detection(
    box: BoundingBox(x: x, y: y, width: side, height: side),
    landmarks: Landmarks(
      leftEye: middle, rightEye: middle, noseTip: middle, leftMouthCorner: middle,
      rightMouthCorner: middle),
    score: score)
}
