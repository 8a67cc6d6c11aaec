package import Pipeline

/// Why nothing can be served.
package enum ServingError: Error, Equatable, CustomStringConvertible {
  case cannotListen(address: ListenAddress, reason: String)
  /// The file of the page is not where it was installed.
  case missingPage(searched: [String])

  package var description: String {
    switch self {
    case .cannotListen(let address, let reason):
      "cannot listen for HTTP on \(address): \(reason)"
    case .missingPage(let searched):
      "the page to be served is missing; it was searched in \(searched.joined(separator: ", "))"
    }
  }
}
