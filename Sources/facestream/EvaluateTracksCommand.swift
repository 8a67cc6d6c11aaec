import ArgumentParser
import Evaluation
import Foundation
import Imaging
import Pipeline

struct EvaluateTracksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracks",
    abstract: "Measures how well tracks keep to ground truth.",
    discussion: """
      HOTA with its parts DetA and AssA, MOTA, IDF1, switches and fragmentations, of MOTChallenge text \
      files. Lines of ground truth with 0 in the seventh column are not counted.

      Examples:
        facestream evaluate tracks --ground-truth gt.txt faces.txt
        facestream evaluate tracks --ground-truth gt.txt --detections det.txt --frame-rate 25
        facestream evaluate tracks --ground-truth gt.txt --detections det.txt --times times.txt \\
          --lost-for 2 --output faces.txt

      With --detections the tracker itself is run, on detections made before. They have the form of \
      MOTChallenge; columns 11 to 20 may hold the x and y of five landmarks, in the order of the \
      records. --times takes "timestamp format v2", the milliseconds of a frame a line.
      """)

  @Argument(help: "The tracks to measure, MOTChallenge text.")
  var result: String?

  @Option(help: ArgumentHelp("True tracks, MOTChallenge text.", valueName: "file"))
  var groundTruth: String

  @Option(
    help: ArgumentHelp("Follow these detections and measure the tracks.", valueName: "file"))
  var detections: String?

  @Option(help: ArgumentHelp("When each frame of --detections was shown.", valueName: "file"))
  var times: String?

  @Option(
    help: ArgumentHelp(
      "Frames a second of --detections, such as 30000/1001. (default: 30)", valueName: "rate"))
  var frameRate: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the tracks of --detections here, as MOT text.", valueName: "file"))
  var output: String?

  @Flag(help: "Replace an output that exists.")
  var overwrite = false

  @Option(
    help: ArgumentHelp("Begin tracks above this score. (default: 0.5)", valueName: "p"))
  var score: String?

  @Option(
    help: ArgumentHelp(
      "Take the detections of every n-th frame and predict in between. (default: 1)",
      valueName: "n"))
  var detectEvery: String?

  @OptionGroup(title: "Tracking") var tracking: FollowingOptions

  @Option(
    help: ArgumentHelp(
      "Count MOTA, switches and fragmentations as trackeval or motmetrics. (default: trackeval)",
      valueName: "name"))
  var convention: Convention = .trackeval

  @Flag(help: "As JSON.")
  var json = false

  enum Convention: String, ExpressibleByArgument, CaseIterable {
    case trackeval, motmetrics
  }

  func run() throws {
    let truth = try rows(of: groundTruth, as: .tracks)
    guard truth.contains(where: { $0.confidence != 0 }) else {
      throw Failure(
        message: "'\(groundTruth)' holds no true face to measure against", status: .inputUnusable)
    }
    let tracks = try tracks()
    let report = TrackReport(TrackSequence(truth: truth, result: tracks), convention: convention)
    if json { try printJSON(report) } else { print(report.text) }
  }

  /// What is to be measured: read, or made from detections.
  private func tracks() throws -> [MOTRow] {
    func wrong(_ message: String) -> Failure { Failure(message: message, status: .wrongUsage) }

    switch (result, detections) {
    case (let result?, nil):
      let others =
        keyed.map { ($0.name, $0.value) }
        + [("--times", times), ("--frame-rate", frameRate), ("--output", output)]
      if let (name, _) = others.first(where: { $0.1 != nil }) {
        throw wrong("\(name) needs --detections: a file of tracks is measured as it is")
      }
      return try rows(of: result, as: .tracks)
    case (nil, let detections?):
      var configuration = Configuration()
      try configuration.apply(keyed)
      try wrongUsage { () throws(ConfigurationError) in
        try checkTracking(configuration)
        if let output { try checkWritable(output, overwrite: overwrite) }
      }
      let found = try rows(of: detections, as: .detections)
      var tracking = DetectionTracking(configuration)
      let tracks = tracking.tracks(of: found, at: try frameTimes(of: found))
      if let output { try write(tracks, to: output) }
      return tracks
    default: throw wrong("give either a file of tracks or --detections")
    }
  }

  private var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--score", key: "detect.score", value: score),
      KeyedOption(name: "--detect-every", key: "detect.every", value: detectEvery),
    ] + tracking.keyed
  }

  private func rows(of path: String, as content: MOTFile.Content) throws -> [MOTRow] {
    try usable { () throws(EvaluationError) in try MOTFile.read(path, as: content) }
  }

  private func usable<Content>(_ read: () throws(EvaluationError) -> Content) throws -> Content {
    do throws(EvaluationError) {
      return try read()
    } catch {
      throw Failure(message: error.description, status: PipelineError.evaluation(error).exitStatus)
    }
  }

  private func frameTimes(of detections: [MOTRow]) throws -> [Timestamp] {
    if let times {
      if frameRate != nil {
        throw Failure(message: "give either --times or --frame-rate", status: .wrongUsage)
      }
      return try usable { () throws(EvaluationError) in try TimestampFile.read(times) }
    }
    let parts = (frameRate ?? "30").split(separator: "/", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int32($0) }
    guard numbers.count == parts.count, (1...2).contains(parts.count),
      numbers.allSatisfy({ $0 > 0 })
    else {
      throw Failure(
        message: "--frame-rate: '\(frameRate ?? "")' is not accepted; give a rate such as 30 or "
          + "30000/1001", status: .wrongUsage)
    }
    let timeBase = Rational(Int(numbers.count > 1 ? numbers[1] : 1), Int(numbers[0]))
    return (0..<(detections.map(\.frame).max() ?? 0)).map {
      Timestamp(ticks: Int64($0), timeBase: timeBase)
    }
  }

  private func write(_ tracks: [MOTRow], to path: String) throws {
    let lines = tracks.map { row in
      "\(row.frame),\(row.identity),\(row.x),\(row.y),\(row.width),\(row.height),"
        + "\(row.confidence),-1,-1,-1\n"
    }
    try writeFile(lines.joined(), to: path)
  }
}

