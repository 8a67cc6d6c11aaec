package import Evaluation

/// The outcome of an evaluation on WIDER FACE, in the shape of its JSON form.
package struct WiderReport: Sendable, Encodable {
  /// The figures of one difficulty, as fractions.
  package struct Figures: Sendable, Encodable {
    package var difficulty: String
    /// Faces that count.
    package var faces: Int
    package var averagePrecision: Double
    /// Over IoU 0.50 to 0.95.
    package var meanAveragePrecision: Double
  }

  /// The figures of the landmarks, as fractions; `nil` where no face was found.
  package struct LandmarkFigures: Sendable, Encodable {
    /// Faces annotated with landmarks.
    package var faces: Int
    package var found: Int
    package var meanError: Double?
    package var areaUnderCurve: Double?
    package var failureRate: Double?
  }

  /// Pictures evaluated.
  package var pictures: Int
  /// How the predictions were made; `nil` where they came from files.
  package var settings: [String: String]?
  package var results: [Figures]
  package var landmarks: LandmarkFigures?
  /// Pictures of which part may be missing, each with the reason.
  package var damages: [String]
  /// For the plot.
  package var accuracy: WiderAccuracy

  private enum CodingKeys: String, CodingKey {
    case pictures, settings, results, landmarks, damages
  }

  init(
    pictures: Int, settings: [String: String]?, accuracy: WiderAccuracy,
    landmarks: LandmarkAccuracy?, damages: [String]
  ) {
    self.damages = damages
    self.pictures = pictures
    self.settings = settings
    self.accuracy = accuracy
    results = accuracy.figures.map {
      Figures(
        difficulty: $0.difficulty.rawValue, faces: $0.faceCount,
        averagePrecision: $0.averagePrecision, meanAveragePrecision: $0.meanAveragePrecision)
    }
    self.landmarks = landmarks.map {
      LandmarkFigures(
        faces: $0.faceCount, found: $0.foundCount, meanError: $0.meanError,
        areaUnderCurve: $0.areaUnderCurve, failureRate: $0.failureRate)
    }
  }
}

/// How far an evaluation is.
package struct WiderProgress: Sendable {
  package var pictures: Int
  package var totalPictures: Int
  /// Results that were there from an earlier run.
  package var resumedPictures: Int
  package var faces: Int
  package var elapsedSeconds: Double

  /// Of this run.
  package var picturesPerSecond: Double {
    elapsedSeconds > 0 ? Double(pictures - resumedPictures) / elapsedSeconds : 0
  }

  /// `nil` before the first picture.
  package var remainingSeconds: Double? {
    picturesPerSecond > 0 ? Double(totalPictures - pictures) / picturesPerSecond : nil
  }
}
