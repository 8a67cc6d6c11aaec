import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Configuration")
struct ConfigurationTests {
  @Test("the table of cases has every key once")
  func casesAreComplete() {
    #expect(KeyCase.all.map(\.key) == ConfigurationKey.all.map(\.path))
  }

  @Test("every key takes a good value from text", arguments: KeyCase.all)
  func goodValue(of keyCase: KeyCase) throws {
    var configuration = Configuration()
    #expect(!keyCase.holds(configuration))
    try configuration.apply(setting: "\(keyCase.key)=\(keyCase.good)")
    #expect(keyCase.holds(configuration))
  }

  @Test("every key refuses a bad value, says what it accepts and stays", arguments: KeyCase.all)
  func badValue(of keyCase: KeyCase) {
    var configuration = Configuration()
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.apply(setting: "\(keyCase.key)=\(keyCase.bad)")
    }
    #expect(
      error?.description
        == "\(keyCase.key): '\(keyCase.bad)' is not accepted; give \(keyCase.accepted)")
    #expect(configuration == Configuration())
  }

  @Test("a file and a setting give the same configuration", arguments: KeyCase.all)
  func fileAgreesWithSetting(keyCase: KeyCase) throws {
    var set = Configuration()
    try set.apply(setting: "\(keyCase.key)=\(keyCase.good)")
    let parts = keyCase.key.split(separator: ".")
    let text =
      parts.count == 1
      ? "\(keyCase.key): \(keyCase.good)\n" : "\(parts[0]):\n  \(parts[1]): \(keyCase.good)\n"
    var loaded = Configuration()
    try loaded.load(yaml: text, file: "test.yaml")
    #expect(loaded == set)
  }

  @Test("an error names an option as the user wrote it")
  func optionName() {
    var configuration = Configuration()
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.set("detect.score", to: "2", namedAs: "--score")
    }
    #expect(error?.description == "--score: '2' is not accepted; give a number from 0 to 1")
  }

  @Test("lists are written in brackets, with commas, or as one value")
  func lists() throws {
    var configuration = Configuration()
    try configuration.apply(setting: "tracks=[a.jsonl, b.csv]")
    #expect(configuration.tracks == ["a.jsonl", "b.csv"])
    try configuration.apply(setting: "tracks=c.txt")
    #expect(configuration.tracks == ["c.txt"])
    try configuration.apply(setting: "output=[a.mp4, rtsp://server/b]")
    #expect(configuration.outputs == ["a.mp4", "rtsp://server/b"])
    try configuration.apply(setting: "tracks=[]")
    #expect(configuration.tracks.isEmpty)
    try configuration.apply(setting: "draw=[ids, landmarks]")
    #expect(configuration.draw == [.ids, .landmarks])
    try configuration.apply(setting: "draw=none")
    #expect(configuration.draw == [.none])
    try configuration.load(yaml: "draw: boxes,ids", file: "test.yaml")
    #expect(configuration.draw == [.boxes, .ids])
  }

  @Test("lists that make no sense are refused", arguments: ["[]", "none,boxes", "boxes,,ids"])
  func senselessDrawing(text: String) {
    var configuration = Configuration()
    #expect(throws: ConfigurationError.self) { try configuration.apply(setting: "draw=\(text)") }
  }

  @Test("a setting is taken literally: no quotes, comments or further equals signs matter")
  func literalSettings() throws {
    var configuration = Configuration()
    try configuration.apply(setting: "input=a b#c=\"d\": e.mp4")
    #expect(configuration.input == "a b#c=\"d\": e.mp4")
    try configuration.apply(setting: "output=[1].mp4")
    #expect(configuration.outputs == ["[1].mp4"])
    try configuration.apply(setting: "tracks=[1].jsonl")
    #expect(configuration.tracks == ["[1].jsonl"])
  }

  @Test(
    "bit rates come in three spellings",
    arguments: [
      ("4000000", 4_000_000), ("4000k", 4_000_000), ("4000K", 4_000_000), ("4M", 4_000_000),
    ])
  func bitRates(text: String, bits: Int) throws {
    var configuration = Configuration()
    try configuration.apply(setting: "encode.bitrate=\(text)")
    #expect(configuration.encode.bitrate == bits)
  }

  @Test(
    "lengths of a recording's files come in four spellings",
    arguments: [("90", 90), ("30s", 30), ("1.5m", 90), ("24h", 86_400)] as [(String, Double)])
  func segments(text: String, seconds: Double) throws {
    var configuration = Configuration()
    try configuration.apply(setting: "segment=\(text)")
    #expect(configuration.segment == seconds)
  }

  @Test("an empty file, empty sections and keys without a value keep the defaults")
  func emptyParts() throws {
    for text in ["", "# nothing\n", "detect:\n", "threads:\ndetect:\n  model: ~\ntrack: {}\n"] {
      var configuration = Configuration()
      try configuration.load(yaml: text, file: "test.yaml")
      #expect(configuration == Configuration())
    }
  }
}