/// What `evaluate tracks` tells, in the shape of its JSON form.
private struct TrackReport: Encodable {
  var hota: Double
  var deta: Double
  var assa: Double
  var mota: Double
  var idf1: Double
  var switches: Int
  var fragmentations: Int
  var misses: Int
  var falsePositives: Int

  init(_ sequence: TrackSequence, convention: EvaluateTracksCommand.Convention) {
    let higherOrder = HigherOrderAccuracy(sequence)
    let clear = ClearAccuracy(
      sequence, convention: convention == .trackeval ? .trackEval : .motmetrics)
    hota = higherOrder.hota
    deta = higherOrder.detectionAccuracy
    assa = higherOrder.associationAccuracy
    mota = clear.mota
    idf1 = IdentityAccuracy(sequence).f1
    switches = clear.switches
    fragmentations = clear.fragmentations
    misses = clear.misses
    falsePositives = clear.falsePositives
  }

  var text: String {
    let shares = [
      ("HOTA", hota), ("DetA", deta), ("AssA", assa), ("MOTA", mota), ("IDF1", idf1),
    ]
    let counts = [
      ("switches", switches), ("fragmentations", fragmentations), ("misses", misses),
      ("false positives", falsePositives),
    ]
    let values =
      shares.map { ($0, decimals(100 * $1, 3) + " %") } + counts.map { ($0, String($1)) }
    return values.map { name, value in
      name.padding(toLength: 16, withPad: " ", startingAt: 0)
        + String(repeating: " ", count: max(0, 10 - value.count)) + value
    }.joined(separator: "\n")
  }
}
