import Alignment
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Face crop")
struct FaceCropTests {
  private func mapped(_ points: Landmarks, by transform: SimilarityTransform) -> Landmarks {
    var result = points
    for index in 0..<Landmarks.count {
      let place = transform.apply(x: Double(points[index].x), y: Double(points[index].y))
      result[index] = Point(x: Float(place.x), y: Float(place.y))
    }
    return result
  }

  @Test("finds the transform that points were moved by, and its inverse")
  func exactTransform() throws {
    let truth = SimilarityTransform(a: -0.6, b: 1.7, shiftX: 31, shiftY: -240)
    let moved = mapped(FaceCrop.template, by: truth)
    let found = try #require(SimilarityTransform(from: FaceCrop.template, to: moved))
    #expect(abs(found.a - truth.a) < 1e-4 && abs(found.b - truth.b) < 1e-4)
    #expect(abs(found.shiftX - 31) < 0.01 && abs(found.shiftY + 240) < 0.01)
    let back = found.inverse.apply(x: Double(moved.noseTip.x), y: Double(moved.noseTip.y))
    #expect(abs(back.x - 56.0252) < 1e-3 && abs(back.y - 71.7366) < 1e-3)
  }

  @Test("no other transform nearby fits better")
  func leastSquares() throws {
    var random = SeededGenerator(seed: 5)
    var points = FaceCrop.template
    for index in 0..<Landmarks.count {
      points[index].x += Float.random(in: -9...9, using: &random)
      points[index].y += Float.random(in: -9...9, using: &random)
    }
    func error(_ transform: SimilarityTransform) -> Double {
      let result = mapped(points, by: transform)
      return (0..<Landmarks.count).reduce(0) { sum, index in
        let (dx, dy) = (
          Double(result[index].x - FaceCrop.template[index].x),
          Double(result[index].y - FaceCrop.template[index].y)
        )
        return sum + dx * dx + dy * dy
      }
    }
    let best = try #require(SimilarityTransform(from: points, to: FaceCrop.template))
    for step in [-0.01, 0.01] {
      #expect(
        error(best)
          < error(.init(a: best.a + step, b: best.b, shiftX: best.shiftX, shiftY: best.shiftY)))
      #expect(
        error(best)
          < error(.init(a: best.a, b: best.b + step, shiftX: best.shiftX, shiftY: best.shiftY)))
      #expect(
        error(best)
          < error(.init(a: best.a, b: best.b, shiftX: best.shiftX + step, shiftY: best.shiftY)))
    }
  }

  @Test("landmarks in one place have no crop")
  func degenerate() {
    let point = Point(x: 5, y: 5)
    let points = Landmarks(
      leftEye: point, rightEye: point, noseTip: point, leftMouthCorner: point,
      rightMouthCorner: point)
    #expect(SimilarityTransform(from: points, to: FaceCrop.template) == nil)
  }
}
