import ArgumentParser
import Foundation
import Pipeline
import Serving

extension Configuration {
  /// Takes the token from the environment where none was given.
  mutating func adoptToken(from environment: [String: String]) {
    guard serving.address != nil, serving.token == nil,
      let token = environment["FACESTREAM_HTTP_TOKEN"], !token.isEmpty
    else { return }
    serving.token = token
  }
}

/// Begins to serve cameras, if that is asked for, and says where unless the run is quiet and that is known.
///
/// - Throws: `Failure`.
func startServer(
  _ configuration: Configuration, cameras: [CameraMonitor], isQuiet: Bool
) throws(Failure) -> HTTPServer? {
  guard let address = configuration.serving.address else { return nil }
  try wrongUsage { () throws(ConfigurationError) in try configuration.checkServing() }
  do throws(ServingError) {
    let server = try HTTPServer(
      address: address, token: configuration.serving.token, cameras: cameras,
      version: Facestream.configuration.version)
    let bound = try server.start()
    // Nobody could know a free port otherwise.
    if !isQuiet || address.port == 0 {
      printToStandardError("facestream: watch at http://\(bound)/\n")
    }
    return server
  } catch {
    throw Failure(message: error.description, status: .failed)
  }
}
