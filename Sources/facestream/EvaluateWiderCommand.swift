import ArgumentParser
import Evaluation
import Foundation
import Pipeline

struct EvaluateWiderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wider",
    abstract:
      "Measures average precision on WIDER FACE, and the landmarks where they are annotated.",
    discussion: """
      The official protocol: easy, medium and hard faces, each judged apart while the others are \
      ignored; an overlap (IoU) of 0.5; 1000 thresholds of the score. Beside it the mean over overlaps \
      of 0.50 to 0.95. Ground truth is the folder of the official evaluation tool, with \
      wider_face_val.mat, wider_easy_val.mat, wider_medium_val.mat and wider_hard_val.mat.

      With --output every picture's result is kept as soon as it is known, and a second run with the \
      same settings goes on where the first was stopped. DIR/predictions then holds the text files the \
      official tool reads.

      --landmarks takes the label.txt of RetinaFace's annotations: the mean distance of the five \
      landmarks over the root of the box's area (NME), the area under the curve of cumulative errors up \
      to 10 % (AUC), and the share of faces beyond.

      Examples:
        facestream evaluate wider --images WIDER_val/images --ground-truth eval_tools/ground_truth
        facestream evaluate wider --images WIDER_val/images --ground-truth eval_tools/ground_truth \\
          --scale 640 --output results-640 --plot curves.svg
        facestream evaluate wider --predictions other/predictions --ground-truth eval_tools/ground_truth
      """)

  @Option(
    help: ArgumentHelp("Pictures: a folder of folders, one an event.", valueName: "dir"))
  var images: String?

  @Option(
    help: ArgumentHelp(
      "Judge the text files in this folder, ours or another program's, instead of looking for faces.",
      valueName: "dir"))
  var predictions: String?

  @Option(help: ArgumentHelp("The official .mat files.", valueName: "dir"))
  var groundTruth: String

  @Option(
    help: ArgumentHelp(
      "Size the network sees: original, a long side such as 640, or WxH. (default: original)",
      valueName: "size"))
  var scale: String?

  @Option(
    help: ArgumentHelp(
      "Use only the pictures this file names, one event/name a line.", valueName: "file"))
  var list: String?

  @Option(help: ArgumentHelp("Landmark annotations, RetinaFace's label.txt.", valueName: "file"))
  var landmarks: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Keep the results here.", valueName: "dir"))
  var output: String?

  @Option(help: ArgumentHelp("Draw precision–recall curves (SVG).", valueName: "file"))
  var plot: String?

  @OptionGroup(title: "Detection (--score is 0.02, --max-faces 750 by default)")
  var search: FaceSearchOptions

  @Option(
    help: ArgumentHelp(
      "Pictures worked on at once. (default: the processors available)", valueName: "n"))
  var threads: String?

  @Flag(help: "Replace a plot that exists.")
  var overwrite = false

  @Flag(help: "As JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func run() throws {
    let options = try options()
    if let plot {
      try wrongUsage { () throws(ConfigurationError) in
        try checkWritable(plot, overwrite: overwrite)
      }
    }
    let line = ProgressLine(isSilent: quiet)
    let report: WiderReport
    do throws(PipelineError) {
      report = try WiderRun(options).run { line.show(Self.text($0)) }
    } catch {
      line.finish()
      throw Failure(message: error.description, status: error.exitStatus)
    }
    line.finish()
    if let plot { try draw(report, to: plot) }
    if json { try printJSON(report) } else { print(Self.text(report)) }
    if !report.damages.isEmpty {
      for damage in report.damages { printWarning("damaged picture: \(damage)") }
      throw ExitStatus.inputDamaged
    }
  }

  /// What the arguments say.
  func options() throws -> WiderOptions {
    func wrong(_ message: String) -> Failure { Failure(message: message, status: .wrongUsage) }

    let source: WiderOptions.Source
    switch (images, predictions) {
    case (let images?, nil): source = .images(folder: images)
    case (nil, let predictions?): source = .predictions(folder: predictions)
    default: throw wrong("give either --images or --predictions")
    }
    var configuration = Configuration()
    configuration.detect = WiderOptions.usualDetection
    try configuration.apply(
      search.keyed + [KeyedOption(name: "--threads", key: "threads", value: threads)])
    if let scale, scale != "original" {
      guard let size = Configuration.InputSize(scale) else {
        throw wrong(
          "--scale: '\(scale)' is not accepted; give original, a long side from 32 to 8192, or "
            + "WIDTHxHEIGHT")
      }
      configuration.detect.size = size
    }
    if predictions != nil {
      let detecting =
        search.keyed.map { ($0.name, $0.value) } + [
          ("--scale", scale), ("--threads", threads), ("--output", output),
          ("--landmarks", landmarks),
        ]
      if let (name, _) = detecting.first(where: { $0.1 != nil }) {
        throw wrong("\(name) needs --images: the files of --predictions are judged as they are")
      }
    }
    var options = WiderOptions(source: source, groundTruth: groundTruth)
    options.list = list
    options.landmarks = landmarks
    options.output = output
    options.threads = configuration.threads
    options.detect = configuration.detect
    return options
  }

  private func draw(_ report: WiderReport, to path: String) throws {
    let size = report.settings?["detect.size"].map {
      $0 == "source" ? "original size" : "size \($0)"
    }
    let parts = ["WIDER FACE", "\(report.pictures) pictures"] + (size.map { [$0] } ?? [])
    let plot = PrecisionRecallPlot(
      title: parts.joined(separator: ", "),
      lines: report.accuracy.figures.map { .init(name: $0.difficulty.rawValue, curve: $0.curve) })
    try writeFile(plot.svg, to: path)
  }

  private static func text(_ progress: WiderProgress) -> String {
    let percent = 100 * progress.pictures / max(1, progress.totalPictures)
    var text = "picture \(progress.pictures) of \(progress.totalPictures) (\(percent) %)"
    text += "  \(decimals(progress.picturesPerSecond, 1)) pictures/s  \(progress.faces) faces"
    if progress.resumedPictures > 0 { text += "  \(progress.resumedPictures) from before" }
    if let remaining = progress.remainingSeconds { text += "  ETA \(minutesAndSeconds(remaining))" }
    return text
  }

  private static func text(_ report: WiderReport) -> String {
    func row(_ cells: String...) -> String {
      let (name, numbers) = (cells[0], cells.dropFirst())
      return name.padding(toLength: 8, withPad: " ", startingAt: 0)
        + numbers.map { String(repeating: " ", count: max(0, 14 - $0.count)) + $0 }.joined()
    }

    func percent(_ fraction: Double) -> String { decimals(100 * fraction, 2) + " %" }

    var lines = ["WIDER FACE, \(report.pictures) picture\(report.pictures == 1 ? "" : "s")"]
    for (name, value) in (report.settings ?? [:]).sorted(by: { $0.key < $1.key }) {
      lines.append("\(name): \(value)")
    }
    lines += ["", row("", "faces", "AP 0.50", "AP 0.50:0.95")]
    for figures in report.results {
      lines.append(
        row(
          figures.difficulty, String(figures.faces), percent(figures.averagePrecision),
          percent(figures.meanAveragePrecision)))
    }
    if let landmarks = report.landmarks {
      var line = "\nlandmarks: \(landmarks.found) of \(landmarks.faces) annotated faces found"
      if let error = landmarks.meanError, let area = landmarks.areaUnderCurve,
        let rate = landmarks.failureRate
      {
        line += ", NME \(percent(error)), AUC \(decimals(area, 4)), failures \(percent(rate))"
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}
