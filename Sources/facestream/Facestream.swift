import ArgumentParser

@main
struct Facestream: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "facestream")
}
