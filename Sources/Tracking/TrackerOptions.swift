/// What the tracker's user may choose.
package struct TrackerOptions: Equatable, Sendable {
  /// The least intersection over union of a detection and a track's predicted box for both to be
  /// the same face, in 0...1. Default 0.1: what else is known of a face guards better
  /// against mistakes than a higher threshold, at which faces get lost in every quick turn.
  package var iouThreshold: Float

  /// How many updates in a row must detect a new face until its track counts as `tracked`, at
  /// least 1. Default 3, as in SORT. Higher suppresses more false alarms and reports faces later.
  ///
  /// Faces of a stream's first update, and of the first after `Tracker.noteGap()`, are `tracked` at
  /// once, as in ByteTrack: there a face was most likely visible before, too.
  package var minimumHits: Int

  /// How long a face may go undetected and still get its identity back, in seconds of the
  /// stream's own time, not negative. Default 1. Longer bridges longer occlusions, but is likelier
  /// to give one person's identity to the next who passes the same place.
  package var lostForSeconds: Double

  /// Detections that do not score above this begin no track: they only go on with one, where the
  /// better ones left it without (Zhang et al., "ByteTrack", ECCV 2022, section 3). In 0...1, default 0.5.
  package var scoreThreshold: Float

  package var tuning: TrackerTuning

  package init(
    iouThreshold: Float = 0.1, minimumHits: Int = 3, lostForSeconds: Double = 1,
    scoreThreshold: Float = 0.5, tuning: TrackerTuning = TrackerTuning()
  ) {
    self.scoreThreshold = scoreThreshold
    self.tuning = tuning
    self.iouThreshold = iouThreshold
    self.minimumHits = minimumHits
    self.lostForSeconds = lostForSeconds
  }
}
