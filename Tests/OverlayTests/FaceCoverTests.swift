import Foundation
import Imaging
import Overlay
import Testing

@Suite("Face cover")
struct FaceCoverTests {
  /// An upright face's landmarks about a middle, turned in the image plane.
  private func landmarks(_ degrees: Double, width: Double = 60) -> Landmarks {
    func at(_ x: Double, _ y: Double) -> Point {
      let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
      return Point(x: Float(200 + width * (c * x - s * y)), y: Float(200 + width * (s * x + c * y)))
    }
    return Landmarks(
      leftEye: at(-0.22, -0.15), rightEye: at(0.22, -0.15), noseTip: at(0, 0.1),
      leftMouthCorner: at(-0.18, 0.38), rightMouthCorner: at(0.18, 0.38))
  }

  /// The upright box around an ellipse of 60 × 78 pixels, turned.
  private func box(_ degrees: Double) -> BoundingBox {
    let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    let width = (30 * 30 * c * c + 39 * 39 * s * s).squareRoot()
    let height = (30 * 30 * s * s + 39 * 39 * c * c).squareRoot()
    return BoundingBox(
      minX: Float(200 - width), minY: Float(200 - height), maxX: Float(200 + width),
      maxY: Float(200 + height))
  }

  @Test(
    "finds the ellipse again whose box it is given",
    arguments: [0, 10, -25, 45, -50, 80, 90, 135, 180] as [Double])
  func turned(degrees: Double) throws {
    let cover = try #require(
      FaceCover(box: box(degrees), landmarks: landmarks(degrees), shape: .ellipse, scale: 1))
    #expect(abs(cos(cover.angle - degrees * .pi / 180) - 1) < 1e-4)
    #expect(abs(cover.radiusX - 30) < 0.1 && abs(cover.radiusY - 39) < 0.1)
  }

  @Test("reaches every landmark, even of a box that is off")
  func landmarksInside() throws {
    let points = landmarks(20)
    let cover = try #require(
      FaceCover(
        box: BoundingBox(x: 200, y: 190, width: 20, height: 26), landmarks: points,
        shape: .ellipse, scale: 1))
    for index in 0..<Landmarks.count {
      let columns = cover.columns(inRow: Int(points[index].y), within: 0..<400)
      #expect(columns.contains(Int(points[index].x)))
    }
  }

  @Test("covers every pixel its equation covers", arguments: [0, 30, -70] as [Double])
  func rows(degrees: Double) throws {
    let cover = try #require(
      FaceCover(box: box(degrees), landmarks: landmarks(degrees), shape: .ellipse, scale: 1.3))
    let bounds = cover.bounds(width: 400, height: 400)
    let (c, s) = (cos(cover.angle), sin(cover.angle))
    for y in 0..<400 {
      let columns = cover.columns(inRow: y, within: 0..<400)
      for x in 0..<400 {
        let (dx, dy) = (Double(x) + 0.5 - cover.centerX, Double(y) + 0.5 - cover.centerY)
        let (u, v) = ((c * dx + s * dy) / cover.radiusX, (c * dy - s * dx) / cover.radiusY)
        let distance = u * u + v * v
        if distance <= 1 {
          #expect(columns.contains(x) && x >= bounds.minX && x < bounds.maxX)
          #expect(y >= bounds.minY && y < bounds.maxY)
        } else if distance > 1.2 {
          #expect(!columns.contains(x))
        }
      }
    }
  }

  @Test("refuses numbers that are no place")
  func noPlace() {
    let boxes = [
      BoundingBox(x: .nan, y: 0, width: 10, height: 10),
      BoundingBox(minX: 0, minY: 0, maxX: .infinity, maxY: 10),
      BoundingBox(x: 0, y: 0, width: 0, height: 10),
    ]
    for box in boxes {
      #expect(FaceCover(box: box, landmarks: nil, shape: .ellipse, scale: 1) == nil)
    }
  }
}
