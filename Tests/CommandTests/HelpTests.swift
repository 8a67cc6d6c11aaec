import TestSupport
import Testing

@Suite("Help")
struct HelpTests {
  @Test(
    "every subcommand explains itself with examples",
    arguments: [
      "annotate", "tracks", "redact", "render", "crops", "run", "probe", "bench", "evaluate",
      "model",
    ])
  func examples(command: String) throws {
    let result = try facestream([command, "--help"])
    #expect(result.status == 0)
    #expect(result.text.contains("facestream \(command)"))
    #expect(result.text.contains("Examples:"))
  }

  @Test("an unknown option is one sentence and status 2")
  func unknownOption() throws {
    let result = try facestream(["annotate", "a.mp4", "-o", "b.mp4", "--nonsense"])
    #expect(result.status == 2)
    #expect(
      result.standardError
        == "facestream: error: Unknown option '--nonsense' (see facestream --help)\n")
  }
}
