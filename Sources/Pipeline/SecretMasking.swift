/// A URL with its password, and what a query holds of the kind, replaced by stars; other texts as they are.
package func withoutPassword(_ url: String) -> String {
  guard let scheme = url.firstRange(of: "://") else { return url }
  var result = url
  if let query = url[scheme.upperBound...].firstIndex(of: "?") {
    let masked = maskedQuery(url[url.index(after: query)...])
    result = String(url[...query]) + masked
  }
  guard let password = passwordRange(of: result) else { return result }
  return result.replacingCharacters(in: password)
}

/// A text in which every URL stands without its password.
///
/// - Parameter names: Names that occur in it as they are, whatever characters they have.
package func withoutPasswords(_ text: String, of names: [String] = []) -> String {
  let known = names.reduce(text) { $0.replacing($1, with: withoutPassword($1)) }
  var result = ""
  var rest = known[...]
  while let colon = rest.firstRange(of: "://") {
    // An URL in a sentence ends where no URL goes on.
    let end = rest[colon.upperBound...].firstIndex { $0.isWhitespace || "'\"<>)".contains($0) }
    let urlEnd = end ?? rest.endIndex
    result += withoutPassword(String(rest[..<urlEnd]))
    rest = rest[urlEnd...]
  }
  return result + rest
}

/// Names of query parameters that hold a secret, in small letters and without `-` and `_`.
private let secretNames: Set<String> = [
  "password", "passwd", "pass", "pwd", "pw", "token", "accesstoken", "authtoken", "auth",
  "apikey", "key", "secret", "signature", "sig", "streamkey", "passphrase", "sessionid", "jwt",
]

private func maskedQuery(_ query: Substring) -> String {
  var result = ""
  var rest = query
  while !rest.isEmpty {
    let end = rest.firstIndex { "&;#".contains($0) } ?? rest.endIndex
    let pair = rest[..<end]
    if let equals = pair.firstIndex(of: "="),
      secretNames.contains(pair[..<equals].lowercased().filter { $0 != "-" && $0 != "_" })
    {
      result += pair[...equals] + "***"
    } else {
      result += pair
    }
    guard end < rest.endIndex else { break }
    result.append(rest[end])
    rest = rest[rest.index(after: end)...]
  }
  return result
}

/// Where the password of a URL stands.
private func passwordRange(of url: String) -> Range<String.Index>? {
  guard let scheme = url.firstRange(of: "://") else { return nil }
  let rest = url[scheme.upperBound...]
  let authority = rest.prefix { !"/?#".contains($0) }
  if let at = authority.lastIndex(of: "@") {
    guard let colon = authority[..<at].firstIndex(of: ":") else { return nil }
    return url.index(after: colon)..<at
  }
  // What stands where a port should be but is none: a password with a slash or the like in it, which no
  // URL may have, but which is not to be shown for that.
  guard let colon = authority.firstIndex(of: ":"), let at = rest.lastIndex(of: "@") else {
    return nil
  }
  let port = authority[authority.index(after: colon)...]
  guard !port.allSatisfy(\.isNumber), authority.first != "[" else { return nil }
  return url.index(after: colon)..<at
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>) -> String {
    String(self[..<range.lowerBound]) + "***" + self[range.upperBound...]
  }
}
