package import Imaging

/// A face of the landmark annotations.
package struct LabelledFace: Equatable, Sendable {
  package var box: WiderBox
  /// In pixels of the picture; `nil` for a face annotated without.
  package var landmarks: Landmarks?

  package init(box: WiderBox, landmarks: Landmarks?) {
    self.box = box
    self.landmarks = landmarks
  }
}

/// The five landmarks RetinaFace's authors added to WIDER FACE (Deng et al., CVPR 2020, section 4.1), as
/// their `label.txt` holds them: for each picture a line `# event/file.jpg`, then for each face
/// `x y width height`, five times `x y flag`, and a number that tells how clear the face is. Faces without
/// landmarks have -1 for all of their numbers, or only the box.
package enum LandmarkLabels {
  private static let boxCount = 4
  private static let numbersPerPoint = 3

  /// Reads a file.
  ///
  /// - Returns: The faces by `event/file`, without extension.
  /// - Throws: `cannotRead`, `malformed`, `malformedLine`.
  package static func read(_ path: String) throws(EvaluationError) -> [String: [LabelledFace]] {
    var faces: [String: [LabelledFace]] = [:]
    var picture: String?
    for (index, line) in try readLines(path).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      if line.first == "#" {
        let name = pictureName(line.dropFirst())
        guard faces.updateValue([], forKey: name) == nil else {
          throw .malformedLine(
            path: path, line: index + 1, reason: "begins '\(name)' for the second time")
        }
        picture = name
        continue
      }
      guard let picture else {
        throw .malformedLine(path: path, line: index + 1, reason: "comes before any '# picture'")
      }
      guard let numbers = finiteNumbers(line), let face = face(numbers) else {
        throw .malformedLine(
          path: path, line: index + 1,
          reason: "is not 'x y width height' with five times 'x y flag' behind it or nothing")
      }
      faces[picture]?.append(face)
    }
    return faces
  }

  /// A face from the numbers of its line, `nil` when their count is wrong.
  private static func face(_ numbers: [Double]) -> LabelledFace? {
    let pointCount = numbersPerPoint * Landmarks.count
    let hasPoints = numbers.count >= boxCount + pointCount
    // The clearness may be missing.
    guard numbers.count == boxCount || hasPoints && numbers.count <= boxCount + pointCount + 1
    else {
      return nil
    }
    let box = WiderBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    guard hasPoints, box.width > 0, box.height > 0 else {
      return LabelledFace(box: box, landmarks: nil)
    }
    let points = (0..<Landmarks.count).map { number in
      let start = boxCount + numbersPerPoint * number
      return Point(x: Float(numbers[start]), y: Float(numbers[start + 1]))
    }
    let isMissing = points.contains(Point(x: -1, y: -1))
    return LabelledFace(
      box: box,
      landmarks: isMissing
        ? nil
        : Landmarks(
          leftEye: points[0], rightEye: points[1], noseTip: points[2], leftMouthCorner: points[3],
          rightMouthCorner: points[4]))
  }
}
