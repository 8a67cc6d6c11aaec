import ArgumentParser

/// Watching a run from a browser or a monitoring system.
struct ServingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve a page with the live picture, streams and metrics; port 0 takes a free one.",
      valueName: "address:port"))
  var http: String?

  @Option(
    help: ArgumentHelp(
      "What clients must present; needed where other machines can connect. FACESTREAM_HTTP_TOKEN in the "
        + "environment does the same, and is not seen in lists of processes.",
      valueName: "token"))
  var httpToken: String?

  /// Checks that something is to come of a run, be it only a page.
  ///
  /// - Parameter name: What the help calls the output.
  /// - Throws: `ValidationError`.
  func checkOutput(_ output: [String], named name: String) throws {
    if output.isEmpty, http == nil {
      throw ValidationError("Missing expected argument '--output <\(name)>'")
    }
  }

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--http", key: "http", value: http),
      KeyedOption(name: "--http-token", key: "http-token", value: httpToken),
    ]
  }
}
