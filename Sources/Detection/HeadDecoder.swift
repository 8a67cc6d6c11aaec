import Imaging

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
  /// - Parameter outputs: Shape `[channels, rows, columns]`, channels as in `HeadChannels`.
  /// - Precondition: the count is as said.
  package func decode(_ outputs: Span<Float>, _ body: (Detection) -> Void) {
    let cells = level.cellCount
    precondition(outputs.count == RetinaFaceNetwork.HeadChannels.count * cells)
    // Spares the exponential for nearly all anchors; the margin covers its rounding.
    let difference = BoxDecoder.logitDifference(for: scoreThreshold) - 1e-3
    for cell in 0..<cells {
      for anchor in 0..<AnchorGrid.anchorsPerCell {
        let logits = (Channels.classes + anchor * Channels.classesPerAnchor) * cells + cell
        let (background, face) = (outputs[logits], outputs[logits + cells])
        guard face - background > difference else { continue }
        let score = BoxDecoder.score(background: background, face: face)
        guard score > scoreThreshold else { continue }
        let detection = detection(outputs, cell: cell, anchor: anchor, score: score)
        if detection.isUsable { body(detection) }
      }
    }
  }

  private func detection(
    _ outputs: Span<Float>, cell: Int, anchor: Int, score: Float
  ) -> Detection {
    let cells = level.cellCount
    let prior = anchors.anchors[level.firstAnchor + cell * AnchorGrid.anchorsPerCell + anchor]
    let box = (Channels.box + anchor * Channels.boxPerAnchor) * cells + cell
    let landmarks = (Channels.landmarks + anchor * Channels.landmarksPerAnchor) * cells + cell

    func point(_ number: Int) -> Point {
      BoxDecoder.point(
        dx: outputs[landmarks + 2 * number * cells],
        dy: outputs[landmarks + (2 * number + 1) * cells],
        anchor: prior)
    }

    return Detection(
      box: BoxDecoder.box(
        dx: outputs[box], dy: outputs[box + cells], dw: outputs[box + 2 * cells],
        dh: outputs[box + 3 * cells], anchor: prior),
      landmarks: Landmarks(
        leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
        rightMouthCorner: point(4)),
      score: score)
  }
}
