import ArgumentParser

/// Reaching an input in the network.
struct NetworkAccessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long an answer, or the next picture, may take. (default: 10)", valueName: "seconds"))
  var timeout: String?

  @Option(
    help: ArgumentHelp(
      "How RTSP streams travel: tcp, udp, or auto (tcp unless the server refuses). (default: auto)",
      valueName: "name"))
  var rtspTransport: String?

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--timeout", key: "live.timeout", value: timeout),
      KeyedOption(name: "--rtsp-transport", key: "live.rtsp-transport", value: rtspTransport),
    ]
  }
}

/// Reading from cameras and from the network.
struct LiveOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Treat the input as live, where the newest frame wins, or read it without loss: on, off, or auto "
        + "(cameras and streams; not - and paths). (default: auto)",
      valueName: "choice"))
  var live: String?

  @OptionGroup var network: NetworkAccessOptions

  @Option(
    help: ArgumentHelp(
      "Connect anew when a stream breaks off or ends: on, off, or auto (live inputs). (default: auto)",
      valueName: "choice"))
  var reconnect: String?

  @Option(
    help: ArgumentHelp(
      "Longest delay between two attempts; the first is half a second. (default: 30)",
      valueName: "seconds"))
  var reconnectDelay: String?

  @Option(
    help: ArgumentHelp(
      "Give up after so many attempts in a row. (default: never)", valueName: "n"))
  var reconnectAttempts: String?

  @Flag(help: "Forget all faces when a stream was connected anew.")
  var resetOnReconnect = false

  @Option(
    help: ArgumentHelp(
      "End with an error when more parts of the input were damaged. (default: go on)",
      valueName: "n"))
  var maxErrors: String?

  @Flag(help: "Wait for a camera or stream that is not there yet.")
  var wait = false

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--live", key: "live.input", value: live)
    ] + network.keyed + [
      KeyedOption(name: "--reconnect", key: "live.reconnect", value: reconnect),
      KeyedOption(name: "--reconnect-delay", key: "live.reconnect-delay", value: reconnectDelay),
      KeyedOption(
        name: "--reconnect-attempts", key: "live.reconnect-attempts", value: reconnectAttempts),
      KeyedOption(
        name: "--reset-on-reconnect", key: "track.reset-on-reconnect",
        value: resetOnReconnect ? "true" : nil),
      KeyedOption(name: "--max-errors", key: "live.max-errors", value: maxErrors),
      KeyedOption(name: "--wait", key: "live.wait", value: wait ? "true" : nil),
    ]
  }
}
