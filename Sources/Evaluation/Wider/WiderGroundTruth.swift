/// The three sets of faces WIDER FACE is judged by (Yang et al., CVPR 2016, section 4.2). Each set's faces
/// count; the others are ignored, found or not.
package enum WiderDifficulty: String, CaseIterable, Sendable {
  case easy, medium, hard
}

/// The annotations of WIDER FACE's validation pictures, from the official tool's files.
package struct WiderGroundTruth: Sendable {
  /// One picture's faces.
  package struct Picture: Sendable, Equatable {
    /// Such as `0--Parade`: the folder of the picture.
    package var event: String
    /// Without extension.
    package var file: String
    package var faces: [WiderBox]
    /// By difficulty: whether each face counts.
    package var counts: [WiderDifficulty: [Bool]]

    package init(
      event: String, file: String, faces: [WiderBox], counts: [WiderDifficulty: [Bool]]
    ) {
      self.event = event
      self.file = file
      self.faces = faces
      self.counts = counts
    }

    /// `event/file`.
    package var name: String { event + "/" + file }
  }

  /// In the order of the files.
  package private(set) var pictures: [Picture]

  /// Reads `wider_face_val.mat` and `wider_easy_val.mat`, `wider_medium_val.mat`, `wider_hard_val.mat`.
  ///
  /// - Throws: `cannotRead`, `malformed`.
  package init(folder: String) throws(EvaluationError) {
    let faces = try EventLists(folder + "/wider_face_val.mat", variable: "face_bbx_list")
    var sets: [(WiderDifficulty, EventLists)] = []
    for difficulty in WiderDifficulty.allCases {
      let lists = try EventLists(
        folder + "/wider_\(difficulty)_val.mat", variable: "gt_list", like: faces)
      sets.append((difficulty, lists))
    }
    pictures = []
    for (event, (name, files)) in zip(faces.events, faces.files).enumerated() {
      for (number, file) in files.enumerated() {
        let boxes = try faces.boxes(event, number)
        var counts: [WiderDifficulty: [Bool]] = [:]
        for (difficulty, lists) in sets {
          counts[difficulty] = try lists.flags(event, number, faceCount: boxes.count)
        }
        pictures.append(Picture(event: name, file: file, faces: boxes, counts: counts))
      }
    }
  }

  /// Keeps only the pictures a text file lists: one `event/file` a line, `.jpg` may follow.
  ///
  /// - Throws: `cannotRead`, `malformed`; `malformedLine` for a picture there are no annotations of, or
  ///   that is listed twice.
  package mutating func keep(listedIn path: String) throws(EvaluationError) {
    let byName = Dictionary(
      pictures.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { a, _ in a })
    var kept: Set<Int> = []
    for (number, line) in try readLines(path).enumerated() {
      let name = pictureName(line)
      if name.isEmpty { continue }
      guard let index = byName[name] else {
        throw .malformedLine(
          path: path, line: number + 1, reason: "names '\(name)', which has no ground truth")
      }
      guard kept.insert(index).inserted else {
        throw .malformedLine(
          path: path, line: number + 1, reason: "names '\(name)' for the second time")
      }
    }
    guard !kept.isEmpty else { throw .malformed(path: path, reason: "it names no picture") }
    pictures = kept.sorted().map { pictures[$0] }
  }
}

/// `event/file` from a line that may end in blanks and an extension.
func pictureName(_ line: Substring) -> String {
  var name = line.trimmingPrefix(while: \.isWhitespace)
  while name.last?.isWhitespace == true { name.removeLast() }
  return String(name.hasSuffix(".jpg") ? name.dropLast(4) : name)
}

/// One of the four files: a cell for each event, in it a cell for each picture.
private struct EventLists {
  let path: String
  let events: [String]
  /// By event, without extension.
  let files: [[String]]
  /// By event and picture.
  private let values: [[MatlabArray]]

  /// - Parameter like: A file with the same events and pictures.
  init(_ path: String, variable: String, like: EventLists? = nil) throws(EvaluationError) {
    let matlab = try MatlabFile(path: path)

    func malformed(_ reason: String) -> EvaluationError { .malformed(path: path, reason: reason) }

    func cells(_ array: MatlabArray, _ name: String) throws(EvaluationError) -> [MatlabArray] {
      guard case .cells(let cells) = array else { throw malformed("'\(name)' is no list of lists") }
      return cells
    }

    func texts(_ array: MatlabArray, _ name: String) throws(EvaluationError) -> [String] {
      var texts: [String] = []
      for cell in try cells(array, name) {
        guard case .text(let text) = cell else {
          throw malformed("'\(name)' holds what is no name")
        }
        // Names become paths: none may lead elsewhere.
        guard !text.isEmpty, text != ".", text != "..", !text.contains("/"), !text.contains("\0")
        else { throw malformed("'\(name)' holds '\(text)', which is no name of a file") }
        texts.append(text)
      }
      return texts
    }

    func lists(_ name: String) throws(EvaluationError) -> [MatlabArray] {
      try cells(matlab.variable(name), name)
    }

    self.path = path
    events = try texts(matlab.variable("event_list"), "event_list")
    var files: [[String]] = []
    for list in try lists("file_list") { files.append(try texts(list, "file_list")) }
    self.files = files
    var values: [[MatlabArray]] = []
    for list in try lists(variable) { values.append(try cells(list, variable)) }
    self.values = values
    guard files.count == events.count, values.map(\.count) == files.map(\.count) else {
      throw malformed("'event_list', 'file_list' and '\(variable)' differ in length")
    }
    if let like {
      guard events == like.events, files == like.files else {
        throw malformed("its pictures are not those of '\(like.path)'")
      }
    }
  }

  /// The boxes of a picture.
  func boxes(_ event: Int, _ number: Int) throws(EvaluationError) -> [WiderBox] {
    guard case .numbers(let rows, let columns, let values) = values[event][number],
      rows == 0 || columns == 4, values.allSatisfy(\.isFinite)
    else {
      throw .malformed(
        path: path, reason: "the boxes of '\(files[event][number])' are not rows of four numbers")
    }
    return (0..<rows).map { row in
      WiderBox(
        x: values[row], y: values[rows + row], width: values[2 * rows + row],
        height: values[3 * rows + row])
    }
  }

  /// Whether each face of a picture is in this file's list of indices, which count from 1.
  func flags(_ event: Int, _ number: Int, faceCount: Int) throws(EvaluationError) -> [Bool] {
    guard case .numbers(_, _, let indices) = values[event][number] else {
      throw .malformed(
        path: path, reason: "the faces of '\(files[event][number])' are no list of numbers")
    }
    var flags = [Bool](repeating: false, count: faceCount)
    for index in indices {
      guard let face = Int(exactly: index), (1...max(1, faceCount)).contains(face), faceCount > 0
      else {
        throw .malformed(
          path: path,
          reason: "'\(files[event][number])' counts face \(index) of \(faceCount)")
      }
      flags[face - 1] = true
    }
    return flags
  }
}
