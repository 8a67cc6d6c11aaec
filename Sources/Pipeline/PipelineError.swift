package import Detection
package import Evaluation
package import Media

/// Why a run ended before its input did, or did not begin.
package enum PipelineError: Error, Equatable, CustomStringConvertible {
  case configuration(ConfigurationError)
  case media(MediaError)
  /// The weights could not be loaded, or do not fit the picture.
  case detection(DetectionError)
  /// Ground truth or results could not be read or written.
  case evaluation(EvaluationError)
  case cannotWriteTracks(path: String, reason: String)
  /// Tracks that were to be drawn.
  case cannotReadTracks(path: String, reason: String)
  case tracksOfAnotherInput(path: String, input: String, reason: String)
  case noFrames(path: String)
  /// More parts of the input were damaged than the run was told to bear.
  case tooManyErrors(path: String, limit: Int, last: String)
  /// A folder without pictures.
  case noPictures(path: String)
  /// Faces may be left visible in a frame, and the run was told to stop then.
  case unreliableFrame(frame: Int, reason: String)
  /// The same in a picture of a folder.
  case unreliablePicture(path: String, reason: String)

  /// Whether tracks that were to be drawn turned out to be wrong, and with them all that was drawn.
  var refusesTracks: Bool {
    switch self {
    case .cannotReadTracks, .tracksOfAnotherInput: true
    default: false
    }
  }

  package var description: String {
    switch self {
    case .configuration(let error): error.description
    case .media(let error): error.description
    case .detection(let error): error.description
    case .evaluation(let error): error.description
    case .cannotWriteTracks(let path, let reason): "cannot write '\(path)': \(reason)"
    case .unreliableFrame(let frame, let reason):
      "frame \(frame) may show faces that are not hidden: \(reason)"
    case .unreliablePicture(let path, let reason):
      "'\(path)' may show faces that are not hidden: \(reason)"
    case .cannotReadTracks(let path, let reason): "cannot read tracks from '\(path)': \(reason)"
    case .tracksOfAnotherInput(let path, let input, let reason):
      "'\(path)' was not made from '\(input)': \(reason)"
    case .tooManyErrors(let path, let limit, let last):
      "'\(path)' has more than \(limit) damaged part\(limit == 1 ? "" : "s") (the last: \(last))"
    case .noFrames(let path): "'\(path)' holds no frame that can be decoded"
    case .noPictures(let path): "folder '\(path)' holds no pictures (\(pictureEndingsText))"
    }
  }
}
