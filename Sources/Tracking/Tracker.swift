package import Imaging

/// Follows faces from frame to frame: gives each detection the identity of the face it belongs to.
///
/// A track begins `tentative`, is `tracked` once it was seen in enough updates in a row, is lost
/// while nobody sees it, and is removed when that lasts too long; a tentative one that is missed
/// once is removed at once. A value type without threads or clocks of its own: the same calls give
/// the same tracks.
///
/// Source: SORT (Bewley et al., ICIP 2016): a constant-velocity Kalman filter per face, and the
/// assignment of detections to predicted boxes with the greatest total similarity. Detections of a
/// high score are assigned before those of a low one, and confirmed tracks choose before tentative
/// ones, as in ByteTrack (Zhang et al., ECCV 2022). A face that stopped while it was hidden is found
/// where it was last seen, the momentum counts, and a filter that drifted is led back along what was
/// seen, as in OC-SORT (Cao et al., CVPR 2023). What is left over may be a face so fast that it does
/// not overlap with where it was, most often a new one whose velocity is not known yet: widened boxes
/// find it, as in C-BIoU (Yang et al., WACV 2023). Where boxes leave a choice, the landmarks have a
/// say.
package struct Tracker: Sendable {
  /// The faces of the last update in the order of its detections. Detections whose box is empty or
  /// not finite have none, nor have those of a low score that go on with no track.
  package private(set) var tracks: [Track] = []
  /// The faces of the last prediction, in order of identity.
  package private(set) var predictions: [PredictedTrack] = []

  private let options: TrackerOptions
  private let tuning: TrackerTuning
  /// In order of identity.
  private var targets: [Target] = []
  private var nextIdentity = 1
  /// Of the last update; `nil` before the first and after a gap.
  private var lastSeconds: Double?

  // Scratch memory, kept so that an update allocates nothing once it has seen its busiest frame.
  private var matcher = PairMatcher()
  private var pairs: [CandidatePair] = []
  private var rowTargets: [Int] = []
  private var columnDetections: [Int] = []
  private var columns = OverlapSearch()
  private var shapes: [FaceShape?] = []
  private var targetOfDetection: [Int] = []

  /// - Precondition: the options are in their documented ranges.
  package init(options: TrackerOptions = TrackerOptions()) {
    precondition(options.iouThreshold >= 0 && options.iouThreshold <= 1)
    precondition(options.minimumHits >= 1 && options.lostForSeconds >= 0)
    precondition(options.scoreThreshold >= 0 && options.scoreThreshold <= 1)
    self.options = options
    tuning = options.tuning
    targets.reserveCapacity(Self.expectedFaces)
    tracks.reserveCapacity(Self.expectedFaces)
    predictions.reserveCapacity(Self.expectedFaces)
    pairs.reserveCapacity(Self.expectedFaces * Self.expectedFaces)
    rowTargets.reserveCapacity(Self.expectedFaces)
    columnDetections.reserveCapacity(Self.expectedFaces)
    columns.reserveCapacity(Self.expectedFaces)
    shapes.reserveCapacity(Self.expectedFaces)
    targetOfDetection.reserveCapacity(Self.expectedFaces)
    matcher.reserveCapacity(Self.expectedFaces)
  }

  /// Memory for so many faces is there from the start; more make it grow once.
  private static let expectedFaces = 64

  /// Whether any face is followed, seen in the last frame or not.
  package var followsFaces: Bool { !targets.isEmpty }

  /// Takes in the detections of the next frame and leaves its faces in `tracks`. Call it for every
  /// frame that was searched, also for one without detections.
  ///
  /// - Parameters:
  ///   - time: The frame's presentation timestamp. A frame whose time does not advance is taken
  ///     to be of the same moment; after a step backwards, time goes on from there.
  ///   - cameraMotion: How the picture moved since the update before; `nil` where that is unknown.
  package mutating func update(
    with detections: [TrackerInput], at time: Timestamp, cameraMotion: CameraMotion? = nil
  ) {
    let isFirst = lastSeconds == nil
    advance(to: time, camera: cameraMotion.flatMap { $0.isUsable && $0 != .none ? $0 : nil })

    targetOfDetection.removeAll(keepingCapacity: true)
    shapes.removeAll(keepingCapacity: true)
    for detection in detections {
      let isLow = detection.score <= options.scoreThreshold
      targetOfDetection.append(
        detection.box.isTrackable ? (isLow ? Self.reserve : Self.free) : Self.unusable)
      shapes.append(nil)
    }
    let overlap = options.iouThreshold
    associate(detections, Self.free, overlap, with: { $0.isConfirmed }, at: { $0.motion.box })
    associate(
      detections, Self.free, overlap, with: { $0.isConfirmed && $0.isLost }, at: { $0.lastBox })
    associate(
      detections, Self.reserve, max(overlap, tuning.lowScoreOverlap),
      with: { $0.isConfirmed }, at: { $0.motion.box })
    associate(detections, Self.free, overlap, with: { !$0.isConfirmed }, at: { $0.motion.box })
    associate(
      detections, Self.free, max(overlap, tuning.widenedOverlap), with: { !$0.isLost },
      at: { $0.motion.box }, widenedBy: tuning.widening)

    beginTracks(of: detections, confirmAtOnce: isFirst || options.minimumHits == 1)
    report(detections)
    targets.removeAll { !$0.isMatched && (!$0.isConfirmed || options.lostForSeconds == 0) }
  }

  /// Forgets every face: the next update does not go on from the last one, as after a reconnection, and its
  /// timestamp may begin anew. Identities go on counting, so none is ever used twice.
  package mutating func noteGap() {
    tracks.removeAll(keepingCapacity: true)
    predictions.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    lastSeconds = nil
  }

  /// Leaves in `predictions` where the confirmed faces of the last update are expected in a frame that
  /// nobody searched.
  ///
  /// Changes nothing else: the next update goes on as if this frame had not been, so that predictions
  /// neither count as misses nor as hits, and a face is lost for as long as its time says. Faces that the
  /// last update missed are not expected anywhere, as they are not in its `tracks` either. The camera is
  /// taken to stand still until the next update measures what it did.
  ///
  /// - Parameter time: Of the frame, after that of the last update; before it, it counts as the same.
  package mutating func predict(at time: Timestamp) {
    predictions.removeAll(keepingCapacity: true)
    guard let lastSeconds else { return }
    let elapsed = max(0, time.seconds - lastSeconds)
    let seconds = elapsed.isFinite ? elapsed : 0
    for target in targets where target.isConfirmed && target.isMatched {
      let box = target.expectedBox(after: seconds, tuning: tuning)
      func moved(_ landmarks: Landmarks) -> Landmarks {
        landmarks.moved(from: target.lastBox, to: box)
      }
      predictions.append(
        PredictedTrack(
          identity: target.identity, box: box, score: target.lastScore,
          landmarks: target.lastLandmarks.map(moved),
          smoothedLandmarks: target.smoother.map { moved($0.landmarks) }))
    }
  }

  // MARK: - Steps of an update

  /// Moves every expectation to `time` and removes faces lost for too long.
  private mutating func advance(to time: Timestamp, camera: CameraMotion?) {
    let seconds = time.seconds
    let elapsed = lastSeconds.map { max(0, seconds - $0) } ?? 0
    // A broken time base (0/0) gives no number; the frame then counts as of the same moment.
    let step = elapsed.isFinite ? elapsed : 0
    if seconds.isFinite { lastSeconds = seconds } else { lastSeconds = lastSeconds ?? 0 }

    let limit = options.lostForSeconds + Self.timeTolerance
    for index in targets.indices {
      targets[index].advance(seconds: step, camera: camera, tuning: tuning)
    }
    // A face seen in the last frame gets its chance however slow the stream is.
    targets.removeAll { $0.isLost && $0.unseenSeconds > limit }
  }

  /// Matches those detections nobody has taken yet that bear a mark with those unmatched targets that
  /// `isWanted`, after widening the boxes of both by a share of their size on each side.
  private mutating func associate(
    _ detections: [TrackerInput], _ mark: Int, _ leastOverlap: Float,
    with isWanted: (Target) -> Bool, at expectation: (Target) -> BoundingBox,
    widenedBy share: Float = 0
  ) {
    rowTargets.removeAll(keepingCapacity: true)
    columnDetections.removeAll(keepingCapacity: true)
    columns.removeAll()
    pairs.removeAll(keepingCapacity: true)
    for index in detections.indices where targetOfDetection[index] == mark {
      columnDetections.append(index)
      columns.append(detections[index].box.widened(by: share))
    }
    guard !columns.isEmpty else { return }
    columns.prepare()
    for index in targets.indices where !targets[index].isMatched && isWanted(targets[index]) {
      columns.appendPairs(
        of: expectation(targets[index]).widened(by: share), row: rowTargets.count,
        leastOverlap: leastOverlap, to: &pairs)
      rowTargets.append(index)
    }
    guard !pairs.isEmpty else { return }

    matcher.group(rows: rowTargets.count, columns: columnDetections.count, pairs: pairs)
    for index in pairs.indices where matcher.isContested(pairs[index]) {
      let pair = pairs[index]
      pairs[index].weight = similarity(
        overlap: pair.weight, of: rowTargets[pair.row], columnDetections[pair.column], detections)
    }
    matcher.solve(rows: rowTargets.count, pairs: pairs)
    for row in rowTargets.indices where matcher.pairOfRow[row] >= 0 {
      let detection = columnDetections[pairs[matcher.pairOfRow[row]].column]
      targetOfDetection[detection] = rowTargets[row]
      targets[rowTargets[row]].see(
        detections[detection], doubt: doubt(of: detections[detection]),
        minimumHits: options.minimumHits, tuning: tuning)
    }
  }

  /// How well a detection and a target fit, where there is a choice; positive.
  private mutating func similarity(
    overlap: Float, of target: Int, _ detection: Int, _ detections: [TrackerInput]
  ) -> Float {
    let (seen, face) = (detections[detection], targets[target])
    var sum = 1 + overlap
    let distance = face.motion.squaredDistance(to: seen.box, doubt: doubt(of: seen), tuning)
    sum -= tuning.motionWeight * min(Float(distance / 2), tuning.largestMotionDistance)
    if let known = face.shape {
      if shapes[detection] == nil { shapes[detection] = seen.landmarks.flatMap { FaceShape($0) } }
      if let shape = shapes[detection] {
        sum -= tuning.shapeWeight * min(1, known.distance(to: shape) / tuning.largestShapeDistance)
      }
    }
    let way = SIMD2(
      Double(seen.box.center.x - face.lastBox.center.x),
      Double(seen.box.center.y - face.lastBox.center.y))
    let speed = face.motion.velocity
    let lengths = ((way * way).sum() * (speed * speed).sum()).squareRoot()
    if lengths > 0 { sum += tuning.directionWeight * Float((way * speed).sum() / lengths) }
    return max(sum, .leastNormalMagnitude)
  }

  /// How much less than usual a detection's box is believed.
  private func doubt(of detection: TrackerInput) -> Double {
    let score = detection.score.isFinite ? min(max(detection.score, 0), 1) : 1
    return 1 + tuning.doubtOfLowScores * Double(1 - score)
  }

  /// Begins a track for every detection nobody has taken.
  private mutating func beginTracks(of detections: [TrackerInput], confirmAtOnce: Bool) {
    for index in detections.indices where targetOfDetection[index] == Self.free {
      targetOfDetection[index] = targets.count
      targets.append(
        Target(
          identity: nextIdentity, detection: detections[index], isConfirmed: confirmAtOnce,
          tuning: tuning))
      nextIdentity += 1
    }
  }

  /// Lists this frame's faces.
  private mutating func report(_ detections: [TrackerInput]) {
    tracks.removeAll(keepingCapacity: true)
    for (index, detection) in detections.enumerated() where targetOfDetection[index] >= 0 {
      let target = targets[targetOfDetection[index]]
      tracks.append(
        Track(
          identity: target.identity, detectionIndex: index,
          state: target.isConfirmed ? .tracked : .tentative, box: detection.box,
          score: detection.score, smoothedLandmarks: target.smoother?.landmarks))
    }
  }

  /// Marks in `targetOfDetection`: taken by nobody; the same, but of a score too low to begin a
  /// track; and not to be used.
  private static let free = -1
  private static let reserve = -2
  private static let unusable = -3
  /// Seconds by which sums of frame durations may exceed the limit through rounding alone.
  private static let timeTolerance = 1e-6
}
