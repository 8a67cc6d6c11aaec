import Evaluation
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@testable import Pipeline

@Suite("Evaluation on WIDER FACE")
struct WiderRunTests {
  private let folder: TemporaryFolder

  /// Three frames of the sample clip, with its ground truth.
  init() throws {
    folder = try TemporaryFolder()
    let rows = try String(contentsOfFile: Repository.path("samples/faces.gt.txt"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",").compactMap { Double($0) } }
    var pictures: [WiderBuilder.Picture] = []
    for (event, frame) in [("0--Start", 1), ("0--Start", 50), ("1--Later", 120)] {
      let faces = rows.filter { Int($0[0]) == frame }.map { Array($0[2...5]) }
      // Easy counts the first face alone.
      pictures.append(WiderBuilder.Picture(event, "frame_\(frame)", faces, easy: [1]))
      let images = folder.url.appending(path: "images/\(event)")
      try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
      try Clips.make(
        images.appending(path: "frame_\(frame).jpg").path,
        [
          "-i", Repository.path("samples/faces.mp4"), "-vf", "select=eq(n\\,\(frame - 1))",
          "-frames:v", "1", "-q:v", "2",
        ])
    }
    try WiderBuilder(pictures).write(to: folder.url.appending(path: "truth"))
  }

  private func options(_ change: (inout WiderOptions) -> Void = { _ in }) -> WiderOptions {
    var options = WiderOptions(
      source: .images(folder: folder.path("images")), groundTruth: folder.path("truth"))
    change(&options)
    return options
  }

  private func run(_ options: WiderOptions) throws -> WiderReport {
    try WiderRun(options).run { _ in }
  }

  private func figures(_ report: WiderReport) -> [Double] {
    report.results.flatMap { [$0.averagePrecision, $0.meanAveragePrecision] }
  }

  private var predictions: URL { folder.url.appending(path: "out/predictions") }

  @Test("the faces of the sample clip are found, with the same figures for any number of threads")
  func finds() throws {
    let expected = try run(options { $0.threads = 1 })
    #expect(expected.pictures == 3)
    #expect(expected.results.map(\.difficulty) == ["easy", "medium", "hard"])
    #expect(expected.results.map(\.faces) == [3, 11, 11])
    #expect(expected.results.allSatisfy { $0.averagePrecision > 0.9 })
    #expect(expected.landmarks == nil)
    for threads in [2, 3, 5] {
      #expect(try figures(run(options { $0.threads = threads })) == figures(expected))
    }
  }

