package import Evaluation
package import Imaging
import Tracking

/// Follows faces through detections that were made before, by this program or another: tracking alone,
/// without pictures.
package struct DetectionTracking {
  private var tracker: Tracker
  private var refinement: TrackRefinement
  private let lowScore: Double
  private var cadence: DetectionCadence
  /// The last frame listed.
  private var frame = 0

  /// Of `configuration`, the keys below `track`, `detect.score` and `detect.every` count.
  package init(_ configuration: Configuration) {
    tracker = Tracker(
      options: TrackerOptions(configuration.track, score: configuration.detect.score))
    refinement = TrackRefinement(configuration.track)
    cadence = DetectionCadence(configuration.detect.every, isLive: false)
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
    var (faces, refined): ([FaceRecord], [FaceRecord]) = ([], [])
    for (index, time) in times.enumerated() {
      faces.removeAll(keepingCapacity: true)
      let isSearched = cadence.searches(frameAt: time.seconds, waiting: 0)
      if isSearched {
        let found = (byFrame[index + 1] ?? []).filter { $0.confidence >= lowScore }
        tracker.update(with: found.map { TrackerInput($0) }, at: time)
        for track in tracker.tracks { faces.append(FaceRecord(track)) }
      } else {
        tracker.predict(at: time)
        for track in tracker.predictions { faces.append(FaceRecord(track)) }
      }
      refinement.push(faces, seconds: time.seconds, isSearched: isSearched)
      if refinement.pop(into: &refined) != nil { append(refined, to: &rows) }
    }
    while refinement.pop(into: &refined, isLast: true) != nil { append(refined, to: &rows) }
    return rows
  }

  private mutating func append(_ faces: [FaceRecord], to rows: inout [MOTRow]) {
    frame += 1
    for face in faces where face.state != .tentative {
      rows.append(
        MOTRow(
          frame: frame, identity: face.identity, x: Double(face.box.minX),
          y: Double(face.box.minY), width: Double(face.box.width),
          height: Double(face.box.height), confidence: Double(face.score)))
    }
  }
}

extension TrackerInput {
  fileprivate init(_ row: MOTRow) {
    self.init(
      box: BoundingBox(
        x: Float(row.x), y: Float(row.y), width: Float(row.width), height: Float(row.height)),
      landmarks: row.landmarks, score: Float(row.confidence))
  }
}

extension FaceRecord {
  fileprivate init(_ track: Track) {
    self.init(
      track.identity, track.box, track.score, track.state == .tracked ? .tracked : .tentative)
  }

  fileprivate init(_ track: PredictedTrack) {
    self.init(track.identity, track.box, track.score, .extrapolated)
  }

  /// A face of which only the box counts, as that is all that tracks as text tell; its landmarks stand
  /// at the centre.
  private init(_ identity: Int, _ box: BoundingBox, _ score: Float, _ state: State) {
    let center = box.center
    self.init(
      identity: identity, box: box, score: score,
      landmarks: Landmarks(
        leftEye: center, rightEye: center, noseTip: center, leftMouthCorner: center,
        rightMouthCorner: center), pose: nil, state: state)
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
