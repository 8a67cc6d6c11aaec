package import Evaluation
package import Imaging
import Tracking

/// Follows faces through detections that were made before, by this program or another: tracking alone,
/// without pictures.
package struct DetectionTracking {
  private var tracker: Tracker
  private let lowScore: Double

  /// Of `configuration`, the keys below `track` and `detect.score` count.
  package init(_ configuration: Configuration) {
    tracker = Tracker(
      options: TrackerOptions(configuration.track, score: configuration.detect.score))
    lowScore = min(configuration.track.lowScore, configuration.detect.score)
  }

  /// The tracks of a sequence, frame by frame; faces still `tentative` are left out.
  ///
  /// - Parameters:
  ///   - detections: In any order. Those of later frames than there are times are left out.
  ///   - times: One a frame, the first that of frame 1.
  package mutating func tracks(of detections: [MOTRow], at times: [Timestamp]) -> [MOTRow] {
    let byFrame = Dictionary(grouping: detections, by: \.frame)
    var rows: [MOTRow] = []
    for (index, time) in times.enumerated() {
      let found = (byFrame[index + 1] ?? []).filter { $0.confidence >= lowScore }
      let inputs = found.map { row in
        TrackerInput(
          box: BoundingBox(
            x: Float(row.x), y: Float(row.y), width: Float(row.width), height: Float(row.height)),
          landmarks: row.landmarks, score: Float(row.confidence))
      }
      tracker.update(with: inputs, at: time)
      for track in tracker.tracks where track.state == .tracked {
        var row = found[track.detectionIndex]
        row.identity = track.identity
        rows.append(row)
      }
    }
    return rows
  }
}

extension TrackerOptions {
  /// - Parameter score: What a detection must score to begin a track.
  init(_ track: Configuration.Track, score: Double) {
    self.init(
      iouThreshold: Float(track.iou), minimumHits: track.minimumHits,
      lostForSeconds: track.lostFor, scoreThreshold: Float(score))
  }
}
