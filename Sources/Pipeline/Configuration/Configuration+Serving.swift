extension Configuration {
  /// The page and the figures of a run, for browsers and monitoring.
  package struct Serving: Sendable, Equatable {
    /// Where to listen for HTTP; `nil` does not.
    package var address: ListenAddress?
    /// What clients have to present; `nil` asks for nothing.
    package var token: String?
  }

  /// Checks that nobody from outside can watch without a token, and that a token is of use.
  ///
  /// - Throws: `missing`.
  package func checkServing() throws(ConfigurationError) {
    guard let address = serving.address else {
      guard serving.token != nil else { return }
      throw .missing(
        key: "http",
        hint: "a token (http-token) is of use only with an address to serve a page at, such as "
          + "127.0.0.1:8080")
    }
    guard !address.isLoopback, serving.token == nil else { return }
    throw .missing(
      key: "http-token",
      hint:
        "'\(address)' can be reached from other machines; give a token that clients must present "
        + "(--http-token or FACESTREAM_HTTP_TOKEN), or listen on 127.0.0.1")
  }
}
