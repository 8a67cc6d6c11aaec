import Foundation
import TestSupport
import Testing

/// A run on a live input, looked at while it goes on.
struct LiveRun {
  let program: BackgroundProgram
  private let place: Workplace

  /// Annotates an input into `out.mkv` and `out.jsonl`.
  init(_ input: String, _ options: String..., in place: Workplace) throws {
    self.place = place
    program = try BackgroundProgram(
      facestreamPath,
      [
        "annotate", input, "-o", "out.mkv", "--tracks", "out.jsonl", "--size", "64",
        "--preset", "ultrafast", "--threads", "1", "--overwrite",
      ] + options, in: place.folder.url)
  }

  /// The records that are whole by now.
  var rows: [[String: Any]] {
    guard let data = try? place.bytes("out.jsonl"),
      let end = data.lastIndex(of: UInt8(ascii: "\n"))
    else { return [] }
    return Array(((try? jsonLines(data[...end])) ?? []).dropFirst())
  }

  func rows(ofEpoch epoch: Int) -> Int { rows.count { $0["epoch"] as? Int == epoch } }

  /// Waits until the records have so many rows of a connection.
  func reaches(rows count: Int, ofEpoch epoch: Int = 0) async throws -> Bool {
    try await comesTrue { rows(ofEpoch: epoch) >= count || !program.isRunning }
      && rows(ofEpoch: epoch) >= count
  }

  /// The connection of the latest record.
  var epoch: Int { rows.last?["epoch"] as? Int ?? 0 }

  /// Waits until the records have so many rows of the connections after one.
  ///
  /// - Parameter epoch: Less than 0 for those of any connection.
  func reaches(rows count: Int, after epoch: Int) async throws -> Bool {
    func isReached() -> Bool { rows.count { ($0["epoch"] as? Int ?? 0) > epoch } >= count }
    return try await comesTrue { isReached() || !program.isRunning } && isReached()
  }

  /// Waits until the input is lost, and not back.
  ///
  /// Where programs are held up, it may have been lost before, and have come back.
  func losesInput() async throws -> Bool {
    func isLost() -> Bool {
      let said = program.messages.matches(of: /connecting anew|trying again|is back after/)
      return said.last.map { $0.0 != "is back after" } ?? false
    }
    return try await comesTrue { isLost() || !program.isRunning } && isLost()
  }

  /// Waits until standard error holds a text.
  func says(_ text: String) async throws -> Bool {
    try await comesTrue { program.messages.contains(text) || !program.isRunning }
      && program.messages.contains(text)
  }

  /// Stops the run, and insists that records and video agree and that times rise.
  ///
  /// - Returns: The records.
  @discardableResult
  func stop() async throws -> [[String: Any]] {
    program.send(SIGINT)
    #expect(try await program.status() == 130)
    return try finished()
  }

  /// The records of a run that has ended, after a look at them and at the video.
  func finished() throws -> [[String: Any]] {
    let rows = try Array(place.lines("out.jsonl").dropFirst())
    let ticks = rows.compactMap { $0["pts"] as? Int }
    #expect(ticks.count == rows.count)
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 }, "times rise")
    let epochs = rows.compactMap { $0["epoch"] as? Int }
    #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0 <= $1 })
    let times = try Clips.probe(
      place.folder.path("out.mkv"), stream: "v:0", entries: "packet=pts_time"
    ).compactMap { Double($0.filter { $0 != "," }) }
    #expect(times.count == rows.count)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "the video's times rise")
    return rows
  }
}

extension [[String: Any]] {
  /// The rows on both sides of the first reconnection.
  var aroundGap: (before: [String: Any], after: [String: Any])? {
    guard let index = firstIndex(where: { $0["epoch"] as? Int == 1 }), index > 0 else { return nil }
    return (self[index - 1], self[index])
  }
}

/// Seconds since 1970 of a record's `wall`.
func wallSeconds(_ row: [String: Any]) -> Double? {
  guard let text = row["wall"] as? String, let point = text.firstIndex(of: "."),
    let date = try? Date(String(text[..<point]) + "Z", strategy: .iso8601),
    let fraction = Double("0" + text[point...].dropLast())
  else { return nil }
  return date.timeIntervalSince1970 + fraction
}
