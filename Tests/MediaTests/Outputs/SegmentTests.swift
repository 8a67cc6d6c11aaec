import Foundation
import TestSupport
import Testing

@testable import Media

@Suite("Segment clock")
struct SegmentClockTests {
  @Test("a segment begins at the first frame after every so many seconds from the first frame")
  func boundaries() {
    var clock = SegmentClock(lengthSeconds: 2)
    let times = stride(from: 0, to: 20, by: 1).map { 0.5 + Double($0) / 3 }
    let begins = times.filter { clock.isDue(at: $0) }
    #expect(begins == [2.5, 4.5, 6.5])
  }

  @Test("after a pause the boundaries stay where they were")
  func pause() {
    var clock = SegmentClock(lengthSeconds: 2)
    let begins = [0, 1, 7.5, 7.9, 8, 9, 10].filter { clock.isDue(at: $0) }
    #expect(begins == [7.5, 8, 10])
  }
}

@Suite("Key frame schedule")
struct KeyFrameScheduleTests {
  private func due(_ schedule: KeyFrameSchedule, _ times: [Double]) -> [Double] {
    var schedule = schedule
    return times.filter { schedule.isDue(at: $0, isRequested: $0 == 1.25) }
  }

  @Test("nothing is asked of an encoder without a reason")
  func none() {
    let schedule = KeyFrameSchedule(intervalSeconds: nil, segmentSeconds: nil)
    #expect(due(schedule, [0, 1, 100]).isEmpty)
  }

  @Test("key frames come by time, whatever the rate, and at once when somebody asks")
  func interval() {
    let schedule = KeyFrameSchedule(intervalSeconds: 2, segmentSeconds: nil)
    #expect(due(schedule, [0, 1, 1.5, 2, 3.9, 4, 9, 9.1]) == [2, 4, 9])
    // The one that was asked for counts.
    #expect(due(schedule, [0, 1, 1.25, 2, 3, 3.25, 4]) == [1.25, 3.25])
  }

  @Test("a segment begins with one")
  func segments() {
    let schedule = KeyFrameSchedule(intervalSeconds: nil, segmentSeconds: 3)
    #expect(due(schedule, [0, 1, 2, 3, 4, 5, 6]) == [3, 6])
  }
}

@Suite("Names of segments")
struct SegmentNamesTests {
  /// 2023-11-14 22:13:20 UTC.
  private static let moment = 1_700_000_000.25

  @Test(
    "the time goes where the name says, otherwise before the ending",
    arguments: [
      ("rec-%Y%m%dT%H%M%S.mp4", true, "rec-20231114T221320.mp4"),
      ("a.b/%Y-%m-%d/%H.mkv", true, "a.b/2023-11-14/22.mkv"),
      ("rec.mp4", true, "rec-20231114T221320Z.mp4"),
      ("file:a.b/rec", true, "a.b/rec-20231114T221320Z"),
    ])
  func names(path: String, isTimeOfDay: Bool, name: String) {
    #expect(SegmentNames(path: path, isTimeOfDay: isTimeOfDay).name(at: Self.moment) == name)
  }

  @Test("files are named by the input's own time")
  func mediaTime() {
    #expect(SegmentNames(path: "out.mp4", isTimeOfDay: false).name(at: 0) == "out-000000.mp4")
    #expect(SegmentNames(path: "out.mp4", isTimeOfDay: false).name(at: 3723.9) == "out-010203.mp4")
  }

  @Test("a file that exists is never written over, and folders of the pattern are made")
  func numbers() throws {
    let folder = try TemporaryFolder()
    let names = SegmentNames(path: folder.path("%Y/rec-%H.mp4"), isTimeOfDay: true)
    let reserved = try (0..<3).map { _ in try names.reserve(at: Self.moment) }
    #expect(
      reserved == ["2023/rec-22.mp4", "2023/rec-22-2.mp4", "2023/rec-22-3.mp4"].map(folder.path))
    #expect(throws: MediaError.self) {
      try SegmentNames(path: "/dev/null/rec-%H.mp4", isTimeOfDay: true).reserve(at: 0)
    }
  }
}
