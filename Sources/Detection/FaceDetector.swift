package import Imaging

/// Something that finds faces: the seam where one network can be replaced by another without
/// touching tracking, pose or pipeline.
package protocol FaceDetector: AnyObject, Sendable {
  /// Finds the faces of one picture.
  ///
  /// - Parameters:
  ///   - picture: The frame or a part of it, scaled for the network.
  ///   - detections: Replaced by the faces found, in pixels of the whole source frame, highest score
  ///     first. Its memory is reused from call to call.
  /// - Throws: `network` when the picture's size cannot be worked on.
  func detect(
    in picture: ScaledPicture, into detections: inout [Detection]
  ) throws(DetectionError)
}
