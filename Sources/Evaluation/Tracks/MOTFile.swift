package import Imaging

/// One line of a MOTChallenge text file: a box in a frame.
package struct MOTRow: Equatable, Sendable {
  /// From 1.
  package var frame: Int
  /// -1 in files of detections.
  package var identity: Int
  /// Left, top, width and height in pixels. In double precision, as the numbers stand in the file.
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double
  /// The seventh column: a score, or in ground truth 0 for boxes that are not to be counted; 1 where
  /// the column is missing.
  package var confidence: Double
  /// Ten further numbers, columns 11 to 20, which this project's files of detections may have:
  /// x and y of the five landmarks.
  package var landmarks: Landmarks?

  package init(
    frame: Int, identity: Int, x: Double, y: Double, width: Double, height: Double,
    confidence: Double = 1, landmarks: Landmarks? = nil
  ) {
    self.frame = frame
    self.identity = identity
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    self.confidence = confidence
    self.landmarks = landmarks
  }

  /// Intersection over union with another row's box, 0 when both are empty.
  func intersectionOverUnion(with other: MOTRow) -> Double {
    let overlapX = min(x + width, other.x + other.width) - max(x, other.x)
    let overlapY = min(y + height, other.y + other.height) - max(y, other.y)
    let intersection = max(0, overlapX) * max(0, overlapY)
    let union = width * height + other.width * other.height - intersection
    return union > 0 ? intersection / union : 0
  }
}

/// Reads the text files of MOTChallenge: ground truth, results and detections.
///
/// A line is `frame,id,x,y,w,h[,confidence[,…]]`, frames from 1 (Milan et al., "MOT16: A Benchmark
/// for Multi-Object Tracking", 2016, section 3.3). Lines may come in any order; empty ones are
/// skipped.
package enum MOTFile {
  /// What a file is read as.
  package enum Content: Sendable {
    /// Ground truth or results: an identity may stand only once in a frame.
    case tracks
    case detections
  }

  /// Frames after this are taken for a mistake: three weeks at 60 frames a second.
  private static let maximumFrame = 100_000_000

  /// - Returns: The rows in the order of the file.
  /// - Throws: `cannotRead`, `malformed`, `malformedLine`.
  package static func read(_ path: String, as content: Content) throws(EvaluationError) -> [MOTRow]
  {
    var rows: [MOTRow] = []
    var seen: Set<FrameIdentity> = []
    for (index, line) in try readLines(path).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      let row = try parse(line, number: index + 1, path: path)
      if case .tracks = content {
        guard seen.insert(FrameIdentity(frame: row.frame, identity: row.identity)).inserted else {
          throw .malformedLine(
            path: path, line: index + 1,
            reason: "names identity \(row.identity) a second time in frame \(row.frame)")
        }
      }
      rows.append(row)
    }
    return rows
  }

  private struct FrameIdentity: Hashable {
    var frame: Int
    var identity: Int
  }

  private static func parse(
    _ line: Substring, number: Int, path: String
  ) throws(EvaluationError) -> MOTRow {
    func malformed(_ reason: String) -> EvaluationError {
      .malformedLine(path: path, line: number, reason: reason)
    }

    var values: [Double] = []
    for field in line.split(separator: ",", omittingEmptySubsequences: false) {
      guard let value = Double(String(field.filter { !$0.isWhitespace })), value.isFinite else {
        throw malformed("holds '\(field)', which is no number")
      }
      values.append(value)
    }
    guard values.count >= 6 else {
      throw malformed("has \(values.count) columns; frame,id,x,y,w,h are the least")
    }
    guard let frame = Int(exactly: values[0]), (1...maximumFrame).contains(frame) else {
      throw malformed("holds no frame number from 1 to \(maximumFrame)")
    }
    guard let identity = Int(exactly: values[1]) else {
      throw malformed("holds no whole number as identity")
    }
    var row = MOTRow(
      frame: frame, identity: identity, x: values[2], y: values[3], width: values[4],
      height: values[5], confidence: values.count > 6 ? values[6] : 1)
    if values.count >= 20 {
      func point(_ index: Int) -> Point {
        Point(x: Float(values[10 + 2 * index]), y: Float(values[11 + 2 * index]))
      }

      row.landmarks = Landmarks(
        leftEye: point(0), rightEye: point(1), noseTip: point(2), leftMouthCorner: point(3),
        rightMouthCorner: point(4))
    }
    return row
  }
}