  @Test("results are kept as the official tool reads them, and judged again they are the same")
  func keeps() throws {
    let report = try run(options { $0.output = folder.path("out") })
    let lines = try String(
      contentsOf: predictions.appending(path: "0--Start/frame_50.txt"), encoding: .utf8
    ).split(separator: "\n")
    #expect(lines[0] == "frame_50")
    #expect(Int(lines[1]) == lines.count - 2)
    #expect(lines[2].split(separator: " ").compactMap { Double($0) }.count == 5)
    // Nothing else: other programs read every file there.
    let files = try FileManager.default.subpathsOfDirectory(atPath: predictions.path)
    #expect(
      files.sorted() == [
        "0--Start", "0--Start/frame_1.txt", "0--Start/frame_50.txt", "1--Later",
        "1--Later/frame_120.txt",
      ])
    let again = try run(options { $0.source = .predictions(folder: predictions.path) })
    #expect(figures(again) == figures(report))
    #expect(again.settings == nil)
  }

  @Test("a second run takes what is there and makes what is missing")
  func resumes() throws {
    let report = try run(options { $0.output = folder.path("out") })
    try FileManager.default.removeItem(at: predictions.appending(path: "1--Later/frame_120.txt"))
    // Had it been looked at again, the picture would have faces.
    let emptied = predictions.appending(path: "0--Start/frame_1.txt")
    try "frame_1\n0\n".write(to: emptied, atomically: true, encoding: .utf8)
    try "frame_1\n0\n".write(
      toFile: folder.path("out/landmarks/0--Start/frame_1.txt"), atomically: true, encoding: .utf8)
    var last: WiderProgress?
    let resumed = try WiderRun(options { $0.output = folder.path("out") }).run { last = $0 }
    #expect(resumed.results[2].averagePrecision < report.results[2].averagePrecision)
    #expect(last?.pictures == 3)
    #expect(last?.resumedPictures == 2)
    try FileManager.default.removeItem(at: emptied)
    #expect(try figures(run(options { $0.output = folder.path("out") })) == figures(report))
  }

  @Test("results of other settings are not mixed")
  func refusesOtherSettings() throws {
    _ = try run(options { $0.output = folder.path("out") })
    let changes: [(String, String, String, (inout WiderOptions) -> Void)] = [
      ("detect.size", "source", "320", { $0.detect.size = .longSide(320) }),
      ("detect.score", "0.02", "0.5", { $0.detect.score = 0.5 }),
      ("detect.max-faces", "750", "none", { $0.detect.maximumFaces = nil }),
      ("detect.kernels", "tiled", "openblas", { $0.detect.kernels = .openblas }),
    ]
    for (key, there, now, change) in changes {
      let changed = options {
        $0.output = folder.path("out")
        change(&$0)
      }
      let error = #expect(throws: PipelineError.self) { try run(changed) }
      #expect(
        error?.description
          == "'\(folder.path("out"))' holds results made with \(key) \(there) instead of \(now); "
          + "name another folder, or remove this one")
    }
    // Threads and the choice of pictures change no result.
    let list = folder.path("list.txt")
    try "0--Start/frame_50\n".write(toFile: list, atomically: true, encoding: .utf8)
    let listed = try run(
      options {
        $0.output = folder.path("out")
        $0.threads = 2
        $0.list = list
      })
    #expect(listed.pictures == 1)
  }

  @Test("folders that hold something else are refused")
  func refusesForeignFolders() throws {
    let out = folder.path("out")
    try FileManager.default.createDirectory(
      at: predictions, withIntermediateDirectories: true)
    var error = #expect(throws: PipelineError.self) { try run(options { $0.output = out }) }
    #expect(
      error?.description
        == "'\(out)' cannot be used: it holds predictions, but no 'settings.json'")
    try "[]".write(toFile: out + "/settings.json", atomically: true, encoding: .utf8)
    error = #expect(throws: PipelineError.self) { try run(options { $0.output = out }) }
    #expect(
      error?.description
        == "'\(out)/settings.json' cannot be used: it holds no settings of an evaluation")
  }

  @Test("results that were damaged since are named")
  func refusesDamagedResults() throws {
    let out = folder.path("out")
    _ = try run(options { $0.output = out })
    let file = predictions.appending(path: "0--Start/frame_1.txt")
    try "frame_1\n2\n1 2 3 4 0.5\n".write(to: file, atomically: true, encoding: .utf8)
    var error = #expect(throws: PipelineError.self) { try run(options { $0.output = out }) }
    #expect(
      error?.description == "'\(file.path)' cannot be used: it has 1 faces where it says 2")
    try "frame_1\n1\n1 2 3 4 0.5\n".write(to: file, atomically: true, encoding: .utf8)
    error = #expect(throws: PipelineError.self) { try run(options { $0.output = out }) }
    #expect(error?.description.hasPrefix("'\(file.path)' cannot be used: it has 1 faces, ") == true)
  }

  @Test("landmarks are measured where they are annotated, also from kept results")
  func landmarks() throws {
    let report = try run(options { $0.output = folder.path("out") })
    // What was found is what is true: no error; then moved by a tenth of the box's size.
    let kept = try PredictionFile.read(
      predictions.appending(path: "0--Start/frame_1.txt").path)
    let points = try LandmarkFile.read(folder.path("out/landmarks/0--Start/frame_1.txt"))
    var text = "# 0--Start/frame_1.jpg\n"
    for (face, shift) in [(0, 0.0), (1, 0.2)] {
      let box = kept[face].box
      let size = (box.width * box.height).squareRoot()
      text += "\(box.x) \(box.y) \(box.width) \(box.height)"
      for number in 0..<5 {
        text += " \(Double(points[face][number].x) + shift * size) \(points[face][number].y) 0.0"
      }
      text += " 0.9\n"
    }
    text += "500 300 20 20 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 0.1\n"
    let labels = folder.path("label.txt")
    try text.write(toFile: labels, atomically: true, encoding: .utf8)
    let measured = try run(
      options {
        $0.output = folder.path("out")
        $0.landmarks = labels
      })
    #expect(figures(measured) == figures(report))
    let figures = try #require(measured.landmarks)
    #expect(figures.faces == 2)
    #expect(figures.found == 2)
    #expect(abs((figures.meanError ?? 0) - 0.1) < 1e-6)
    #expect(figures.failureRate == 0.5)
    #expect(abs((figures.areaUnderCurve ?? 0) - 0.5) < 1e-6)
    let fresh = try run(options { $0.landmarks = labels })
    #expect(fresh.landmarks?.meanError == figures.meanError)
  }

  @Test("pictures that are damaged are evaluated and named, others that cannot be read end the run")
  func damagedPictures() throws {
    let path = folder.path("images/1--Later/frame_120.jpg")
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
    let report = try run(options())
    #expect(report.damages == ["'\(path)': Premature end of JPEG file"])
    try Data("nothing".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: PipelineError.self) { try run(options()) }
    #expect(error?.description.contains(path) == true)
  }

  @Test("pictures may be PNG files")
  func png() throws {
    let expected = try run(options())
    for event in ["0--Start/frame_1", "0--Start/frame_50", "1--Later/frame_120"] {
      let path = folder.path("images/\(event)")
      try Clips.make(path + ".png", ["-i", path + ".jpg"])
      try FileManager.default.removeItem(atPath: path + ".jpg")
    }
    // FFmpeg decodes to other pixels than libjpeg by a level here and there.
    for (actual, expected) in zip(try run(options()).results, expected.results) {
      #expect(abs(actual.averagePrecision - expected.averagePrecision) < 0.05)
    }
  }
}