@Suite("Configuration errors")
struct ConfigurationErrorTests {
  /// The sentence for a pipeline file of this text.
  private func sentence(for yaml: String) -> String? {
    var configuration = Configuration()
    return #expect(throws: ConfigurationError.self) {
      try configuration.load(yaml: yaml, file: "my.yaml")
    }?.description
  }

  @Test("an unknown key comes with the accepted names of its place")
  func unknownKey() {
    #expect(
      sentence(for: "detecct:\n  score: 0.5\n")
        == "unknown key 'detecct' (accepted here: input, inputs, name, input-format, output, format, segment, tracks, "
        + "tracks-from, overwrite, draw, focal, threads, max-pixels, detect, track, pose, redact, crops, live, encode, "
        + "buffer, http, http-token)"
    )
    #expect(
      sentence(for: "track:\n  iuo: 0.5\n")
        == "unknown key 'track.iuo' (accepted here: iou, low-score, min-hits, lost-for, lookahead, min-track, smoothing, camera-motion, reset-on-reconnect)"
    )
  }

  @Test("an unknown key of --set comes with the accepted names of its place")
  func unknownSetting() {
    var configuration = Configuration()
    for (setting, sentence) in [
      (
        "buffer.size=3", "unknown key 'buffer.size' (accepted here: capacity, when-full)"
      ),
      (
        "score=3",
        "unknown key 'score' (accepted here: input, name, input-format, output, format, segment, tracks, "
          + "tracks-from, overwrite, draw, focal, threads, max-pixels, detect, track, pose, redact, crops, live, encode, "
          + "buffer, http, http-token)"
      ),
      ("detect.score", "--set detect.score: write it as key.path=value"),
      ("=3", "--set =3: write it as key.path=value"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try configuration.apply(setting: setting)
      }
      #expect(error?.description == sentence)
    }
  }

  @Test("a wrong type is named with what was found and what is accepted")
  func wrongTypes() {
    #expect(
      sentence(for: "threads: many\n")
        == "threads: 'many' is not accepted; give a whole number from 1 to 1024")
    #expect(
      sentence(for: "detect:\n  score: [0.5]\n")
        == "detect.score: a list is not accepted; give a number from 0 to 1")
    #expect(
      sentence(for: "input:\n  file: a.mp4\n")
        == "input: a section is not accepted; give a path, a URL, a device, - or lavfi:GRAPH")
    #expect(
      sentence(for: "tracks: [a.jsonl, [b.csv]]\n")
        == "tracks: a list is not accepted; give a list of files ending in .jsonl, .csv or .txt")
    #expect(
      sentence(for: "overwrite: 1\n") == "overwrite: '1' is not accepted; give true or false")
  }

  @Test("a value out of range is named with the range")
  func outOfRange() {
    #expect(
      sentence(for: "buffer:\n  capacity: 0\n")
        == "buffer.capacity: '0' is not accepted; give a whole number from 1 to 1000")
  }

  @Test("a section given a value comes with the keys that belong there")
  func scalarForSection() {
    #expect(
      sentence(for: "track: 0.3\n")
        == "track: '0.3' is not accepted; give a section with iou, low-score, min-hits, lost-for, lookahead, min-track, smoothing, camera-motion, reset-on-reconnect"
    )
    #expect(
      sentence(for: "buffer: [8]\n")
        == "buffer: a list is not accepted; give a section with capacity, when-full")
  }

  @Test("broken YAML is named with its line")
  func brokenYAML() {
    #expect(
      sentence(for: "input: a.mp4\noutput: b.mp4\ndetect: {size: 640\n")
        == "'my.yaml' is no valid YAML: did not find expected ',' or '}' in line 4")
    #expect(
      sentence(for: "input: a.mp4\n\tthreads: 3\n")
        == "'my.yaml' is no valid YAML: found a tab character that violates indentation in line 2")
  }

  @Test("a key that stands there twice is refused")
  func duplicateKey() {
    #expect(
      sentence(for: "threads: 1\ninput: a.mp4\nthreads: 2\n")
        == "'my.yaml' is no valid YAML: key 'threads' stands there twice")
    #expect(
      sentence(for: "detect:\n  nms: 0.4\n  nms: 0.5\n")
        == "'my.yaml' is no valid YAML: key 'nms' stands there twice")
  }

  @Test(
    "a file that holds no mapping is refused", arguments: ["- a\n- b\n", "just words\n", "3\n"])
  func noMapping(text: String) {
    #expect(
      sentence(for: text)
        == "'my.yaml' is no valid YAML: the top level is no mapping of keys to values")
  }

  @Test("a second document is refused")
  func secondDocument() {
    #expect(
      sentence(for: "threads: 1\n---\nthreads: 2\n")
        == "'my.yaml' is no valid YAML: expected a single document in the stream, but found another "
        + "document in line 2")
  }

  @Test("a file that is not there, is a directory or is no text is named with the reason")
  func unreadableFile() throws {
    let folder = try TemporaryFolder()
    func sentence(_ path: String) -> String? {
      #expect(throws: ConfigurationError.self) { try PipelineFile(file: path) }?.description
    }
    let missing = folder.path("missing.yaml")
    #expect(sentence(missing) == "cannot read '\(missing)': no such file")
    #expect(sentence(folder.url.path) == "cannot read '\(folder.url.path)': not readable text")
    let binary = folder.path("binary.yaml")
    try Data([0xFF, 0xFE, 0xFD, 0x00, 0x80]).write(to: URL(filePath: binary))
    #expect(sentence(binary) == "cannot read '\(binary)': not readable text")
  }
}
