package import Foundation

/// Writes the four files of WIDER FACE's ground truth for invented pictures.
package struct WiderBuilder {
  /// One picture: boxes `x, y, width, height`, and the indices of the faces that count, from 1.
  package struct Picture {
    package var event: String
    package var file: String
    package var faces: [[Double]]
    package var easy: [Int]
    package var medium: [Int]
    package var hard: [Int]

    /// All faces count in all sets unless said otherwise.
    package init(
      _ event: String, _ file: String, _ faces: [[Double]], easy: [Int]? = nil,
      medium: [Int]? = nil, hard: [Int]? = nil
    ) {
      self.event = event
      self.file = file
      self.faces = faces
      let all = Array(1..<faces.count + 1)
      self.easy = easy ?? all
      self.medium = medium ?? all
      self.hard = hard ?? all
    }
  }

  package var pictures: [Picture]

  package init(_ pictures: [Picture]) { self.pictures = pictures }

  /// Writes the files into a folder, which is made.
  package func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ variables: [(name: String, value: MatlabBuilder.Value)]) throws {
      try MatlabBuilder.file(variables).write(
        to: folder.appending(path: "wider_\(name)_val.mat"))
    }
    func column(_ indices: [Int]) -> MatlabBuilder.Value {
      .numbers(rows: indices.count, columns: 1, indices.map(Double.init))
    }
    try write("face", common + [("face_bbx_list", lists { boxes($0.faces) })])
    try write("easy", common + [("gt_list", lists { column($0.easy) })])
    try write("medium", common + [("gt_list", lists { column($0.medium) })])
    try write("hard", common + [("gt_list", lists { column($0.hard) })])
  }

  private var events: [String] {
    pictures.reduce(into: []) { if !$0.contains($1.event) { $0.append($1.event) } }
  }

  private var common: [(name: String, value: MatlabBuilder.Value)] {
    [
      ("event_list", .cells(events.map { .text($0) })),
      ("file_list", lists { .text($0.file) }),
    ]
  }

  private func lists(_ value: (Picture) -> MatlabBuilder.Value) -> MatlabBuilder.Value {
    .cells(
      events.map { event in .cells(pictures.filter { $0.event == event }.map(value)) })
  }

  private func boxes(_ faces: [[Double]]) -> MatlabBuilder.Value {
    .numbers(
      rows: faces.count, columns: 4, (0..<4).flatMap { column in faces.map { $0[column] } })
  }
}
