/// What a frame of a live input goes through on its way from the camera to the outputs, in order; each begins where
/// the one before ends.
package enum LatencyStage: String, CaseIterable, Sendable {
  /// From the camera to this machine; only where the camera says when it took the picture, by its own clock.
  case network
  /// From the arrival of its packet until it is a picture.
  case decode
  /// In the ring buffer.
  case wait
  /// Searched for faces, or these predicted, and followed.
  case detect
  /// For the frames looked ahead at, and for the output.
  case queue
  /// Drawn on, encoded, and handed to the outputs; without a video, its records written.
  case output
}
