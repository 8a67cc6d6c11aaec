import Testing

@testable import Pipeline

@Suite("Addresses to listen on")
struct ListenAddressTests {
  @Test(
    "an address is an IP address with a port, or a port alone",
    arguments: [
      ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("localhost:80", "127.0.0.1", 80, true),
      (":8080", "127.0.0.1", 8080, true), ("8080", "127.0.0.1", 8080, true),
      ("127.9.9.9:0", "127.9.9.9", 0, true), ("[::1]:65535", "::1", 65535, true),
      ("[0:0:0:0:0:0:0:1]:1", "0:0:0:0:0:0:0:1", 1, true),
      ("0.0.0.0:8080", "0.0.0.0", 8080, false), ("[::]:8080", "::", 8080, false),
      ("192.168.1.7:8080", "192.168.1.7", 8080, false),
      ("[fe80::1]:8080", "fe80::1", 8080, false),
    ])
  func accepted(text: String, host: String, port: Int, isLoopback: Bool) {
    let address = ListenAddress(text)
    #expect(address == ListenAddress(host: host, port: port))
    #expect(address?.isLoopback == isLoopback)
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", ":", "camera", "camera:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "65536", "-1",
      "+80", "127.0.0.1:8O80", "::1:8080", "[::1]", "[127.0.0.1]:80", "127.1:80", "1.2.3.4.5:80",
      "http://127.0.0.1:80", "127.0.0.1:80/", "[]:80", "٨٠",
    ])
  func refused(text: String) { #expect(ListenAddress(text) == nil) }

  @Test("an address is written as in a URL")
  func description() {
    #expect(ListenAddress(host: "127.0.0.1", port: 80).description == "127.0.0.1:80")
    #expect(ListenAddress(host: "::1", port: 80).description == "[::1]:80")
  }

  @Test("what other machines can reach needs a token")
  func token() throws {
    var configuration = Configuration()
    try configuration.checkServing()
    try configuration.apply(setting: "http=0.0.0.0:8080")
    let error = #expect(throws: ConfigurationError.self) { try configuration.checkServing() }
    #expect(
      error?.description
        == "http-token is missing: '0.0.0.0:8080' can be reached from other machines; give a token that "
        + "clients must present (--http-token or FACESTREAM_HTTP_TOKEN), or listen on 127.0.0.1")
    try configuration.apply(setting: "http-token=sesame")
    try configuration.checkServing()
    configuration.serving.token = nil
    try configuration.apply(setting: "http=[::1]:8080")
    try configuration.checkServing()
  }

  @Test("a token without an address is refused")
  func tokenAlone() throws {
    var configuration = Configuration()
    try configuration.apply(setting: "http-token=sesame")
    let error = #expect(throws: ConfigurationError.self) { try configuration.checkServing() }
    #expect(
      error?.description
        == "http is missing: a token (http-token) is of use only with an address to serve a page at, such "
        + "as 127.0.0.1:8080")
  }
}
