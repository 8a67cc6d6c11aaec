package import Imaging

/// How far landmarks lie from the annotated ones.
///
/// The error of a face is the mean distance of its five landmarks from the true ones, divided by the square
/// root of width times height of the true box (Deng et al., CVPR 2020, section 4.5). Only faces that are
/// found have one; how many those are is told beside it.
package struct LandmarkAccuracy: Equatable, Sendable {
  /// A larger error counts as a failure, and ends the curve of cumulative errors.
  package static let failureError = 0.1
  /// A face is found by a box that overlaps it at least so much.
  private static let leastOverlap = 0.5

  /// Faces annotated with landmarks.
  package private(set) var faceCount = 0
  /// The errors of those found.
  private var errors: [Double] = []

  package init() {}

  /// Those among the annotated faces that were found.
  package var foundCount: Int { errors.count }

  /// The mean error (NME), a fraction of the face's size; `nil` where no face was found.
  package var meanError: Double? { mean { $0 } }

  /// The share of faces whose error is larger than `failureError`; `nil` where no face was found.
  package var failureRate: Double? { mean { $0 > Self.failureError ? 1 : 0 } }

  /// The area under the cumulative distribution of errors up to `failureError`, 1 if all were 0; `nil`
  /// where no face was found. Exact: a face with error e adds a column from e to the end.
  package var areaUnderCurve: Double? { mean { max(0, 1 - $0 / Self.failureError) } }

  private func mean(_ value: (Double) -> Double) -> Double? {
    errors.isEmpty ? nil : errors.reduce(0) { $0 + value($1) } / Double(errors.count)
  }

  /// Adds a picture: in order of falling scores, each prediction belongs to the face it overlaps most of
  /// those not found yet.
  ///
  /// - Parameter landmarks: Of each prediction, in pixels of the picture.
  /// - Precondition: as many landmarks as predictions.
  package mutating func add(
    _ faces: [LabelledFace], _ predictions: [FacePrediction], _ landmarks: [Landmarks]
  ) {
    precondition(predictions.count == landmarks.count)
    faceCount += faces.count { $0.landmarks != nil }
    var isFound = [Bool](repeating: false, count: faces.count)
    let order = predictions.indices.sorted {
      let (first, second) = (predictions[$0].score, predictions[$1].score)
      return first > second || (first == second && $0 < $1)
    }
    for index in order {
      var best: (face: Int, overlap: Double)?
      for (face, labelled) in faces.enumerated() where !isFound[face] {
        let overlap = labelled.box.overlap(with: predictions[index].box)
        if overlap >= Self.leastOverlap && overlap > best?.overlap ?? 0 { best = (face, overlap) }
      }
      guard let best else { continue }
      isFound[best.face] = true
      if let truth = faces[best.face].landmarks {
        errors.append(Self.error(landmarks[index], truth, faces[best.face].box))
      }
    }
  }

  private static func error(_ found: Landmarks, _ truth: Landmarks, _ box: WiderBox) -> Double {
    let distances = (0..<Landmarks.count).map { number in
      let dx = Double(found[number].x) - Double(truth[number].x)
      let dy = Double(found[number].y) - Double(truth[number].y)
      return (dx * dx + dy * dy).squareRoot()
    }
    let size = (box.width * box.height).squareRoot()
    return distances.reduce(0, +) / Double(Landmarks.count) / size
  }
}
