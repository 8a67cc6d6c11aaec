package import Imaging

/// One detected face as the tracker sees it: a box and how sure the detector is of it.
package struct TrackerInput: Equatable, Sendable {
  /// In pixels of the upright, full-size frame.
  package var box: BoundingBox
  /// In pixels of the same frame; `nil` where the detector gives none.
  package var landmarks: Landmarks?
  /// In 0...1. Decides whether the detection may begin a track, and how far its box is believed.
  package var score: Float

  package init(box: BoundingBox, landmarks: Landmarks? = nil, score: Float) {
    self.box = box
    self.landmarks = landmarks
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
  /// The detection's landmarks without their tremble, by a One-Euro filter; `nil` where the detector
  /// gives none.
  package var smoothedLandmarks: Landmarks?

  package init(
    identity: Int, detectionIndex: Int, state: TrackState, box: BoundingBox, score: Float,
    smoothedLandmarks: Landmarks? = nil
  ) {
    self.smoothedLandmarks = smoothedLandmarks
    self.identity = identity
    self.detectionIndex = detectionIndex
    self.state = state
    self.box = box
    self.score = score
  }
}

/// Where a face is expected in a frame that nobody searched.
package struct PredictedTrack: Equatable, Sendable {
  package var identity: Int
  /// The motion filter's, in pixels of the upright, full-size frame.
  package var box: BoundingBox
  /// Of the last detection.
  package var score: Float
  /// Those of the last detection, moved and scaled as the box; `nil` where the detector gives none.
  package var landmarks: Landmarks?
  /// The same without their tremble.
  package var smoothedLandmarks: Landmarks?

  package init(
    identity: Int, box: BoundingBox, score: Float, landmarks: Landmarks? = nil,
    smoothedLandmarks: Landmarks? = nil
  ) {
    self.identity = identity
    self.box = box
    self.score = score
    self.landmarks = landmarks
    self.smoothedLandmarks = smoothedLandmarks
  }
}
