import Imaging
package import Inference

/// Turns the outputs of one feature level into detections in network-input pixels.
package struct HeadDecoder: Sendable {
  private typealias Channels = RetinaFaceNetwork.HeadChannels

  private let level: AnchorGrid.Level
  private let anchors: AnchorGrid
  private let scoreThreshold: Float

  package init(level: AnchorGrid.Level, anchors: AnchorGrid, scoreThreshold: Float) {
    self.level = level
    self.anchors = anchors
    self.scoreThreshold = scoreThreshold
  }

  /// Calls `body` with each usable detection that scores above the threshold (not at it, as in
  /// RetinaFace's evaluation), in the order of the anchors. The other anchors are not decoded.
  ///
  /// - Parameters:
  ///   - outputs: Channels as in `HeadChannels`, rows and columns as the level.
  ///   - layout: How they lie in memory.
  /// - Precondition: the shape is as said, and the count that of the layout.
  package func decode(
    _ outputs: Span<Float>, layout: FeatureLayout, _ body: (Detection) -> Void
  ) {
    precondition(layout.shape.channels == RetinaFaceNetwork.HeadChannels.count)
    precondition(layout.shape.height == level.rows && layout.shape.width == level.columns)
    precondition(outputs.count == layout.count)
    // Spares the exponential for nearly all anchors; the margin covers its rounding.
    let difference = BoxDecoder.logitDifference(for: scoreThreshold) - 1e-3
    for y in 0..<level.rows {
      for x in 0..<level.columns {
        for anchor in 0..<AnchorGrid.anchorsPerCell {
          let channel = Channels.classes + anchor * Channels.classesPerAnchor
          let background = outputs[layout.offset(channel: channel, y: y, x: x)]
          let face = outputs[layout.offset(channel: channel + 1, y: y, x: x)]
          guard face - background > difference else { continue }
          let score = BoxDecoder.score(background: background, face: face)
          guard score > scoreThreshold else { continue }
          let detection = detection(
            outputs, layout: layout, y: y, x: x, anchor: anchor, score: score)
          if detection.isUsable { body(detection) }
        }
      }
    }
  }

  private func detection(
    _ outputs: Span<Float>, layout: FeatureLayout, y: Int, x: Int, anchor: Int, score: Float
  ) -> Detection {
    let cell = y * level.columns + x
    let prior = anchors.anchors[level.firstAnchor + cell * AnchorGrid.anchorsPerCell + anchor]
    let box = Channels.box + anchor * Channels.boxPerAnchor
    let landmarks = Channels.landmarks + anchor * Channels.landmarksPerAnchor

    func output(_ channel: Int) -> Float { outputs[layout.offset(channel: channel, y: y, x: x)] }

    func point(_ number: Int) -> Point {
      BoxDecoder.point(
        dx: output(landmarks + 2 * number), dy: output(landmarks + 2 * number + 1), anchor: prior)
    }

    return Detection(
      box: BoxDecoder.box(
        dx: output(box), dy: output(box + 1), dw: output(box + 2), dh: output(box + 3),
        anchor: prior),
      landmarks: Landmarks(
        leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
        rightMouthCorner: point(4)),
      score: score)
  }
}
