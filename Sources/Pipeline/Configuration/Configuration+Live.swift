package import Media

extension Configuration {
  /// How inputs are read that come over the network, from cameras above all.
  package struct Live: Sendable, Equatable {
    /// Whether the input counts as live; auto decides by where it comes from.
    package var input = Choice.auto
    /// Seconds an answer, or the next picture, may take.
    package var timeout = 10.0
    package var rtspTransport = RTSPTransport.auto
    /// Whether a connection that was lost is made anew; auto is on for live inputs.
    package var reconnect = Choice.auto
    /// The longest delay between two attempts in seconds; the first is half a second at most.
    package var reconnectDelay = 30.0
    /// Attempts in a row; `nil` tries for ever.
    package var reconnectAttempts: Int?
    /// The run ends when more parts of the input than this were damaged; `nil` goes on.
    package var maximumErrors: Int?
    /// Whether an input that is not there at the start is waited for.
    package var waits = false
    /// Whether the input turned out to be live; `nil` before it is open.
    var isInput: Bool?

    /// What these settings are for whoever opens the input.
    package var network: NetworkOptions {
      var options = NetworkOptions()
      options.timeoutSeconds = timeout
      options.rtspTransport = rtspTransport
      return options
    }
  }

  /// Whether the input is live, as far as that is known.
  var readsLive: Bool { live.isInput ?? live.input.isOn ?? Demuxer.isAlwaysLive(input ?? "-") }
}
