package import Imaging

/// What is drawn for one face: positions in pixels of the frame.
package struct FaceAnnotation: Equatable, Sendable {
  /// Chooses the colour and is written in the label.
  package var identity: Int
  /// In 0...1, written in the label.
  package var score: Float
  package var box: BoundingBox
  package var landmarks: Landmarks?
  package var axes: PoseAxes?
  package var cuboid: PoseCuboid?

  package init(
    identity: Int, score: Float, box: BoundingBox, landmarks: Landmarks? = nil,
    axes: PoseAxes? = nil, cuboid: PoseCuboid? = nil
  ) {
    self.identity = identity
    self.score = score
    self.box = box
    self.landmarks = landmarks
    self.axes = axes
    self.cuboid = cuboid
  }
}

/// The three axes of a head as seen in the frame: where each of them begins and ends, in pixels.
package struct PoseAxes: Equatable, Sendable {
  package var origin: Point
  package var x: Point
  package var y: Point
  package var z: Point

  package init(origin: Point, x: Point, y: Point, z: Point) {
    self.origin = origin
    self.x = x
    self.y = y
    self.z = z
  }
}
