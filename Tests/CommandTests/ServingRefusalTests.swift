import Foundation
import TestSupport
import Testing

@Suite("Refused runs with a page", .timeLimit(.minutes(5)))
struct ServingRefusalTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.make(
      "in.mp4", "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=0.2", "-c:v", "libx264")
    try place.write("precious", "there.mp4")
    try place.write("no tracks\n", "faces.jsonl")
    try place.write(
      "http: 127.0.0.1:0\ninputs:\n  - {name: a, input: in.mp4, output: a.mp4}\n"
        + "  - {name: b, input: in.mp4, output: there.mp4}\n", "cameras.yaml")
  }

  @Test(
    "a run that is refused announces no page",
    arguments: [
      (
        ["annotate", "in.mp4", "-o", "out.mp4", "--codec", "nosuch"],
        "the installed FFmpeg has no video encoder 'nosuch'"
      ),
      (
        ["annotate", "in.mp4", "-o", "there.mp4"],
        "'there.mp4' exists already (use --overwrite to replace it)"
      ),
      (
        ["tracks", "in.mp4", "-o", "out.jsonl", "--max-faces", "3", "-o", "out.jsonl"],
        "the track file 'out.jsonl' and the track file 'out.jsonl' are the same file"
      ),
      (
        ["annotate", ".", "-o", "out"],
        "http: a folder of pictures is not accepted; give a video, a stream or a camera to be watched"
      ),
    ])
  func silent(arguments: [String], sentence: String) throws {
    let result = try facestream(arguments + ["--http", "127.0.0.1:0"], in: place.folder.url)
    #expect(result.status == 2)
    #expect(result.standardError == errorLine(sentence))
    #expect(!place.exists("out.mp4"))
  }

  @Test("tracks and weights that cannot be used are found before a page is announced")
  func faces() throws {
    try place.write(
      "input: in.mp4\ntracks-from: faces.jsonl\noutput: out.mp4\nhttp: 127.0.0.1:0\n", "render.yaml"
    )
    let render = try place.run("run", "render.yaml")
    #expect(render.status == 2)
    #expect(
      render.standardError
        == errorLine("cannot read tracks from 'faces.jsonl': line 1 is no JSON object"))
    try place.write("no weights", "my.safetensors")
    let result = try place.run(
      "annotate", "in.mp4", "--model", "my.safetensors", "--http", "127.0.0.1:0")
    #expect(result.status == 2)
    #expect(!result.standardError.contains("watch at"))
    #expect(result.standardError.contains("my.safetensors"))
  }

  @Test("tracks from a pipe are read once, by the run itself")
  func pipe() throws {
    #expect(try place.run("tracks", "in.mp4", "-o", "good.jsonl", "--size", "64").status == 0)
    try place.write(
      "input: in.mp4\ntracks-from: pipe\noutput: out.mkv\nhttp: 127.0.0.1:0\n", "render.yaml")
    let result = try place.shell(
      "mkfifo pipe && { cat good.jsonl >pipe & timeout -s KILL 120 $facestream run render.yaml; }")
    #expect(result.status == 0, "\(result.standardError)")
    #expect(try place.frameCount("out.mkv") == 5)
  }

  @Test("a run of several inputs that is refused announces no page")
  func cameras() throws {
    let result = try place.run("run", "cameras.yaml")
    #expect(result.status == 2)
    #expect(
      result.standardError
        == errorLine("'there.mp4' exists already (use --overwrite to replace it)"))
  }

  @Test("a token without an address is refused, but not that of the environment")
  func tokenAlone() throws {
    let sentence =
      "http is missing: a token (http-token) is of use only with an address to serve a page at, such as "
      + "127.0.0.1:8080"
    let option = try place.run(
      "tracks", "in.mp4", "-o", "out.jsonl", "--size", "64", "--http-token", "sesame")
    #expect(option.status == 2)
    #expect(option.standardError == errorLine(sentence))
    try place.write("input: in.mp4\ntracks: out.jsonl\nhttp-token: sesame\n", "token.yaml")
    let key = try place.run("run", "token.yaml")
    #expect(key.status == 2)
    #expect(key.standardError == errorLine(sentence))
    #expect(!place.exists("out.jsonl"))
    let environment = try place.shell(
      "FACESTREAM_HTTP_TOKEN=sesame $facestream tracks in.mp4 -o out.jsonl --size 64 --quiet")
    #expect(environment.status == 0)
    #expect(environment.standardError == "")
  }
}
