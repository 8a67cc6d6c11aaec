package import Imaging

/// A pinhole camera without distortion, its optical axis through the middle of the frame.
package struct Camera: Equatable, Sendable {
  /// In pixels.
  package let focalLength: Double
  /// In pixels from the top left corner of the frame.
  package let principalPoint: SIMD2<Double>

  /// - Parameters:
  ///   - focalLength: In pixels. Default: the frame's longer side, a horizontal angle of view of
  ///     53°, between those of phones (65° to 80°) and of portrait lenses (below 30°). Too long a
  ///     value puts faces too far away; angles of faces that fill little of the frame hardly
  ///     depend on it.
  /// - Precondition: all are positive.
  package init(width: Int, height: Int, focalLength: Double? = nil) {
    precondition(width > 0 && height > 0)
    self.focalLength = focalLength ?? Double(max(width, height))
    precondition(self.focalLength > 0 && self.focalLength.isFinite)
    principalPoint = SIMD2(Double(width), Double(height)) / 2
  }

  /// Where a point is seen, in pixels; `nil` for one that is not in front of the camera.
  ///
  /// - Parameters:
  ///   - point: In mm from the camera: x to the image's right, y down, z away from it.
  package func project(_ point: SIMD3<Double>) -> SIMD2<Double>? {
    guard point.z >= Self.nearest else { return nil }
    return principalPoint + SIMD2(point.x, point.y) * (focalLength / point.z)
  }

  /// The template's landmarks as seen with a head at the given pose; `nil` when one of them is not
  /// in front of the camera.
  package func project(_ template: FaceTemplate, at pose: HeadPose) -> Landmarks? {
    let none = Point(x: 0, y: 0)
    var landmarks = Landmarks(
      leftEye: none, rightEye: none, noseTip: none, leftMouthCorner: none, rightMouthCorner: none)
    for index in 0..<Landmarks.count {
      guard let pixel = project(pose.inCamera(template[index])) else { return nil }
      landmarks[index] = Point(x: Float(pixel.x), y: Float(pixel.y))
    }
    return landmarks
  }

  /// In mm: what is closer to the camera's centre is not imaged.
  static let nearest = 1.0
}

extension HeadPose {
  /// Position of a point of the face template in mm from the camera: x to the image's right, y
  /// down, z away from it.
  package func inCamera(_ point: SIMD3<Double>) -> SIMD3<Double> {
    rotation * point * Self.cameraAxes + translation
  }

  /// The template's y points up and its z towards the camera, the camera's the other way.
  static let cameraAxes = SIMD3<Double>(1, -1, -1)
}
