package import Imaging

/// One detected face as the tracker sees it: a box and how sure the detector is of it.
package struct TrackerInput: Equatable, Sendable {
  /// In pixels of the upright, full-size frame.
  package var box: BoundingBox
  /// In 0...1. Carried through to the track; the association does not look at it.
  package var score: Float

  package init(box: BoundingBox, score: Float) {
    self.box = box
    self.score = score
  }
}

/// Where a track stands in its life.
package enum TrackState: String, Equatable, Sendable {
  /// Seen, but not often enough in a row to be sure that it is a face.
  case tentative
  /// A confirmed face.
  case tracked
}

/// A detection of the current frame with the identity the tracker gave it.
package struct Track: Equatable, Sendable {
  /// From 1, in order of first appearance; never given to a second track.
  package var identity: Int
  /// Which detection of the update this is.
  package var detectionIndex: Int
  package var state: TrackState
  /// The detection's own box, not the filter's: what is reported was seen.
  package var box: BoundingBox
  package var score: Float

  package init(
    identity: Int, detectionIndex: Int, state: TrackState, box: BoundingBox, score: Float
  ) {
    self.identity = identity
    self.detectionIndex = detectionIndex
    self.state = state
    self.box = box
    self.score = score
  }
}
