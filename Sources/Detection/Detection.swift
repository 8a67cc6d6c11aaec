package import Imaging

/// One face in one frame.
///
/// Who reports it says in which image's pixels: a `FaceDetector` in those of the source frame.
package struct Detection: Equatable, Sendable {
  /// May reach outside the frame.
  package var box: BoundingBox
  package var landmarks: Landmarks
  /// The network's probability that this is a face, in 0...1.
  package var score: Float

  package init(box: BoundingBox, landmarks: Landmarks, score: Float) {
    self.box = box
    self.landmarks = landmarks
    self.score = score
  }

  /// The same face after stretching the image by the two factors.
  package func scaled(byX scaleX: Float, y scaleY: Float) -> Detection {
    Detection(
      box: box.scaled(byX: scaleX, y: scaleY), landmarks: landmarks.scaled(byX: scaleX, y: scaleY),
      score: score)
  }

  /// The same face after moving the image to the right and down, in its pixels.
  package func moved(byX x: Float, y: Float) -> Detection {
    var moved = self
    moved.box = BoundingBox(
      minX: box.minX + x, minY: box.minY + y, maxX: box.maxX + x, maxY: box.maxY + y)
    for index in 0..<Landmarks.count {
      moved.landmarks[index].x += x
      moved.landmarks[index].y += y
    }
    return moved
  }

  /// The same face after mirroring a frame of a width in pixels: left and right change places.
  func mirrored(frameWidth: Float) -> Detection {
    func mirrored(_ point: Point) -> Point { Point(x: frameWidth - point.x, y: point.y) }
    return Detection(
      box: BoundingBox(
        minX: frameWidth - box.maxX, minY: box.minY, maxX: frameWidth - box.minX, maxY: box.maxY),
      landmarks: Landmarks(
        leftEye: mirrored(landmarks.rightEye), rightEye: mirrored(landmarks.leftEye),
        noseTip: mirrored(landmarks.noseTip),
        leftMouthCorner: mirrored(landmarks.rightMouthCorner),
        rightMouthCorner: mirrored(landmarks.leftMouthCorner)),
      score: score)
  }

  /// Whether every number is finite and the box has an area: networks fed with damaged numbers
  /// produce neither.
  package var isUsable: Bool {
    let corners = box.minX.isFinite && box.minY.isFinite && box.maxX.isFinite && box.maxY.isFinite
    let points = (0..<Landmarks.count).allSatisfy {
      landmarks[$0].x.isFinite && landmarks[$0].y.isFinite
    }
    return corners && points && score.isFinite && !box.isEmpty
  }
}
