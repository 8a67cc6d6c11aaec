import Foundation
import Media

/// Checks a run of one input as far as that is possible before its input is opened: a run that is refused must
/// not have announced its page.
///
/// - Throws: What the run itself would throw or end with.
package func checkRun(_ configuration: Configuration) throws(PipelineError) {
  do throws(ConfigurationError) {
    if let input = configuration.input, PictureFolder.isFolder(input) {
      try Preflight.check(folder: configuration, pictures: [])
    } else {
      try Preflight.check(configuration)
    }
  } catch {
    throw .configuration(error)
  }
  if let codec = configuration.encode.codec {
    do throws(MediaError) { try Encoder.check(name: codec) } catch { throw .media(error) }
  }
  try checkFaces([configuration])
}

/// The same for several inputs. What befalls one of them alone is for the run to tell.
///
/// - Throws: What the run itself would throw.
package func checkRun(cameras: [Configuration]) throws(PipelineError) {
  do throws(ConfigurationError) {
    try Preflight.check(cameras: cameras)
  } catch {
    throw .configuration(error)
  }
  try checkFaces(cameras.filter { $0.tracksFrom == nil })
}

/// Reads the weights, once for all, or the header of the tracks, and lets go of them: small as they are, they are
/// read again by the run. What cannot be read again, such as a pipe, is left to it.
private func checkFaces(_ cameras: [Configuration]) throws(PipelineError) {
  var network: LoadedNetwork?
  for camera in cameras {
    if let path = camera.tracksFrom {
      if canBeReadAgain(path) { _ = try RecordReader(path: path) }
    } else if camera.detect.model.map(canBeReadAgain) ?? true {
      let detect = camera.detectForTracking
      let loaded = if let network { network } else { try LoadedNetwork(detect, threads: 1) }
      network = loaded
      _ = try LoadedModel(detect, of: loaded)
    }
  }
}

/// Whether a path is that of a file, or of nothing.
private func canBeReadAgain(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
}
