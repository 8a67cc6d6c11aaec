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
