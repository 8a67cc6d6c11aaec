import Foundation
import TestSupport
import Testing

@Suite("Evaluation commands")
struct EvaluateTests {
  private let place: Workplace

  /// A frame of the sample clip, with annotations of two of its faces.
  init() throws {
    place = try Workplace()
    for folder in ["images/0--Start", "truth"] {
      try FileManager.default.createDirectory(
        atPath: place.folder.path(folder), withIntermediateDirectories: true)
    }
    try place.make(
      "images/0--Start/frame_1.jpg", "-i", Repository.path("samples/faces.mp4"), "-frames:v", "1",
      "-q:v", "2")
    try truth([
      WiderBuilder.Picture(
        "0--Start", "frame_1", [[46.97, 87, 38.05, 50], [211.25, 205.39, 69.52, 89.21]])
    ])
  }

  private func truth(_ pictures: [WiderBuilder.Picture]) throws {
    try WiderBuilder(pictures).write(to: place.folder.url.appending(path: "truth"))
  }

  private func evaluate(_ arguments: String...) throws -> ProcessResult {
    try facestream(
      ["evaluate", "wider", "--ground-truth", "truth"] + arguments, in: place.folder.url)
  }

  @Test("the table tells settings, faces and average precision")
  func table() throws {
    let result = try evaluate("--images", "images", "--scale", "320", "-q")
    #expect(result.status == 0, "\(result.standardError)")
    #expect(result.standardError.isEmpty)
    let lines = result.text.split(separator: "\n")
    #expect(lines.first == "WIDER FACE, 1 picture")
    #expect(lines.contains("detect.size: 320"))
    #expect(lines.contains("detect.score: 0.02"))
    #expect(lines.contains { $0.hasPrefix("model: sha256:") })
    let hard = try #require(lines.last).split(separator: " ")
    #expect(hard.prefix(2) == ["hard", "2"])
    #expect(hard.filter { $0 == "%" }.count == 2)
  }

  @Test("the JSON report holds the same as fractions")
  func json() throws {
    try place.write(
      """
      # 0--Start/frame_1.jpg
      46 87 38 50 57 105 0 74 105 0 66 116 0 58 124 0 73 124 0 0.9
      """, "label.txt")
    let result = try evaluate(
      "--images", "images", "--landmarks", "label.txt", "--json", "-q", "--max-faces", "100")
    #expect(result.status == 0, "\(result.standardError)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: result.standardOutput) as? [String: Any])
    #expect(report["pictures"] as? Int == 1)
    let settings = try #require(report["settings"] as? [String: String])
    #expect(settings["detect.max-faces"] == "100")
    let results = try #require(report["results"] as? [[String: Any]])
    #expect(results.map { $0["difficulty"] as? String } == ["easy", "medium", "hard"])
    for figures in results {
      #expect(figures["faces"] as? Int == 2)
      let precision = try #require(figures["average_precision"] as? Double)
      let mean = try #require(figures["mean_average_precision"] as? Double)
      #expect(precision > 0.5 && precision <= 1)
      #expect(mean > 0 && mean < precision)
    }
    let landmarks = try #require(report["landmarks"] as? [String: Any])
    #expect(landmarks["faces"] as? Int == 1)
    #expect(landmarks["found"] as? Int == 1)
    #expect(try #require(landmarks["mean_error"] as? Double) < 0.1)
  }

