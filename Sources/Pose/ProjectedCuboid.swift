package import Imaging

/// A box around a head as seen in the frame, for drawing: corners in pixels, named as the viewer sees
/// them when the head looks into the camera.
package struct ProjectedCuboid: Equatable, Sendable {
  /// One side of the box.
  package struct Side: Equatable, Sendable {
    package let topLeft: Point
    package let topRight: Point
    package let bottomRight: Point
    package let bottomLeft: Point
  }

  /// The side of the face.
  package let front: Side
  /// The side of the back of the head.
  package let back: Side
}

extension Camera {
  /// Where a box around the head is seen; `nil` when one of its corners is not in front of the
  /// camera.
  package func projectCuboid(
    of pose: HeadPose, template: FaceTemplate = .average
  ) -> ProjectedCuboid? {
    let (minimum, maximum) = template.headBounds
    func side(z: Double) -> ProjectedCuboid.Side? {
      func seen(_ x: Double, _ y: Double) -> Point? {
        guard let pixel = project(pose.inCamera(SIMD3(x, y, z))) else { return nil }
        return Point(x: Float(pixel.x), y: Float(pixel.y))
      }
      guard let topLeft = seen(minimum.x, maximum.y), let topRight = seen(maximum.x, maximum.y),
        let bottomRight = seen(maximum.x, minimum.y), let bottomLeft = seen(minimum.x, minimum.y)
      else { return nil }
      return ProjectedCuboid.Side(
        topLeft: topLeft, topRight: topRight, bottomRight: bottomRight, bottomLeft: bottomLeft)
    }
    guard let front = side(z: maximum.z), let back = side(z: minimum.z) else { return nil }
    return ProjectedCuboid(front: front, back: back)
  }
}

extension FaceTemplate {
  /// The least and greatest coordinates of the whole head without ears and nose, in mm.
  ///
  /// Breadth 154, height from the chin 225 and length 195 mm are means of adults (Gordon et al.,
  /// "2012 Anthropometric Survey of U.S. Army Personnel"), placed by the template's mouth and brow.
  var headBounds: (minimum: SIMD3<Double>, maximum: SIMD3<Double>) {
    let factor = interpupillaryDistance / Self.average.interpupillaryDistance
    return (SIMD3(-77, -92, -87) * factor, SIMD3(77, 133, 108) * factor)
  }
}
