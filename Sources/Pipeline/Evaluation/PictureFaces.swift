import Detection
import Evaluation
import Imaging

/// What was found in one picture.
struct PictureFaces: Sendable, Equatable {
  var predictions: [FacePrediction] = []
  /// As many as predictions; empty where they are not known.
  var landmarks: [Landmarks] = []

  init(predictions: [FacePrediction], landmarks: [Landmarks]) {
    self.predictions = predictions
    self.landmarks = landmarks
  }

  init(_ detections: [Detection]) {
    predictions = detections.map(FacePrediction.init)
    landmarks = detections.map(\.landmarks)
  }
}

extension FacePrediction {
  init(_ detection: Detection) {
    // The number that the fewest digits stand for: what is judged now is what will be read back later.
    func decimal(_ number: Float) -> Double { Double(number.description) ?? Double(number) }

    let box = detection.box
    self.init(
      box: WiderBox(
        x: decimal(box.minX), y: decimal(box.minY), width: decimal(box.width),
        height: decimal(box.height)),
      score: decimal(detection.score))
  }
}
