/// A picture's predictions as WIDER FACE's tool reads them: the picture's name, how many faces, then for
/// each `x y width height score`.
package enum PredictionFile {
  /// The text of a file: the fewest digits that are read back as the same numbers.
  ///
  /// - Parameter name: Of the picture, without event and extension.
  package static func text(_ name: String, _ predictions: [FacePrediction]) -> String {
    var lines = [name, String(predictions.count)]
    for prediction in predictions {
      let box = prediction.box
      lines.append("\(box.x) \(box.y) \(box.width) \(box.height) \(prediction.score)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a file, ours or another program's; numbers after the score are ignored.
  ///
  /// - Throws: `cannotRead`, `malformed`, `malformedLine`.
  package static func read(_ path: String) throws(EvaluationError) -> [FacePrediction] {
    try FaceTable.rows(path, columns: 5, meaning: "'x y width height score'").map { row in
      FacePrediction(
        box: WiderBox(x: row[0], y: row[1], width: row[2], height: row[3]), score: row[4])
    }
  }
}

/// What the files of one picture have in common: a name, a number of faces, a row for each.
enum FaceTable {
  /// - Parameters:
  ///   - columns: A row has at least so many numbers.
  ///   - meaning: What they are, for the error message.
  /// - Throws: `cannotRead`, `malformed`, `malformedLine`.
  static func rows(
    _ path: String, columns: Int, meaning: String
  ) throws(EvaluationError) -> [[Double]] {
    let lines = try readLines(path)
    guard lines.count >= 2, let count = Int(lines[1].filter { !$0.isWhitespace }), count >= 0 else {
      throw .malformedLine(path: path, line: 2, reason: "is no number of faces")
    }
    var rows: [[Double]] = []
    for (index, line) in lines.enumerated().dropFirst(2) where !line.allSatisfy(\.isWhitespace) {
      guard let numbers = finiteNumbers(line), numbers.count >= columns else {
        throw .malformedLine(path: path, line: index + 1, reason: "is not \(meaning)")
      }
      rows.append(numbers)
    }
    guard rows.count == count else {
      throw .malformed(path: path, reason: "it has \(rows.count) faces where it says \(count)")
    }
    return rows
  }
}
