import Foundation
import HTTPTypes
import Hummingbird

/// The page for people: one file without anything from elsewhere.
struct Page: Sendable {
  private let parts: [Substring]

  /// The package manager's name for this module's resources.
  static let bundleName = "facestream_Serving.resources"
  private static let file = "page.html"
  /// Stands in the file where scripts and styles need the answer's own word.
  private static let placeholder = "{nonce}"

  /// Reads the page from where the program's resources lie.
  ///
  /// `Bundle.module` ends the process where its folder is missing, so it is looked for here: beside the
  /// executable, where the package manager puts it, and where an installation would.
  ///
  /// - Throws: `missingPage`.
  init() throws(ServingError) {
    let executable =
      Bundle.main.executableURL ?? Bundle.main.bundleURL.appending(path: "facestream")
    let beside = executable.resolvingSymlinksInPath().deletingLastPathComponent()
    let folders = [
      beside, Bundle.main.bundleURL,
      beside.deletingLastPathComponent().appending(path: "share/facestream"),
    ].map { $0.appending(path: Self.bundleName) }
    for folder in folders {
      let path = folder.appending(path: Self.file).path
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
      parts = text.split(separator: Self.placeholder, omittingEmptySubsequences: false)
      return
    }
    throw .missingPage(searched: folders.map(\.path))
  }

  /// The page, which may run and show nothing but itself (Content Security Policy, level 3).
  func response() -> Response {
    let nonce = Self.nonce()
    var response = Response.text(
      parts.joined(separator: nonce), type: "text/html; charset=utf-8")
    response.headers[.contentSecurityPolicy] =
      "default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'nonce-\(nonce)'; "
      + "script-src 'nonce-\(nonce)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return response
  }

  /// 128 random bits that no other answer has.
  private static func nonce() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return Data(bytes).base64EncodedString()
  }
}
