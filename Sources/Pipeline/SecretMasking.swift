/// A URL with its password, and what a query holds of the kind, replaced by stars; other texts as they are.
package func withoutPassword(_ url: String) -> String {
  guard let scheme = url.firstRange(of: "://") else { return url }
  var result = url
  if let query = url[scheme.upperBound...].firstIndex(of: "?") {
    let masked = maskedQuery(url[url.index(after: query)...])
    result = String(url[...query]) + masked
  }
  if let key = streamKeyRange(of: result) { result = result.replacingCharacters(in: key) }
  guard let password = passwordRange(of: result) else { return result }
  return result.replacingCharacters(in: password)
}

/// Where the stream key of an RTMP URL stands: behind the application, `rtmp://host/app/key`. Who knows it
/// can publish.
private func streamKeyRange(of url: String) -> Range<String.Index>? {
  guard url.prefix(4).lowercased() == "rtmp", let scheme = url.firstRange(of: "://") else {
    return nil
  }
  let path = url[scheme.upperBound...].prefix { !"?#".contains($0) }
  let slashes = path.indices.filter { path[$0] == "/" }
  guard slashes.count >= 2, let last = slashes.last, path.index(after: last) < path.endIndex else {
    return nil
  }
  return path.index(after: last)..<path.endIndex
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

/// What the names of query parameters that hold a secret have in them, in small letters and without `-`
/// and `_`: `X-Amz-Signature`, `streamkey`, `wowzatokenhash`.
private let secretWords = [
  "pass", "pwd", "token", "auth", "key", "secret", "sig", "session", "jwt", "credential", "hdn",
  "streamid",
]

private func isSecret(_ name: Substring) -> Bool {
  let letters = name.lowercased().filter { $0 != "-" && $0 != "_" }
  return letters == "pw" || secretWords.contains { letters.contains($0) }
}

private func maskedQuery(_ query: Substring) -> String {
  var result = ""
  var rest = query
  while !rest.isEmpty {
    let end = rest.firstIndex { "&;#".contains($0) } ?? rest.endIndex
    let pair = rest[..<end]
    if let equals = pair.firstIndex(of: "="),
      isSecret(pair[..<equals])
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
