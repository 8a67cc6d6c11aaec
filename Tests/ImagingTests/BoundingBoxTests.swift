import Imaging
import Testing

@Suite("Bounding box")
struct BoundingBoxTests {
  @Test("two unit squares sharing half have an IoU of one third")
  func halfOverlap() {
    let a = BoundingBox(x: 0, y: 0, width: 1, height: 1)
    let b = BoundingBox(x: 0.5, y: 0, width: 1, height: 1)
    #expect(a.intersectionArea(with: b) == 0.5)
    #expect(abs(a.intersectionOverUnion(with: b) - 1 / 3) < 1e-6)
  }

  @Test("boxes that only touch do not overlap")
  func touching() {
    let a = BoundingBox(x: 0, y: 0, width: 2, height: 2)
    let b = BoundingBox(x: 2, y: 0, width: 2, height: 2)
    #expect(a.intersectionOverUnion(with: b) == 0)
  }

  @Test("an inverted box is empty and overlaps nothing")
  func inverted() {
    let inverted = BoundingBox(minX: 5, minY: 5, maxX: 1, maxY: 9)
    #expect(inverted.isEmpty)
    #expect(inverted.area == 0)
    let other = BoundingBox(x: 0, y: 0, width: 10, height: 10)
    #expect(inverted.intersectionOverUnion(with: other) == 0)
  }
}
