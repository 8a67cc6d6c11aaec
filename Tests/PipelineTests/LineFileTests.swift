import Foundation
import Media
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite("Files of lines")
struct LineFileTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("lines.jsonl")
  }

  private func written() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("offline lines wait for a block, live ones for nothing")
  func pace() throws {
    let offline = try LineFile(path: path)
    offline.text.append("one\n")
    try offline.flushIfDue()
    #expect(try written() == "")
    try offline.flush()
    #expect(try written() == "one\n")
    let live = try LineFile(path: path, pace: LinePace(patienceSeconds: 10))
    live.text.append("two\n")
    try live.flushIfDue()
    #expect(try written() == "two\n")
  }

  @Test("a live reader who stalls misses whole lines, and is told of once")
  func stalled() throws {
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let warnings = Mutex<[String]>([])
    let pace = LinePace(patienceSeconds: 10) { sentence in warnings.withLock { $0.append(sentence) }
    }
    let file = try LineFile(path: path, pace: pace)
    let line = String(repeating: "x", count: 99)
    for number in 0..<50_000 {
      file.text.append("\(number):\(line)\n")
      try file.flushIfDue()
    }
    #expect(
      warnings.withLock { $0 } == ["'\(path)' is not read quickly enough: lines are left out"])
    var got = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe read(reader, &buffer, buffer.count)
      if count > 0 { got += buffer[..<count] }
      if count <= 0, file.text.bytes.isEmpty { break }
      try file.flushIfDue()
    }
    let lines = String(decoding: got, as: UTF8.self).split(separator: "\n")
    #expect(lines.count + file.droppedLines == 50_000)
    #expect(lines.allSatisfy { $0.hasSuffix(":" + line) && Int($0.prefix { $0 != ":" }) != nil })
    #expect(lines.count > 1000 && lines.count < 50_000)
  }

  @Test("a live reader who keeps behind gets whole lines, and does not make memory grow")
  func behind() throws {
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let file = try LineFile(path: path, pace: LinePace(patienceSeconds: 10))
    // Of no length that fits into what is read at once.
    let line = String(repeating: "x", count: 101)
    var got = Data()
    var buffer = [UInt8](repeating: 0, count: 4096)
    var most = 0
    for number in 0..<60_000 {
      file.text.append("\(number):\(line)\n")
      try file.flushIfDue()
      most = max(most, file.text.bytes.count)
      // Two thirds of what is written.
      guard number % 60 == 0 else { continue }
      let count = unsafe read(reader, &buffer, buffer.count)
      if count > 0 { got += buffer[..<count] }
    }
    // What may wait, a block, and a line.
    #expect(most < (1 << 20) + (64 << 10) + 4096 + 200)
    let lines = String(decoding: got, as: UTF8.self).split(separator: "\n").dropLast()
    #expect(lines.count > 30_000)
    #expect(lines.allSatisfy { $0.hasSuffix(":" + line) && $0.count < 110 })
    let numbers = lines.compactMap { Int($0.prefix { $0 != ":" }) }
    #expect(numbers.count == lines.count && zip(numbers, numbers.dropFirst()).allSatisfy(<))
  }

  @Test("a file gets its lines also when the run is left")
  func leavingFile() throws {
    let pace = LinePace()
    let file = try LineFile(path: path, pace: pace)
    pace.leaving.raise()
    file.text.append("one\n")
    try file.flush()
    #expect(try written() == "one\n")
  }

  @Test("a reader who stalls is not waited for when the run is left")
  func leaving() throws {
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let pace = LinePace()
    let file = try LineFile(path: path, pace: pace)
    file.text.append(String(repeating: "x\n", count: 1 << 20))
    DispatchQueue.global().async { pace.leaving.raise() }
    try file.flush()
    #expect(file.text.bytes.isEmpty)
  }

  @Test("a reader who is yet to come is not waited for when the run is left")
  func noReader() throws {
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let pace = LinePace()
    let file = try LineFile(path: path, pace: pace)
    file.text.append("one\n")
    DispatchQueue.global().async { pace.leaving.raise() }
    try file.begin()
    #expect(file.text.bytes.isEmpty)
  }

  @Test("a live run that ends waits for a reader who takes nothing only as long as its patience")
  func patience() throws {
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let warnings = Mutex<[String]>([])
    let pace = LinePace(patienceSeconds: 0.1) { sentence in
      warnings.withLock { $0.append(sentence) }
    }
    let file = try LineFile(path: path, pace: pace)
    // More than a pipe holds.
    file.text.append(String(repeating: "x\n", count: 1 << 17))
    try file.flush()
    #expect(file.text.bytes.isEmpty && file.droppedLines > 0 && file.droppedLines < 1 << 17)
    #expect(
      warnings.withLock { $0 } == ["'\(path)' did not take everything before the run ended"])
  }

  @Test("a live run waits for no reader; one who comes late gets the first line and the latest")
  func lateReader() throws {
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let file = try LineFile(path: path, pace: LinePace(patienceSeconds: 10))
    file.text.append("header\n")
    try file.begin()
    let line = String(repeating: "x", count: 99)
    for number in 0..<20_000 {
      file.text.append("\(number):\(line)\n")
      try file.flushIfDue()
    }
    let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    file.text.append("last\n")
    try file.flushIfDue()
    var got = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe read(reader, &buffer, buffer.count)
      if count > 0 { got += buffer[..<count] }
      if count <= 0, file.text.bytes.isEmpty { break }
      try file.flushIfDue()
    }
    let lines = String(decoding: got, as: UTF8.self).split(separator: "\n")
    #expect(lines.first == "header" && lines.last == "last")
    let numbers = lines.dropFirst().dropLast().compactMap { Int($0.prefix { $0 != ":" }) }
    #expect(numbers.count == lines.count - 2 && numbers.last == 19_999)
    #expect(numbers.first.map { $0 > 0 } == true)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
  }
}