  @Test("results are kept, taken up again, judged on their own and drawn")
  func keeps() throws {
    let first = try evaluate("--images", "images", "-o", "out", "-q", "--plot", "a.svg")
    #expect(first.status == 0, "\(first.standardError)")
    #expect(String(decoding: try place.bytes("a.svg"), as: UTF8.self).contains("AP "))
    #expect(place.exists("out/predictions/0--Start/frame_1.txt"))
    #expect(place.exists("out/settings.json"))
    let second = try evaluate("--images", "images", "-o", "out", "-q")
    #expect(second.text == first.text)
    let judged = try evaluate("--predictions", "out/predictions")
    #expect(judged.status == 0)
    #expect(
      judged.text.split(separator: "\n").suffix(3) == first.text.split(separator: "\n").suffix(3))
    let other = try evaluate("--images", "images", "-o", "out", "--scale", "640")
    #expect(other.status == 2)
    #expect(
      other.standardError
        == errorLine(
          "'out' holds results made with detect.size source instead of 640; name another folder, "
            + "or remove this one"))
    let plot = try evaluate("--predictions", "out/predictions", "--plot", "a.svg")
    #expect(plot.status == 2)
    #expect(
      plot.standardError == errorLine("'a.svg' exists already (use --overwrite to replace it)"))
    #expect(
      try evaluate("--predictions", "out/predictions", "--plot", "a.svg", "--overwrite").status == 0
    )
    let nowhere = try evaluate("--predictions", "out/predictions", "--plot", "no/a.svg")
    #expect(nowhere.status == 2)
    #expect(nowhere.standardError.hasPrefix("facestream: error: cannot write 'no/a.svg': "))
  }

  @Test(
    "wrong options are one sentence and status 2",
    arguments: [
      ([], "give either --images or --predictions"),
      (["--images", "images", "--predictions", "out"], "give either --images or --predictions"),
      (
        ["--images", "images", "--scale", "huge"],
        "--scale: 'huge' is not accepted; give original, a long side from 32 to 8192, or WIDTHxHEIGHT"
      ),
      (
        ["--images", "images", "--scale", "31"],
        "--scale: '31' is not accepted; give original, a long side from 32 to 8192, or WIDTHxHEIGHT"
      ),
      (
        ["--images", "images", "--score", "2"],
        "--score: '2' is not accepted; give a number from 0 to 1"
      ),
      (
        ["--images", "images", "--threads", "none"],
        "--threads: 'none' is not accepted; give a whole number from 1 to 1024"
      ),
      (
        ["--images", "images", "--flip", "maybe"],
        "--flip: 'maybe' is not accepted; give auto, on, off"
      ),
      (
        ["--predictions", "out", "--multi-scale", "on"],
        "--multi-scale needs --images: the files of --predictions are judged as they are"
      ),
      (
        ["--predictions", "out", "--score", "0.5"],
        "--score needs --images: the files of --predictions are judged as they are"
      ),
      (
        ["--predictions", "out", "--landmarks", "label.txt"],
        "--landmarks needs --images: the files of --predictions are judged as they are"
      ),
      (
        ["--images", "images", "--model", "missing.safetensors"],
        "cannot read 'missing.safetensors': there is no such file"
      ),
    ])
  func wrongOptions(arguments: [String], sentence: String) throws {
    let result = try facestream(
      ["evaluate", "wider", "--ground-truth", "truth"] + arguments, in: place.folder.url)
    #expect(result.status == 2)
    #expect(result.standardError == errorLine(sentence))
    #expect(result.standardOutput.isEmpty)
  }

  @Test("folders and files that are missing are named, with status 3")
  func missing() throws {
    for (arguments, sentence) in [
      (["--images", "nowhere"], "cannot read 'nowhere': there is no such folder"),
      (
        ["--predictions", "nowhere"],
        "cannot read 'nowhere/0--Start/frame_1.txt': there is no such file"
      ),
      (["--images", "images", "--list", "no.txt"], "cannot read 'no.txt': there is no such file"),
      (
        ["--images", "images", "--landmarks", "no.txt"],
        "cannot read 'no.txt': there is no such file"
      ),
    ] {
      let result = try facestream(
        ["evaluate", "wider", "--ground-truth", "truth"] + arguments, in: place.folder.url)
      #expect(result.status == 3)
      #expect(result.standardError == errorLine(sentence))
    }
    let truthless = try place.run(
      "evaluate", "wider", "--images", "images", "--ground-truth", "nowhere")
    #expect(truthless.status == 3)
    #expect(
      truthless.standardError
        == errorLine("cannot read 'nowhere/wider_face_val.mat': there is no such file"))
    try truth([
      WiderBuilder.Picture("1--Other", "a", []), WiderBuilder.Picture("0--Start", "b", []),
    ])
    let event = try evaluate("--images", "images")
    #expect(event.status == 3)
    #expect(
      event.standardError
        == errorLine(
          "cannot read 'images/1--Other': there is no such folder, and the ground truth has pictures "
            + "in it"))
    try place.write("0--Start/b\n", "list.txt")
    let picture = try evaluate("--images", "images", "--list", "list.txt")
    #expect(picture.status == 3)
    #expect(
      picture.standardError
        == errorLine("cannot read 'images/0--Start/b.jpg': there is no such file"))
  }

  @Test("ground truth and pictures that are none are named, with status 3")
  func unusable() throws {
    let whole = try place.bytes("truth/wider_face_val.mat")
    for (data, reason) in [
      (Data("text".utf8), "it is no MAT-file of MATLAB 5 or later"),
      (whole.prefix(200), "the element at byte 128 has "),
    ] {
      try place.write(data, "truth/wider_face_val.mat")
      let result = try evaluate("--images", "images")
      #expect(result.status == 3)
      #expect(
        result.standardError.hasPrefix(
          "facestream: error: 'truth/wider_face_val.mat' cannot be used: \(reason)"))
      #expect(result.standardError.filter(\.isNewline).count == 1)
    }
    try place.write(whole, "truth/wider_face_val.mat")
    let picture = try place.bytes("images/0--Start/frame_1.jpg")
    try place.write(picture.prefix(picture.count / 2), "images/0--Start/frame_1.jpg")
    let damaged = try evaluate("--images", "images")
    #expect(damaged.status == 4)
    #expect(damaged.text.contains("hard"))
    #expect(
      damaged.standardError
        == "facestream: warning: damaged picture: 'images/0--Start/frame_1.jpg': Premature end of JPEG "
        + "file\n")
    try place.write("no picture", "images/0--Start/frame_1.jpg")
    let none = try evaluate("--images", "images")
    #expect(none.status == 3)
    #expect(none.standardError.contains("images/0--Start/frame_1.jpg"))
    #expect(none.standardError.filter(\.isNewline).count == 1)
  }

  @Test("results that cannot be written are one sentence and status 1")
  func cannotWrite() throws {
    try place.write("in the way", "out")
    let result = try evaluate("--images", "images", "-o", "out")
    #expect(result.status == 1)
    #expect(result.standardError == errorLine("cannot write 'out': File exists"))
    // Files may not grow beyond a few blocks, which stands for a disk with as much room.
    let full = try place.shell(
      "trap '' XFSZ; ulimit -f 1; \"$facestream\" evaluate wider --ground-truth truth --images images "
        + "-o small -q --score 0.0001")
    #expect(full.status == 1)
    #expect(
      full.standardError
        == errorLine("cannot write 'small/landmarks/0--Start/frame_1.txt': File too large"))
    let left = try FileManager.default.subpathsOfDirectory(atPath: place.folder.path("small"))
    #expect(
      left.sorted() == [
        "landmarks", "landmarks/0--Start", "predictions", "predictions/0--Start", "settings.json",
      ])
  }

  @Test("wider explains itself with examples")
  func help() throws {
    let wider = try place.run("evaluate", "wider", "--help")
    #expect(wider.status == 0)
    #expect(wider.text.contains("Examples:"))
    #expect(wider.text.contains("facestream evaluate wider --images"))
  }
}
