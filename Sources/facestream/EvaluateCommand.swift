import ArgumentParser

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures accuracy against public ground truth.",
    subcommands: [EvaluateTracksCommand.self])
}
