import Foundation
import Imaging
import TestSupport
import Testing

@testable import Pipeline

@Suite("JSON lines")
struct JSONLinesTests {
  private func parse(_ line: String) throws -> [String: Any] {
    #expect(line.hasSuffix("\n"))
    #expect(!line.dropLast().utf8.contains(UInt8(ascii: "\n")))
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(object as? [String: Any])
  }

  @Test("the header is written to the letter")
  func headerText() {
    #expect(
      ExampleRecords.text { $0.appendJSONHeader(ExampleRecords.header) }
        == #"{"facestream":1,"input":"talk.mp4","width":1280,"height":720,"#
        + #""time_base":[1,12800],"model":"sha256:00ff","settings":{"detect.size":"640","#
        + #""detect.score":0.5,"detect.max-faces":null,"track.min-hits":3}}"# + "\n")
  }

  @Test("a line is written to the letter")
  func lineText() {
    #expect(
      ExampleRecords.text { $0.appendJSONLine(ExampleRecords.frame) }
        == #"{"frame":7,"pts":3584,"time":0.28,"epoch":0,"faces":[{"id":1,"#
        + #""box":[-2.5,10.0,22.625,30.5],"score":0.998,"landmarks":[[1.5,20.0],[11.1,20.2],"#
        + #"[6.0,25.0],[3.0,33.333332],[9.0,33.0]],"pose":{"yaw":-3.1,"pitch":5.0,"roll":0.4,"#
        + #""sigma":[1.5,2.25,1e-07],"translation":[-12.5,40.0,903.25],"residual":0.1},"state":"tracked"}]}"#
        + "\n")
  }

  @Test("a frame without faces has a line too")
  func emptyLine() {
    var record = ExampleRecords.frame
    record.faces = []
    #expect(
      ExampleRecords.text { $0.appendJSONLine(record) }
        == #"{"frame":7,"pts":3584,"time":0.28,"epoch":0,"faces":[]}"# + "\n")
  }

  @Test("damage, arrival time, epoch and a missing pose stand where readers look for them")
  func unusualLine() throws {
    let line = try parse(
      ExampleRecords.text { $0.appendJSONLine(ExampleRecords.unusualFrame) })
    #expect(
      Set(line.keys) == ["frame", "pts", "time", "epoch", "wall", "damaged", "faces"])
    #expect(line["pts"] as? Int == -1001)
    #expect(line["time"] as? Double == -0.033366667)
    #expect(line["epoch"] as? Int == 2)
    #expect(line["wall"] as? String == "2024-05-01T12:00:00.250000Z")
    #expect(line["damaged"] as? Bool == true)
    let faces = try #require(line["faces"] as? [[String: Any]])
    #expect(faces.count == 2)
    #expect(faces[0]["pose"] is [String: Any])
    #expect(
      faces[0]["pose_smoothed"] as? [String: Double] == ["yaw": -2.5, "pitch": 4, "roll": 0.5])
    #expect(faces[1]["pose"] is NSNull)
    #expect(faces[1]["pose_reason"] as? String == "poor_fit")
    #expect(faces[1]["id"] as? Int == 12)
    #expect(faces[1]["state"] as? String == "tentative")
    #expect(
      Set(faces[0].keys)
        == ["id", "box", "score", "landmarks", "pose", "pose_smoothed", "state"])
    #expect(
      Set(faces[1].keys) == ["id", "box", "score", "landmarks", "pose", "pose_reason", "state"])
  }

  @Test(
    "texts survive, whatever is in them",
    arguments: [
      "plain", "a \"quoted\" \\ back\\slash", "new\nline\r\n\ttab", "\u{0}\u{1}\u{1F}\u{7F}",
      "Grüße, 顔, 👩‍🚀", "\u{2028}", "/slash", "e\u{301}",
    ])
  func escaping(text: String) throws {
    var header = ExampleRecords.header
    header.input = text
    let parsed = try parse(ExampleRecords.text { $0.appendJSONHeader(header) })
    let read = try #require(parsed["input"] as? String)
    #expect(Array(read.unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test("numbers that JSON has no form for become null")
  func numbersOutsideJSON() throws {
    var record = ExampleRecords.frame
    record.faces[0].score = .nan
    record.faces[0].pose?.residual = .infinity
    let line = try parse(ExampleRecords.text { $0.appendJSONLine(record) })
    let face = try #require((line["faces"] as? [[String: Any]])?.first)
    #expect(face["score"] is NSNull)
    #expect((face["pose"] as? [String: Any])?["residual"] is NSNull)
  }

  @Test(
    "moments are written as RFC 3339 with microseconds",
    arguments: [
      (0.0, "1970-01-01T00:00:00.000000Z"), (0.000_001, "1970-01-01T00:00:00.000001Z"),
      (0.999_999_9, "1970-01-01T00:00:01.000000Z"),
      (1_709_208_000.5, "2024-02-29T12:00:00.500000Z"),
      (4_102_444_799.123_456, "2099-12-31T23:59:59.123456Z"),
    ])
  func moments(seconds: Double, text: String) {
    #expect(ExampleRecords.text { $0.appendRFC3339(seconds) } == text)
  }

  @Test("the header lists every setting that decides the tracks")
  func settings() throws {
    var configuration = Configuration()
    configuration.input = "rtsp://me:secret@camera/stream"
    configuration.detect.maximumFaces = 9
    let header = RecordHeader(
      configuration: configuration, width: 640, height: 480, timeBase: Rational(1, 90000),
      modelDigest: "ab")
    let parsed = try parse(ExampleRecords.text { $0.appendJSONHeader(header) })
    #expect(parsed["input"] as? String == "rtsp://me:***@camera/stream")
    #expect(parsed["time_base"] as? [Int] == [1, 90000])
    let settings = try #require(parsed["settings"] as? [String: Any])
    let deciding = ConfigurationKey.all.map(\.path).filter {
      $0.hasPrefix("detect.") || $0.hasPrefix("track.") || $0.hasPrefix("pose.")
        || $0 == "focal"
    }
    // The weights are named by their digest.
    #expect(Set(settings.keys) == Set(deciding).subtracting(["detect.model"]))
    #expect(settings["detect.max-faces"] as? Int == 9)
    #expect(settings["focal"] is NSNull)
  }
}

