import Foundation
import Media
import TestSupport
import Testing

@testable import Pipeline

@Suite("Pipeline files with a list of inputs")
struct InputListTests {
  private func cameras(
    _ yaml: String, settings: [String] = [], input: String? = nil
  ) throws -> [Configuration] {
    try PipelineFile(yaml: yaml, file: "my.yaml", settings: settings, input: input).cameras
  }

  private func sentence(
    for yaml: String, settings: [String] = [], input: String? = nil
  ) -> String? {
    #expect(throws: ConfigurationError.self) {
      try cameras(yaml, settings: settings, input: input)
    }?.description
  }

  @Test("an entry is a URL, or a section whose keys replace the file's")
  func entries() throws {
    let found = try cameras(
      """
      output: "{name}.mkv"
      tracks: ["records/{name}.jsonl", "{name}.csv"]
      threads: 3
      draw: [boxes]
      detect: {score: 0.6, size: 320}
      track: {lost-for: 2}
      encode: {encoder-threads: 1}
      inputs:
        - rtsp://door/stream
        - name: yard
          input: rtsp://yard/stream
          output: other.mp4
          tracks: []
          draw: none
          detect: {score: 0.7}
          track: {lost-for: 5}
        - {input: /dev/video0, overwrite: true}
      """)
    var common = Configuration()
    common.threads = 3
    common.draw = [.boxes]
    common.detect.score = 0.6
    common.detect.size = .longSide(320)
    common.track.lostFor = 2
    common.encode.threads = 1
    var (door, yard, device) = (common, common, common)
    door.name = "camera1"
    door.input = "rtsp://door/stream"
    door.outputs = ["camera1.mkv"]
    door.tracks = ["records/camera1.jsonl", "camera1.csv"]
    yard.name = "yard"
    yard.input = "rtsp://yard/stream"
    yard.outputs = ["other.mp4"]
    yard.draw = [.none]
    yard.detect.score = 0.7
    yard.track.lostFor = 5
    device.name = "camera3"
    device.input = "/dev/video0"
    device.outputs = ["camera3.mkv"]
    device.tracks = ["records/camera3.jsonl", "camera3.csv"]
    device.overwrite = true
    #expect(found == [door, yard, device])
  }

  @Test("a file without a list is one input, called camera unless it has a name")
  func oneInput() throws {
    let unnamed = try cameras("input: talk.mp4\noutput: '{name}.mp4'\n")
    #expect(unnamed.map(\.name) == ["camera"])
    #expect(unnamed.map(\.outputs) == [["camera.mp4"]])
    let named = try cameras("input: talk.mp4\noutput: '{name}.mp4'\nname: talk\ninputs:\n")
    #expect(named.map(\.outputs) == [["talk.mp4"]])
    let replaced = try cameras("input: talk.mp4", settings: ["input=b.mp4"], input: "c.mp4")
    #expect(replaced.map(\.input) == ["c.mp4"])
  }

  @Test("the name goes into every path that is written or read back")
  func placeholder() throws {
    let found = try cameras(
      """
      tracks-from: "{name}.jsonl"
      redact: {report: "{name}-{name}.jsonl"}
      crops: {folder: "crops/{name}"}
      output: "{nmae}.mp4"
      inputs: ["{name}.mp4"]
      """)
    #expect(found.map(\.tracksFrom) == ["camera1.jsonl"])
    #expect(found.map(\.redact.report) == ["camera1-camera1.jsonl"])
    #expect(found.map(\.crops.folder) == ["crops/camera1"])
    #expect(found.map(\.outputs) == [["{nmae}.mp4"]])
    #expect(found.map(\.input) == ["{name}.mp4"])
  }

  @Test("settings are for all inputs, or for the one they name; an entry stays ahead of the former")
  func settings() throws {
    let yaml = "detect: {score: 0.6}\ninputs: [a.mp4, {input: b.mp4, detect: {score: 0.7}}]\n"
    let found = try cameras(
      yaml,
      settings: [
        "detect.score=0.4", "inputs[0].output=a=b.mkv", "inputs[1].name=yard",
        "inputs[1].tracks=[x.csv, '{name}.csv']", "inputs[1].input=c.mp4",
      ])
    #expect(found.map(\.detect.score) == [0.4, 0.7])
    #expect(found.map(\.outputs) == [["a=b.mkv"], []])
    #expect(found.map(\.name) == ["camera1", "yard"])
    #expect(found.map(\.tracks) == [[], ["x.csv", "yard.csv"]])
    #expect(found.map(\.input) == ["a.mp4", "c.mp4"])
    let entryFirst = try cameras(
      yaml, settings: ["inputs[1].detect.score=0.1", "detect.score=0.2"])
    #expect(entryFirst.map(\.detect.score) == [0.2, 0.1])
  }

  @Test("every key that all inputs share is a key, and is refused in an entry and in its settings")
  func sharedKeys() throws {
    let shared = ConfigurationKey.all.filter(\.isShared).map(\.path)
    #expect(shared == ["threads", "detect.model", "detect.kernels", "http", "http-token"])
    for keyCase in KeyCase.all where shared.contains(keyCase.key) {
      let parts = keyCase.key.split(separator: ".")
      let key =
        parts.count == 1
        ? "\(keyCase.key): \(keyCase.good)" : "\(parts[0]): {\(parts[1]): \(keyCase.good)}"
      let expected =
        "inputs[1].\(keyCase.key): all inputs share one value; set \(keyCase.key) beside inputs "
        + "instead"
      #expect(sentence(for: "inputs: [a.mp4, {input: b.mp4, \(key)}]") == expected)
      #expect(
        sentence(
          for: "inputs: [a.mp4, b.mp4]", settings: ["inputs[1].\(keyCase.key)=\(keyCase.good)"])
          == expected)
    }
  }

  @Test("every other key can differ from input to input", arguments: KeyCase.all)
  func ownKeys(keyCase: KeyCase) throws {
    guard ConfigurationKey.named(keyCase.key)?.isShared == false else { return }
    let yaml = "inputs: [{input: a.mp4, name: first}, {input: b.mp4, name: second}]"
    let found = try cameras(yaml, settings: ["inputs[1].\(keyCase.key)=\(keyCase.good)"])
    #expect(found.map(keyCase.holds) == [false, true])
    #expect(
      sentence(for: yaml, settings: ["inputs[1].\(keyCase.key)=\(keyCase.bad)"])
        == "inputs[1].\(keyCase.key): '\(keyCase.bad)' is not accepted; give \(keyCase.accepted)")
  }

  private static let accepted =
    "; give a list of inputs, each a URL or a section with input and other keys"

  @Test(
    "what is no list of inputs is refused with its place",
    arguments: [
      ("inputs: rtsp://a/b", "inputs: 'rtsp://a/b' is not accepted" + accepted),
      ("inputs: {a: b.mp4}", "inputs: a section is not accepted" + accepted),
      ("inputs: []", "inputs: an empty list is not accepted" + accepted),
      (
        "inputs: [a.mp4, [b.mp4]]",
        "inputs[1]: a list is not accepted; give a URL, or a section with input and other keys"
      ),
      (
        "inputs: [a.mp4, ~]",
        "inputs[1]: an empty entry is not accepted; give a URL, or a section with input and other "
          + "keys"
      ),
      (
        "inputs: [{name: door}]",
        "inputs[0].input is missing: name a file, URL or device to read"
      ),
      (
        "inputs: [{input: a.mp4, detect: {score: high}}]",
        "inputs[0].detect.score: 'high' is not accepted; give a number from 0 to 1"
      ),
      (
        "inputs: [{input: a.mp4, buffer: 3}]",
        "inputs[0].buffer: '3' is not accepted; give a section with capacity, when-full"
      ),
      (
        "inputs: [a.mp4, {input: b.mp4, buffer: {size: 3}}]",
        "unknown key 'inputs[1].buffer.size' (accepted here: capacity, when-full)"
      ),
      (
        "input: a.mp4\ninputs: [b.mp4]",
        "input and inputs exclude each other: name one input, or list several"
      ),
      (
        "name: a\ninputs: [b.mp4]",
        "name and inputs exclude each other: name each input in its own entry"
      ),
      (
        "inputs: [{input: a.mp4, name: front door}]",
        "inputs[0].name: 'front door' is not accepted; give up to 64 letters, digits, - and _"
      ),
      (
        "inputs: [{input: a.mp4, name: yard}, b.mp4, {input: c.mp4, name: yard}]",
        "inputs[0] and inputs[2] have the same name 'yard'; give each input a name of its own"
      ),
      (
        "inputs: [{input: a.mp4, name: camera2}, b.mp4]",
        "inputs[0] and inputs[1] have the same name 'camera2'; give each input a name of its own"
      ),
    ])
  func refused(yaml: String, expected: String) {
    #expect(sentence(for: yaml) == expected)
  }

  @Test("entries do not nest, and do not know the keys that all share")
  func keysOfEntries() throws {
    let text = try #require(sentence(for: "inputs: [{input: a.mp4, inputs: [b.mp4]}]"))
    #expect(text.hasPrefix("unknown key 'inputs[0].inputs' (accepted here: input, name, "))
    #expect(!text.contains("threads,"))
    let detect = try #require(sentence(for: "inputs: [{input: a.mp4, detect: 3}]"))
    #expect(
      detect.hasPrefix(
        "inputs[0].detect: '3' is not accepted; give a section with size, score, nms, "))
    #expect(!detect.contains("model") && !detect.contains("kernels"))
    // The list itself cannot be set as a whole.
    let setting = try #require(sentence(for: "inputs: [a.mp4]", settings: ["inputs=c.mp4"]))
    #expect(setting.hasPrefix("unknown key 'inputs' (accepted here: input, name, "))
    let wrong = try #require(sentence(for: "inputs: [a.mp4]", settings: ["inputs[0].score=0.5"]))
    #expect(wrong.hasPrefix("unknown key 'inputs[0].score' (accepted here: input, name, "))
    #expect(!wrong.contains("threads,"))
  }

  @Test("settings and inputs of the command line that do not fit are refused")
  func refusedSettings() {
    let list = "inputs: [a.mp4, b.mp4]"
    for (yaml, setting, expected) in [
      (
        list, "inputs[2].output=c.mp4",
        "inputs[2]: the pipeline file lists 2 inputs, numbered from 0"
      ),
      ("input: a.mp4", "inputs[0].output=c.mp4", "inputs[0]: the pipeline file lists no inputs"),
      (list, "inputs[0]=c.mp4", "--set inputs[0]=c.mp4: write it as key.path=value"),
      (list, "inputs[x].name=c", "--set inputs[x].name=c: write it as key.path=value"),
      (list, "input=c.mp4", "input and inputs exclude each other: name one input, or list several"),
    ] {
      #expect(sentence(for: yaml, settings: [setting]) == expected)
    }
    #expect(
      sentence(for: list, input: "c.mp4")
        == "--input and inputs exclude each other: name one input, or list several")
  }
}

