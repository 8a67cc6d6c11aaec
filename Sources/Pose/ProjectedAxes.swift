package import Imaging

/// A head's own axes as seen in the frame, for drawing: end points in pixels.
package struct ProjectedAxes: Equatable, Sendable {
  /// The tip of the nose.
  package let origin: Point
  /// Towards the image's right when the face looks into the camera.
  package let x: Point
  /// Up.
  package let y: Point
  /// Where the face points.
  package let z: Point
}

extension Camera {
  /// Where the head's axes of the given length, drawn from the tip of its nose, are seen; `nil`
  /// when one of their ends is not in front of the camera.
  ///
  /// - Parameters:
  ///   - length: In mm.
  package func projectAxes(
    of pose: HeadPose, length: Double = 80, template: FaceTemplate = .average
  ) -> ProjectedAxes? {
    func seen(_ offset: SIMD3<Double>) -> Point? {
      guard let pixel = project(pose.inCamera(template.noseTip + offset)) else { return nil }
      return Point(x: Float(pixel.x), y: Float(pixel.y))
    }
    guard let origin = seen(.zero), let x = seen(SIMD3(length, 0, 0)),
      let y = seen(SIMD3(0, length, 0)), let z = seen(SIMD3(0, 0, length))
    else { return nil }
    return ProjectedAxes(origin: origin, x: x, y: y, z: z)
  }
}
