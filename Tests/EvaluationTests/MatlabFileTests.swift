import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite("MAT-files")
struct MatlabFileTests {
  private static func fixture(_ name: String) throws -> String {
    try Fixtures.path("wider/" + name)
  }

  private func read(_ data: Data, _ name: String = "a") throws -> MatlabArray {
    try MatlabFile(bytes: [UInt8](data), path: "x").variable(name)
  }

  private func read(_ value: MatlabBuilder.Value) throws -> MatlabArray {
    try read(MatlabBuilder.file([("a", value)]))
  }

  @Test("numbers, texts and cells are read by name")
  func readsVariables() throws {
    let data = MatlabBuilder.file([
      ("first", .numbers(rows: 2, columns: 3, [1, -2, 3.5, 0, 1e300, 7])),
      ("second", .text("0--Parade ü")),
      ("third", .cells([.text("a"), .cells([]), .numbers(rows: 0, columns: 4, [])])),
    ])
    #expect(
      try read(data, "first") == .numbers(rows: 2, columns: 3, values: [1, -2, 3.5, 0, 1e300, 7]))
    #expect(try read(data, "second") == .text("0--Parade ü"))
    #expect(
      try read(data, "third")
        == .cells([.text("a"), .cells([]), .numbers(rows: 0, columns: 0, values: [])]))
  }

  @Test("compressed files of another program are read")
  func readsCompressed() throws {
    let file = try MatlabFile(path: Self.fixture("wider_hard_val.mat"))
    #expect(
      try file.variable("event_list")
        == .cells([.text("0--Event_0"), .text("1--Event_1"), .text("2--Event_2")]))
    guard case .cells(let lists) = try file.variable("gt_list") else {
      Issue.record("gt_list is no cell array")
      return
    }
    #expect(lists.count == 3)
  }

  @Test(
    "numbers are read from every type they are stored in",
    arguments: [
      (1, [0xFF], -1.0), (2, [0xFF], 255), (3, [0xFE, 0xFF], -2), (4, [0x01, 0x80], 32769),
      (5, [0xFD, 0xFF, 0xFF, 0xFF], -3), (6, [0, 0, 0, 0x80], 2_147_483_648),
      (7, [0, 0, 0xC0, 0xBF], -1.5), (9, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], 1.5),
      (12, [0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], -4),
      (13, [0, 0, 0, 0, 1, 0, 0, 0], 4_294_967_296),
    ] as [(Int, [UInt8], Double)])
  func readsTypes(type: Int, bytes: [UInt8], expected: Double) throws {
    let whole = MatlabBuilder.array(6, [1, 1], "a", MatlabBuilder.element(type: type, bytes))
    #expect(try read(.raw(whole)) == .numbers(rows: 1, columns: 1, values: [expected]))
    // Up to four bytes may stand in the tag.
    guard bytes.count <= 4 else { return }
    let small =
      MatlabBuilder.word(bytes.count << 16 | type) + bytes
      + [UInt8](repeating: 0, count: 4 - bytes.count)
    #expect(
      try read(.raw(MatlabBuilder.array(6, [1, 1], "a", small)))
        == .numbers(rows: 1, columns: 1, values: [expected]))
  }

  @Test("a cell without content is an empty matrix, UTF-8 text is text")
  func readsUnusual() throws {
    let empty = MatlabBuilder.Value.raw(MatlabBuilder.element(type: 14, []))
    #expect(try read(.cells([empty])) == .cells([.numbers(rows: 0, columns: 0, values: [])]))
    let text = MatlabBuilder.array(
      4, [1, 3], "a", MatlabBuilder.element(type: 16, [UInt8]("äb".utf8)))
    #expect(try read(.raw(text)) == .text("äb"))
  }

  @Test("malformed files are refused with the reason", arguments: malformed)
  func refuses(data: Data, reason: String) {
    #expect(throws: EvaluationError.malformed(path: "x", reason: reason)) {
      try MatlabFile(bytes: [UInt8](data), path: "x").variable("a")
    }
  }

  private static let malformed: [(Data, String)] = {
    typealias Builder = MatlabBuilder
    func file(_ bytes: [UInt8]) -> Data { Builder.file([("a", .raw(bytes))]) }
    func array(_ arrayClass: Int, _ dimensions: [Int], _ content: [UInt8]) -> Data {
      file(Builder.array(arrayClass, dimensions, "a", content))
    }
    func changed(_ place: Int, _ byte: UInt8) -> Data {
      var data = Builder.file([("a", .text("b"))])
      data[place] = byte
      return data
    }
    let numbers = Builder.element(type: 9, [UInt8](repeating: 0, count: 16))
    let flags = Builder.element(type: 6, Builder.word(6) + Builder.word(0))
    let deep = (0..<20).reduce(MatlabBuilder.Value.text("x")) { value, _ in .cells([value]) }
    return [
      (Data(), "it is no MAT-file of MATLAB 5 or later"),
      (Data("MATLAB".utf8), "it is no MAT-file of MATLAB 5 or later"),
      (Data(repeating: 0, count: 400), "it is no MAT-file of MATLAB 5 or later"),
      (
        changed(126, UInt8(ascii: "M")),
        "it is a MAT-file of a big-endian machine, which is not supported"
      ),
      (
        changed(125, 2), "it is a MAT-file of version 7.3, which is not supported; save it with -v7"
      ),
      (Builder.file([("b", .text("a"))]), "it has no variable 'a'"),
      (file([14, 0, 0, 0]), "it is cut off at byte 128"),
      (
        file(Builder.word(14) + Builder.word(100)),
        "the element at byte 128 has 100 bytes, but only 0 are left"
      ),
      (
        file(Builder.word(5 << 16 | 14) + Builder.word(0)),
        "the small element at byte 128 has 5 bytes"
      ),
      (file(Builder.element(type: 14, numbers)), "the array at byte 0 begins with no flags"),
      (file(Builder.element(type: 14, flags + numbers)), "the array at byte 0 has no dimensions"),
      (
        file(
          Builder.element(
            type: 14, flags + Builder.element(type: 5, Builder.word(1) + Builder.word(1)) + numbers)
        ), "the array at byte 0 has no name"
      ),
      (array(6, [-1, 2], numbers), "the array at byte 0 has impossible dimensions"),
      (
        array(6, [Int(Int32.max), Int(Int32.max), Int(Int32.max)], numbers),
        "the array at byte 0 has impossible dimensions"
      ),
      (array(6, [3, 1], numbers), "an array of 3 elements has 2 values"),
      (
        array(6, [1, 1], Builder.element(type: 9, [1, 2, 3])),
        "3 bytes are no whole number of values"
      ),
      (
        array(6, [1, 1], Builder.element(type: 99, [1])),
        "it holds data of type 99, which is not supported"
      ),
      (
        array(6 | 0x0800, [1, 1], numbers), "it holds complex numbers, which are not supported"
      ),
      (array(2, [1, 1], numbers), "it holds an array of class 2, not supported"),
      (
        array(4, [2, 1], Builder.element(type: 2, [65, 66])),
        "it holds text of 2 rows, which is not supported"
      ),
      (array(1, [Int(Int32.max), 1], []), "a cell array of 2147483647 elements is cut off"),
      (array(1, [1, 1], numbers), "the cell at byte 48 is no array"),
      (Builder.file([("a", deep)]), "its cells are nested more than 16 deep"),
      (
        file(Builder.element(type: 15, [1, 2, 3])), "its compressed data is damaged or cut off"
      ),
    ]
  }()

  @Test("files cut off anywhere are refused or read, never more", arguments: ["face", "hard"])
  func survivesCuts(name: String) throws {
    let bytes = [UInt8](
      try Data(contentsOf: URL(filePath: Self.fixture("wider_\(name)_val.mat"))))
    let variable = name == "face" ? "face_bbx_list" : "gt_list"
    for count in 0..<bytes.count {
      #expect(throws: EvaluationError.self) {
        try MatlabFile(bytes: Array(bytes.prefix(count)), path: "x").variable(variable)
      }
    }
  }

  @Test("changed bytes are refused or read, never more", arguments: 0..<300)
  func survivesChanges(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let compressed = seed % 2 == 0
    var bytes: [UInt8]
    if compressed {
      bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.fixture("wider_easy_val.mat"))))
    } else {
      bytes = [UInt8](
        MatlabBuilder.file([
          ("a", .cells([.text("one"), .numbers(rows: 2, columns: 2, [1, 2, 3, 4]), .cells([])]))
        ]))
    }
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      bytes[Int.random(in: 128..<bytes.count, using: &generator)] = UInt8.random(
        in: 0...255, using: &generator)
    }
    // Whatever it is: an error of ours or an array, not a trap.
    do throws(EvaluationError) {
      let file = try MatlabFile(bytes: bytes, path: "x")
      for name in compressed ? ["event_list", "file_list", "gt_list"] : ["a"] {
        _ = try file.variable(name)
      }
    } catch {
      #expect(error.description.hasPrefix("'x' cannot be used: "))
    }
  }

  @Test("a stream that grows beyond the limit is given up")
  func limitsInflation() throws {
    // zlib's form of 100 zeros, made by Python's zlib.compress(bytes(100), 9).
    let zeros: [UInt8] = [0x78, 0xDA, 0x63, 0x60, 0xA0, 0x3D, 0x00, 0x00, 0x00, 0x64, 0x00, 0x01]
    #expect(try inflated(zeros[...], limit: 100) == [UInt8](repeating: 0, count: 100))
    let error = #expect(throws: MatlabDefect.self) { try inflated(zeros[...], limit: 99) }
    #expect(error?.reason == "a variable has more than 99 bytes")
    #expect(throws: MatlabDefect.self) { try inflated(zeros.dropLast(5), limit: 100) }
  }
}