@Suite("Checks before a run of several inputs")
struct InputListPreflightTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sentence(for yaml: String) throws -> String? {
    let text = yaml.replacing("@", with: folder.url.path)
    let cameras = try PipelineFile(yaml: text, file: "my.yaml").cameras
    do throws(ConfigurationError) {
      try Preflight.check(cameras: cameras)
      return nil
    } catch {
      return error.description.replacing(folder.url.path, with: "@")
    }
  }

  private static let hint = "; {name} in a path stands for the input's name"

  @Test(
    "no two inputs write one file, and none writes what another reads",
    arguments: [
      (
        "{output: @/a.mkv, inputs: [x, y]}",
        "the output '@/a.mkv' of camera1 and the output '@/a.mkv' of camera2 are the same file"
          + hint
      ),
      (
        "{inputs: [{input: x, output: @/a.mkv}, {input: y, tracks: @/./a.mkv.jsonl}, "
          + "{input: z, tracks: [@/b.csv, @/a.mkv.jsonl]}]}",
        "the track file '@/./a.mkv.jsonl' of camera2 and the track file '@/a.mkv.jsonl' of camera3 are "
          + "the same file" + hint
      ),
      (
        "{inputs: [{input: @/x.mkv, output: @/a.mkv}, {input: y, output: @/x.mkv}]}",
        "the input '@/x.mkv' of camera1 and the output '@/x.mkv' of camera2 are the same file"
          + hint
      ),
      (
        "{tracks: '-', inputs: [x, y]}",
        "the track file '-' of camera1 and the track file '-' of camera2 are the same file" + hint
      ),
      (
        "{tracks: '@/{name}.csv', inputs: ['-', y, '-']}",
        "the input '-' of camera1 and the input '-' of camera3 are the same file" + hint
      ),
      (
        "{crops: {folder: @/crops}, inputs: [x, y]}",
        "the folder '@/crops' of camera1 and the folder '@/crops' of camera2 are the same file"
          + hint
      ),
      (
        "{tracks: '@/{name}.csv', redact: {style: blur, report: @/r.jsonl}, inputs: [x, y]}",
        "the report '@/r.jsonl' of camera1 and the report '@/r.jsonl' of camera2 are the same file"
          + hint
      ),
      (
        "{inputs: [{input: x, tracks: @/a.csv}, y]}",
        "inputs[1].output is missing: name an annotated video (output) or a track file (tracks)"
      ),
      (
        "{tracks: '@/{name}.csv', inputs: [x, @]}",
        "inputs[1].input: folder '@' is not accepted; give a file, URL or device"
      ),
      (
        "{output: '@/missing/{name}.mkv', inputs: [x, y]}",
        "cannot write '@/missing/camera1.mkv': folder '@/missing': No such file or directory"
      ),
    ])
  func refused(yaml: String, expected: String) throws {
    #expect(try sentence(for: yaml) == expected)
  }

  @Test(
    "whatever is wrong with an entry is said with its place",
    arguments: [
      (
        "{tracks: '@/{name}.csv', inputs: [x, {input: y, tracks: @/y.xml}]}",
        "inputs[1].tracks: cannot tell a track format from '@/y.xml': use .jsonl, .csv or .txt (MOT), "
          + "or - for JSONL on standard output"
      ),
      (
        "{tracks: '@/{name}.csv', inputs: [x, {input: y, track: {min-track: 5}}]}",
        "inputs[1].track.min-track: 5 is not accepted; give a track.lookahead of 4 or more with it, "
          + "which is 0 now"
      ),
      (
        "{output: '@/{name}.mkv', segment: 10m, inputs: [x, {input: y, output: [], tracks: @/y.csv}]}",
        "inputs[1].output is missing: segment takes a video file that it can number by time"
      ),
      (
        "{output: '@/{name}.mkv', segment: 10m, inputs: [x, {input: y, output: 'rtsp://server/s'}]}",
        "inputs[1].output: 'rtsp://server/s' is not accepted; give at least one video file, which "
          + "segment can number by time, or segment: off"
      ),
      (
        "{output: '@/{name}.mkv', inputs: [x, {input: y, tracks-from: a.jsonl, tracks: @/y.csv}]}",
        "inputs[1].tracks-from and inputs[1].tracks exclude each other: with tracks-from a video is "
          + "written, and nothing else"
      ),
      (
        "{http: 0, inputs: [x, {input: y, tracks-from: a.jsonl}]}",
        "inputs[1].output is missing: tracks-from needs a video to be written"
      ),
    ] as [(String, String)])
  func named(yaml: String, expected: String) throws {
    #expect(try sentence(for: yaml) == expected)
  }

  @Test(
    "what differs, or is only read, passes",
    arguments: [
      "{output: '@/{name}.mkv', tracks: ['@/{name}.csv', '@/{name}.txt'], inputs: [x, x, y]}",
      "{inputs: [{input: '-', tracks: @/a.csv}, {input: y, output: '-'}]}",
      "{segment: 10m, inputs: [{input: x, output: @/a.mkv}, {input: y, output: '-', segment: off}]}",
    ])
  func accepted(yaml: String) throws {
    #expect(try sentence(for: yaml) == nil)
  }
}
