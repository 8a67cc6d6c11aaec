/// A URL with its password, and what it holds of the kind in its path and query, replaced by stars; other
/// texts as they are.
package func withoutPassword(_ url: String) -> String {
  guard url.contains("://") else { return url }
  var result = url
  // The password first: what it holds is neither path nor query.
  if let password = passwordRange(of: result) { result = result.replacingCharacters(in: password) }
  if let key = streamKeyRange(of: result) { result = result.replacingCharacters(in: key) }
  guard let scheme = result.firstRange(of: "://"),
    let path = result[scheme.upperBound...].firstIndex(where: { "/?#".contains($0) })
  else { return result }
  let query = result[path...].firstIndex(of: "?") ?? result.endIndex
  return String(result[..<path]) + maskedPairs(result[path..<query], isPath: true)
    + result[query...].prefix(1) + maskedPairs(result[query...].dropFirst(), isPath: false)
}

/// The scheme of a URL in small letters, whatever stands before it.
private func schemeName(of url: String) -> String {
  let before = url.firstRange(of: "://").map { url[..<$0.lowerBound] } ?? ""
  let count = before.reversed().prefix { $0.isLetter || $0.isNumber || "+-.".contains($0) }.count
  return before.suffix(count).lowercased()
}

/// Where the stream key of an RTMP URL stands: behind the application, `rtmp://host/app/key`. Who knows it
/// can publish.
private func streamKeyRange(of url: String) -> Range<String.Index>? {
  guard schemeName(of: url).hasPrefix("rtmp"), let scheme = url.firstRange(of: "://") else {
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

/// What the names of parameters that hold a secret have in them, in small letters and without `-` and `_`:
/// `loginpas`, `X-Amz-Signature`, `streamkey`, `wowzatokenhash`.
private let secretWords = [
  "pas", "pwd", "psw", "token", "auth", "key", "secret", "sig", "session", "jwt", "credential",
  "hdn",
  "hmac", "streamid",
]

private func isSecret(_ name: Substring) -> Bool {
  let letters = name.lowercased().filter { $0 != "-" && $0 != "_" }
  return letters == "pw" || secretWords.contains { letters.contains($0) }
}

/// A path or query whose secrets are masked, pair by pair.
private func maskedPairs(_ text: Substring, isPath: Bool) -> String {
  var result = ""
  var rest = text
  while !rest.isEmpty {
    let end = rest.firstIndex { "&;#".contains($0) || isPath && $0 == "/" } ?? rest.endIndex
    result += maskedPair(rest[..<end], isPath: isPath)
    guard end < rest.endIndex else { break }
    result.append(rest[end])
    rest = rest[rest.index(after: end)...]
  }
  return result
}

/// `name=value`, masked where that holds a secret. Paths of cameras join several by underscores:
/// `user=me_password=secret_channel=1`.
private func maskedPair(_ pair: Substring, isPath: Bool) -> String {
  let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
  var result = ""
  var isHidden = false
  for (part, value) in zip(parts, parts.dropFirst()) {
    var name = part
    if isHidden {
      // A secret may itself have underscores, and end with what it is padded with.
      guard isPath, !value.isEmpty, let underscore = part.lastIndex(of: "_"),
        part[underscore...].dropFirst().contains(where: \.isLetter)
      else { continue }
      name = part[underscore...]
    }
    isHidden = isSecret(name)
    result += name + "=" + (isHidden ? "***" : "")
  }
  return isHidden ? result : result + (parts.last ?? "")
}

/// Where the password of a URL stands.
private func passwordRange(of url: String) -> Range<String.Index>? {
  guard let separator = url.firstRange(of: "://") else { return nil }
  let rest = url[separator.upperBound...]
  let authority = rest.prefix { !"/?#".contains($0) }
  let beforeQuery = rest.prefix { $0 != "?" }
  // Passwords of cameras have slashes more often than their paths have an "@".
  let scheme = schemeName(of: url)
  let isCamera = ["rtsp", "rtmp", "srt"].contains { scheme.hasPrefix($0) }
  // What an "?" or "#" without a path cuts off is rather the rest of a password than a query.
  let isCut = rest[authority.endIndex...].first.map { "?#".contains($0) } ?? false
  let mayBeCut = isCamera && isCut && scheme != "srt" && authority.contains("@")
  let user =
    mayBeCut ? rest : isCamera && authority.first != "[" ? beforeQuery : authority
  if let at = user.lastIndex(of: "@") {
    guard let colon = user[..<at].firstIndex(of: ":") else { return nil }
    return url.index(after: colon)..<at
  }
  // What stands where a port should be but is none: a password with a slash or the like in it, which no
  // URL may have, but which is not to be shown for that.
  guard let colon = authority.firstIndex(of: ":"),
    let at = beforeQuery.lastIndex(of: "@") ?? rest.lastIndex(of: "@")
  else { return nil }
  let port = authority[authority.index(after: colon)...]
  guard !port.allSatisfy(\.isNumber), authority.first != "[" else { return nil }
  return url.index(after: colon)..<at
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>) -> String {
    String(self[..<range.lowerBound]) + "***" + self[range.upperBound...]
  }
}
