import Detection
import Imaging
import Media

/// Finds the faces of frames: makes the pictures that a search asks for, and has them looked at.
///
/// Owned by one thread.
struct FaceFinder {
  private let detector: any FaceDetector
  private let detect: Configuration.Detect
  private let converter: PictureConverter
  private var search: FaceSearch?
  private var searched = (width: 0, height: 0, pixelAspect: 0.0)

  /// - Parameter detector: That of a `LoadedModel` made with the same settings.
  init(
    detector: any FaceDetector, detect: Configuration.Detect,
    resampling: PictureConverter.Resampling = .filtered
  ) {
    self.detector = detector
    self.detect = detect
    converter = PictureConverter(resampling: resampling)
  }

  /// Begins with a frame.
  ///
  /// - Parameter pixelAspect: Width to height of a pixel.
  mutating func begin(_ frame: VideoFrame, pixelAspect: Double) {
    let wanted = (width: frame.width, height: frame.height, pixelAspect: pixelAspect)
    if search == nil || wanted != searched {
      search = FaceSearch(
        detector: detector, options: SearchOptions(detect), width: frame.width,
        height: frame.height,
        base: detect.size.picture(
          forWidth: frame.width, height: frame.height, pixelAspect: pixelAspect))
      searched = wanted
    }
    search?.begin()
  }

  /// Makes the next picture to look at of the frame.
  ///
  /// - Returns: `false` when there is nothing more to look at.
  /// - Throws: `media`.
  mutating func scale(_ frame: VideoFrame) throws(PipelineError) -> Bool {
    guard let picture = search?.nextPicture else { return false }
    do throws(MediaError) {
      try converter.scale(frame, into: picture)
    } catch {
      throw .media(error)
    }
    return true
  }

  /// Looks at the picture made last.
  ///
  /// - Throws: `detection`.
  mutating func look() throws(PipelineError) {
    do throws(DetectionError) { try search?.look() } catch { throw .detection(error) }
  }

  /// The copy of the whole frame that was made first; `nil` before `begin`.
  var wholeFrame: ScaledPicture? { search?.wholeFrame }

  /// The faces of the frame, in its pixels, highest score first.
  mutating func finish(into detections: inout [Detection]) {
    search?.finish(into: &detections)
  }
}
