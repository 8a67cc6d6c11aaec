package import Imaging

/// A picture's landmarks, kept beside its predictions: the picture's name, how many faces, then for each
/// the five points as `x y`, in the order of the predictions.
package enum LandmarkFile {
  /// The text of a file: the fewest digits that are read back as the same numbers.
  ///
  /// - Parameter name: Of the picture, without event and extension.
  package static func text(_ name: String, _ landmarks: [Landmarks]) -> String {
    var lines = [name, String(landmarks.count)]
    for face in landmarks {
      lines.append(
        (0..<Landmarks.count).map { "\(face[$0].x) \(face[$0].y)" }.joined(separator: " "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a file.
  ///
  /// - Throws: `cannotRead`, `malformed`, `malformedLine`.
  package static func read(_ path: String) throws(EvaluationError) -> [Landmarks] {
    let rows = try FaceTable.rows(path, columns: 2 * Landmarks.count, meaning: "five times 'x y'")
    return rows.map { row in
      func point(_ number: Int) -> Point {
        Point(x: Float(row[2 * number]), y: Float(row[2 * number + 1]))
      }
      return Landmarks(
        leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
        rightMouthCorner: point(4))
    }
  }
}
