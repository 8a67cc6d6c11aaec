import Detection
import Media

/// Finds the faces of picture files, one after the other. Owned by one thread.
final class PictureDetector {
  private var finder: FaceFinder
  private var detections: [Detection] = []

  /// - Parameter detector: Made for `detect`.
  init(detector: any FaceDetector, detect: Configuration.Detect) {
    finder = FaceFinder(detector: detector, detect: detect, resampling: .interpolated)
  }

  /// - Returns: The faces, in pixels of the picture, highest score first, and why part of the picture may
  ///   be missing.
  /// - Throws: `media`, `detection`.
  func detect(_ path: String) throws(PipelineError) -> (faces: [Detection], damage: String?) {
    let still: StillPicture
    do throws(MediaError) {
      still = try StillPicture(path: path)
    } catch {
      throw .media(error)
    }
    finder.begin(still.frame, pixelAspect: 1)
    while try finder.scale(still.frame) { try finder.look() }
    finder.finish(into: &detections)
    return (detections, still.damage)
  }
}