@Suite("CSV and MOT")
struct TableTests {
  private static let header =
    "frame,pts,time,epoch,damaged,id,state,score,box_x,box_y,box_w,box_h,landmark_0_x,"
    + "landmark_0_y,landmark_1_x,landmark_1_y,landmark_2_x,landmark_2_y,landmark_3_x,"
    + "landmark_3_y,landmark_4_x,landmark_4_y,pose_yaw,pose_pitch,pose_roll,pose_sigma_yaw,"
    + "pose_sigma_pitch,pose_sigma_roll,pose_translation_x,pose_translation_y,"
    + "pose_translation_z,pose_residual,pose_reason,pose_smoothed_yaw,pose_smoothed_pitch,"
    + "pose_smoothed_roll,wall,"
    + "landmark_smoothed_0_x,landmark_smoothed_0_y,landmark_smoothed_1_x,landmark_smoothed_1_y,"
    + "landmark_smoothed_2_x,landmark_smoothed_2_y,landmark_smoothed_3_x,landmark_smoothed_3_y,"
    + "landmark_smoothed_4_x,landmark_smoothed_4_y\n"

  @Test("the CSV header names the columns")
  func csvHeader() {
    #expect(
      ExampleRecords.text { TrackFormat.csv.appendHeader(ExampleRecords.header, to: &$0) }
        == Self.header)
  }

  @Test(
    "times are written in seconds to the nanosecond",
    arguments: [
      (0, 1, 25, "0.0"), (1, 1, 25, "0.04"), (-1, 1, 25, "-0.04"), (3, 1, 3, "1.0"),
      (1, 1001, 30000, "0.033366667"), (90_000 * 86_400 * 365, 1, 90_000, "31536000.0"),
      (2_147_483_646, 1, 2_147_483_647, "1.0"), (7, 1, 2, "3.5"),
      (-90_001, 1, 90_000, "-1.000011111"),
      (Int64.max, 1001, 30000, "3.077531802963877e+17"), (1, 1, 0, "null"), (0, 0, 1, "0.0"),
    ] as [(Int64, Int, Int, String)])
  func times(ticks: Int64, numerator: Int, denominator: Int, text: String) {
    let timestamp = Timestamp(ticks: ticks, timeBase: Rational(numerator, denominator))
    #expect(ExampleRecords.text { $0.append(timestamp) } == text)
  }

  @Test("a CSV row is written to the letter")
  func csvRow() {
    #expect(
      ExampleRecords.text { TrackFormat.csv.append(ExampleRecords.frame, to: &$0) }
        == "7,3584,0.28,0,false,1,tracked,0.998,-2.5,10.0,22.625,30.5,1.5,20.0,11.1,20.2,6.0,"
        + "25.0,3.0,33.333332,9.0,33.0,-3.1,5.0,0.4,1.5,2.25,1e-07,-12.5,40.0,903.25,0.1,,,,,,,,,,,,,,,\n"
    )
  }

  @Test("smoothed landmarks stand beside the raw ones")
  func smoothedLandmarks() {
    var record = ExampleRecords.frame
    record.faces[0].smoothedLandmarks = ExampleRecords.landmarks.scaled(byX: 2, y: 0.5)
    #expect(
      ExampleRecords.text { $0.appendJSONLine(record) }.contains(
        #"[9.0,33.0]],"landmarks_smoothed":[[3.0,10.0],[22.2,10.1],[12.0,12.5],"#
          + #"[6.0,16.666666],[18.0,16.5]],"pose":"#))
    #expect(
      ExampleRecords.text { TrackFormat.csv.append(record, to: &$0) }.hasSuffix(
        ",0.1,,,,,,3.0,10.0,22.2,10.1,12.0,12.5,6.0,16.666666,18.0,16.5\n"))
  }

  @Test("every row has a field for every column, empty where there is no value")
  func csvFieldCount() {
    let rows = ExampleRecords.text {
      TrackFormat.csv.append(ExampleRecords.unusualFrame, to: &$0)
    }.split(separator: "\n")
    #expect(rows.count == 2)
    for row in rows {
      #expect(row.split(separator: ",", omittingEmptySubsequences: false).count == 47)
      #expect(row.hasSuffix(",2024-05-01T12:00:00.250000Z,,,,,,,,,,"))
    }
    #expect(rows[0].contains(",903.25,0.1,,-2.5,4.0,0.5,2024"))
    #expect(rows[1].contains(",33.0,,,,,,,,,,,poor_fit,,,,2024"))
  }

  @Test("CSV numbers read back exactly", arguments: 1...5 as ClosedRange<UInt64>)
  func csvNumbers(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<14).map { _ in Float.random(in: -1e4...1e4, using: &generator) }
    var record = ExampleRecords.frame
    var face = ExampleRecords.face
    face.score = values[0]
    for index in 0..<Landmarks.count {
      face.landmarks[index] = Point(x: values[2 * index + 1], y: values[2 * index + 2])
    }
    face.pose?.angles.yaw = values[11] * .pi
    record.faces = [face]
    let row = ExampleRecords.text { TrackFormat.csv.append(record, to: &$0) }.dropLast()
    let fields = row.split(separator: ",", omittingEmptySubsequences: false)
    #expect(Float(fields[7]) == values[0], "seed \(seed)")
    for index in 0..<10 {
      #expect(Float(fields[12 + index]) == values[index + 1], "seed \(seed)")
    }
    #expect(Float(fields[22]) == values[11] * .pi, "seed \(seed)")
  }

  @Test("a frame without faces has no rows in tables")
  func noFaces() {
    var record = ExampleRecords.frame
    record.faces = []
    for format in [TrackFormat.csv, .mot] {
      #expect(ExampleRecords.text { format.append(record, to: &$0) } == "")
    }
  }

  @Test("MOT rows count frames from 1 and have no header")
  func mot() {
    #expect(
      ExampleRecords.text { TrackFormat.mot.appendHeader(ExampleRecords.header, to: &$0) } == "")
    #expect(
      ExampleRecords.text { TrackFormat.mot.append(ExampleRecords.unusualFrame, to: &$0) }
        == "9,1,-2.5,10.0,22.625,30.5,0.998,-1,-1,-1\n"
        + "9,12,-2.5,10.0,22.625,30.5,0.998,-1,-1,-1\n")
  }

  @Test(
    "the ending tells the format",
    arguments: [
      ("a.jsonl", .jsonLines), ("a.CSV", .csv), ("b.c/a.txt", .mot), ("-", .jsonLines),
      ("a.json", nil), ("jsonl", nil), ("", nil), ("a.jsonl.gz", nil),
    ] as [(String, TrackFormat?)])
  func formats(path: String, format: TrackFormat?) {
    #expect(TrackFormat(path: path) == format)
  }
}
