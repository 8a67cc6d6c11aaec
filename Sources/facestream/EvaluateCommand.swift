import ArgumentParser

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures accuracy against public ground truth.",
    discussion: """
      Examples:
        facestream evaluate wider --images WIDER_val/images --ground-truth eval_tools/ground_truth
        facestream evaluate tracks --ground-truth gt.txt faces.txt
      """,
    subcommands: [EvaluateWiderCommand.self, EvaluateTracksCommand.self])
}
