import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite("Ground truth of WIDER FACE")
struct WiderGroundTruthTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let pictures = [
    WiderBuilder.Picture("0--A", "a_1", [[1, 2, 3, 4], [5, 6, 7, 8]], easy: [2], medium: []),
    WiderBuilder.Picture("0--A", "a_2", []),
    WiderBuilder.Picture("1--B", "b_1", [[0, 0, 9, 9]]),
  ]

  private func truth(
    _ pictures: [WiderBuilder.Picture] = pictures
  ) throws -> WiderGroundTruth {
    try WiderBuilder(pictures).write(to: folder.url)
    return try WiderGroundTruth(folder: folder.url.path)
  }

  @Test("pictures, faces and the faces that count are read")
  func reads() throws {
    let pictures = try truth().pictures
    #expect(pictures.map(\.name) == ["0--A/a_1", "0--A/a_2", "1--B/b_1"])
    #expect(
      pictures[0].faces
        == [
          WiderBox(x: 1, y: 2, width: 3, height: 4), WiderBox(x: 5, y: 6, width: 7, height: 8),
        ])
    #expect(
      pictures[0].counts
        == [.easy: [false, true], .medium: [false, false], .hard: [true, true]])
    #expect(pictures[1].faces.isEmpty)
    #expect(pictures[1].counts == [.easy: [], .medium: [], .hard: []])
  }

  @Test("the annotations that come with invented pictures are read")
  func readsFixture() throws {
    let pictures = try WiderGroundTruth(folder: Fixtures.path("wider")).pictures
    #expect(pictures.count == 12)
    #expect(pictures[0].name == "0--Event_0/0_Picture_0")
    #expect(pictures.map(\.faces.count) == [0, 1, 3, 8, 5, 2, 7, 4, 6, 3, 9, 1])
  }

  @Test("a list keeps the pictures it names, in the order of the ground truth")
  func keepsListed() throws {
    var truth = try truth()
    let list = folder.path("list.txt")
    try "1--B/b_1.jpg\r\n\n  0--A/a_1 \n".write(toFile: list, atomically: true, encoding: .utf8)
    try truth.keep(listedIn: list)
    #expect(truth.pictures.map(\.name) == ["0--A/a_1", "1--B/b_1"])
  }

  @Test(
    "a list with unknown pictures, doubles or none is refused",
    arguments: [
      ("0--A/a_1\n0--A/a_9\n", "line 2 names '0--A/a_9', which has no ground truth"),
      ("0--A/a_1\n0--A/a_1.jpg\n", "line 2 names '0--A/a_1' for the second time"),
      ("\n", "it names no picture"), ("", "it names no picture"),
    ])
  func refusesList(text: String, reason: String) throws {
    var truth = try truth()
    let list = folder.path("list.txt")
    try text.write(toFile: list, atomically: true, encoding: .utf8)
    let error = #expect(throws: EvaluationError.self) { try truth.keep(listedIn: list) }
    #expect(error?.description == "'\(list)' cannot be used: \(reason)")
  }

  @Test("files that are missing or no files are named")
  func missing() throws {
    let path = folder.url.path
    var error = #expect(throws: EvaluationError.self) { try WiderGroundTruth(folder: path) }
    #expect(error?.description == "cannot read '\(path)/wider_face_val.mat': there is no such file")
    try FileManager.default.createDirectory(
      atPath: path + "/wider_face_val.mat", withIntermediateDirectories: false)
    error = #expect(throws: EvaluationError.self) { try WiderGroundTruth(folder: path) }
    #expect(
      error?.description == "cannot read '\(path)/wider_face_val.mat': it is not a regular file")
  }

  @Test(
    "names that lead out of their folder are refused", arguments: ["..", "a/b", "/etc", "", "."])
  func refusesPaths(name: String) throws {
    for picture in [
      WiderBuilder.Picture(name, "a", []), WiderBuilder.Picture("0--A", name, []),
    ] {
      let error = #expect(throws: EvaluationError.self) { try truth([picture]) }
      let list = picture.event == name ? "event_list" : "file_list"
      #expect(
        error?.description
          == "'\(folder.url.path)/wider_face_val.mat' cannot be used: '\(list)' holds '\(name)', "
          + "which is no name of a file")
    }
  }

  @Test("faces that count must exist", arguments: [[3], [0], [-1]])
  func refusesIndices(indices: [Int]) throws {
    let picture = WiderBuilder.Picture(
      "0--A", "a", [[1, 2, 3, 4], [1, 2, 3, 4]], medium: indices)
    let error = #expect(throws: EvaluationError.self) { try truth([picture]) }
    #expect(
      error?.description
        == "'\(folder.url.path)/wider_medium_val.mat' cannot be used: 'a' counts face "
        + "\(Double(indices[0])) of 2")
  }

  @Test("files of different pictures are refused")
  func refusesMixture() throws {
    _ = try truth()
    let other = try TemporaryFolder()
    try WiderBuilder([Self.pictures[0]]).write(to: other.url)
    try FileManager.default.removeItem(atPath: folder.path("wider_hard_val.mat"))
    try FileManager.default.copyItem(
      atPath: other.path("wider_hard_val.mat"), toPath: folder.path("wider_hard_val.mat"))
    let path = folder.url.path
    let error = #expect(throws: EvaluationError.self) { try WiderGroundTruth(folder: path) }
    #expect(
      error?.description
        == "'\(path)/wider_hard_val.mat' cannot be used: its pictures are not those of "
        + "'\(path)/wider_face_val.mat'")
  }

  @Test("lists that are none, or of other lengths, are refused")
  func refusesShapes() throws {
    typealias Value = MatlabBuilder.Value
    func error(_ events: Value, _ files: Value, _ boxes: Value) throws -> String? {
      try MatlabBuilder.file([
        ("event_list", events), ("file_list", files), ("face_bbx_list", boxes),
      ]).write(to: folder.url.appending(path: "wider_face_val.mat"))
      let error = #expect(throws: EvaluationError.self) {
        try WiderGroundTruth(folder: folder.url.path)
      }
      return error?.description.replacing(folder.url.path + "/", with: "")
    }
    _ = try truth([WiderBuilder.Picture("e", "f", [[1, 2, 3, 4]])])
    let start = "'wider_face_val.mat' cannot be used: "
    let (event, file) = (Value.cells([.text("e")]), Value.cells([.cells([.text("f")])]))
    let box = Value.cells([.cells([.numbers(rows: 1, columns: 4, [1, 2, 3, 4])])])
    #expect(try error(.text("e"), file, box) == start + "'event_list' is no list of lists")
    #expect(try error(.cells([event]), file, box) == start + "'event_list' holds what is no name")
    #expect(
      try error(event, .cells([]), box)
        == start + "'event_list', 'file_list' and 'face_bbx_list' differ in length")
    #expect(
      try error(event, file, .cells([.cells([])]))
        == start + "'event_list', 'file_list' and 'face_bbx_list' differ in length")
    for wrong in [
      Value.numbers(rows: 1, columns: 3, [1, 2, 3]), .text("abcd"),
      .numbers(rows: 1, columns: 4, [1, 2, .nan, 4]),
    ] {
      #expect(
        try error(event, file, .cells([.cells([wrong])]))
          == start + "the boxes of 'f' are not rows of four numbers")
    }
  }
}
