/// The constants of the tracker that are no user's business: how faces move, how detectors err, and how
/// much each kind of likeness counts.
///
/// Where no source is named, the value was found by trying others, one at a time, on the scenes of
/// `tools/make-track-scenes` with the seeds 1 to 4; reports are made on other seeds. Half or twice a
/// value changes the mean HOTA of the families by less than one point.
package struct TrackerTuning: Equatable, Sendable {
  // MARK: How faces move

  /// By how many box sizes per second a face's speed wanders within a second. Heads start and stop
  /// within a few tenths of a second, at up to two widths per second.
  package var speedWander = 4.0
  /// Box sizes per second a face may move when first seen: ByteTrack's 10/160 of the height a frame
  /// at 30 frames a second.
  package var initialSpeed = 1.9
  /// Seconds after which a velocity counts for 1/e.
  package var speedTimeConstant = 1.0
  /// The same three for the logarithms of the sides; a change of size is trusted less long.
  package var growthWander = 1.0
  package var initialGrowth = 0.5
  package var growthTimeConstant = 0.3

  // MARK: How detectors err

  /// Deviation of a measured centre from the face's, in box sizes (ByteTrack's value), and of the
  /// logarithm of a side, at a score of 1.
  package var measurementDeviation = 0.05
  /// At a score of 0 the deviation is greater by so many times itself, in between in proportion, as in
  /// the noise-scale-adaptive filter of GIAOTracker (Du et al., ICCV Workshops 2021, section 3.2).
  package var doubtOfLowScores = 4.0
  /// By how many times more than a detection the positions between two detections are doubted, through
  /// which the re-update leads a filter. As likely as real ones they would erase a true velocity.
  package var doubtOfReupdate = 3.0

  // MARK: What counts as likeness

  /// Of how unlikely a detection is by the track's motion: half the squared Mahalanobis distance.
  package var motionWeight: Float = 0.05
  /// Larger distances count as this.
  package var largestMotionDistance: Float = 8
  /// Of how much the landmarks of two faces differ in arrangement.
  package var shapeWeight: Float = 1
  /// The difference of arrangement that counts as 1, in face sizes; larger ones count as 1 too.
  package var largestShapeDistance: Float = 0.4
  /// Of the cosine between a track's way and the way to a detection, the momentum of OC-SORT.
  package var directionWeight: Float = 0.1
  /// The least overlap with a detection of a low score, which may be the rest of another face.
  package var lowScoreOverlap: Float = 0.3
  /// By how much of their size boxes are widened on each side to find fast faces, and their least
  /// overlap then: a face may move by one of its widths from frame to frame.
  package var widening: Float = 0.5
  package var widenedOverlap: Float = 0.3

  package init() {}
}
