/// A face some detector reports in a picture of WIDER FACE.
package struct FacePrediction: Equatable, Sendable {
  package var box: WiderBox
  /// Higher is surer; any range.
  package var score: Double

  package init(box: WiderBox, score: Double) {
    self.box = box
    self.score = score
  }
}
