package import Imaging

/// Follows faces from frame to frame: gives each detection the identity of the face it belongs to.
///
/// A track begins `tentative`, is `tracked` once it was seen in enough updates in a row, is lost
/// while nobody sees it, and is removed when that lasts too long; a tentative one that is missed
/// once is removed at once. A value type without threads or clocks of its own: the same calls give
/// the same tracks.
///
/// Source: SORT (Bewley et al., ICIP 2016): a constant-velocity Kalman filter per face, and the
/// assignment of detections to predicted boxes with the greatest total intersection over union.
/// Confirmed tracks choose before tentative ones, as in ByteTrack (Zhang et al., ECCV 2022), and a
/// face that stopped while it was hidden is found where it was last seen, as in the
/// observation-centric recovery of OC-SORT (Cao et al., CVPR 2023). What is left over may be a face
/// so fast that it does not overlap with where it was, most often a new one whose velocity is not
/// known yet: widened boxes find it, as in C-BIoU (Yang et al., WACV 2023).
package struct Tracker: Sendable {
  /// The faces of the last update in the order of its detections. Detections whose box is empty or
  /// not finite have none.
  package private(set) var tracks: [Track] = []

  private let options: TrackerOptions
  /// In order of identity.
  private var targets: [Target] = []
  private var nextIdentity = 1
  private var lastSeconds: Double?

  // Scratch memory, kept so that an update allocates nothing once it has seen its busiest frame.
  private var solver = AssignmentSolver()
  private var costs: [Float] = []
  private var rowTargets: [Int] = []
  private var columnDetections: [Int] = []
  private var targetOfDetection: [Int] = []

  /// - Precondition: the options are in their documented ranges.
  package init(options: TrackerOptions = TrackerOptions()) {
    precondition(options.iouThreshold >= 0 && options.iouThreshold <= 1)
    precondition(options.minimumHits >= 1 && options.lostForSeconds >= 0)
    self.options = options
    targets.reserveCapacity(Self.expectedFaces)
    tracks.reserveCapacity(Self.expectedFaces)
    costs.reserveCapacity(Self.expectedFaces * Self.expectedFaces)
    rowTargets.reserveCapacity(Self.expectedFaces)
    columnDetections.reserveCapacity(Self.expectedFaces)
    targetOfDetection.reserveCapacity(Self.expectedFaces)
    solver.reserveCapacity(Self.expectedFaces)
  }

  /// Memory for so many faces is there from the start; more make it grow once.
  private static let expectedFaces = 64

  /// Takes in the detections of the next frame and leaves its faces in `tracks`. Call it for every
  /// frame, also for one without detections.
  ///
  /// - Parameters:
  ///   - time: The frame's presentation timestamp. A frame whose time does not advance is taken
  ///     to be of the same moment; after a step backwards, time goes on from there.
  package mutating func update(with detections: [TrackerInput], at time: Timestamp) {
    let isFirst = lastSeconds == nil
    advance(to: time)

    targetOfDetection.removeAll(keepingCapacity: true)
    for detection in detections {
      targetOfDetection.append(detection.box.isTrackable ? Self.free : Self.unusable)
    }
    associate(detections, with: { $0.isConfirmed }, expectedAt: { $0.motion.box })
    associate(detections, with: { $0.isConfirmed && $0.isLost }, expectedAt: { $0.lastBox })
    associate(detections, with: { !$0.isConfirmed }, expectedAt: { $0.motion.box })
    associate(
      detections, with: { !$0.isLost }, expectedAt: { $0.motion.box }, widenedBy: Self.buffer)

    beginTracks(of: detections, confirmAtOnce: isFirst || options.minimumHits == 1)
    report(detections)
    targets.removeAll { !$0.isMatched && (!$0.isConfirmed || options.lostForSeconds == 0) }
  }

  /// Forgets every face, as after a reconnection: what follows shows another moment. Identities go
  /// on counting, so none is ever used twice.
  package mutating func noteGap() {
    targets.removeAll(keepingCapacity: true)
    tracks.removeAll(keepingCapacity: true)
    lastSeconds = nil
  }

  // MARK: - Steps of an update

  /// Moves every expectation to `time` and removes faces lost for too long.
  private mutating func advance(to time: Timestamp) {
    let seconds = time.seconds
    let elapsed = max(0, seconds - (lastSeconds ?? seconds))
    // A broken time base (0/0) gives no number; the frame then counts as of the same moment.
    let step = elapsed.isFinite ? elapsed : 0
    if seconds.isFinite { lastSeconds = seconds } else { lastSeconds = lastSeconds ?? 0 }

    let limit = options.lostForSeconds + Self.timeTolerance
    for index in targets.indices { targets[index].advance(seconds: step) }
    // A face seen in the last frame gets its chance however slow the stream is.
    targets.removeAll { $0.isLost && $0.unseenSeconds > limit }
  }

  /// Matches the detections nobody has taken yet with those unmatched targets that `isWanted`, after
  /// widening the boxes of both by a share of their size on each side.
  private mutating func associate(
    _ detections: [TrackerInput], with isWanted: (Target) -> Bool,
    expectedAt expectation: (Target) -> BoundingBox, widenedBy share: Float = 0
  ) {
    rowTargets.removeAll(keepingCapacity: true)
    columnDetections.removeAll(keepingCapacity: true)
    for index in targets.indices where !targets[index].isMatched && isWanted(targets[index]) {
      rowTargets.append(index)
    }
    for index in detections.indices where targetOfDetection[index] == Self.free {
      columnDetections.append(index)
    }
    guard !rowTargets.isEmpty && !columnDetections.isEmpty else { return }

    // Pairs that overlap too little cost nothing, like no pair at all, and are dropped below: they
    // cannot outweigh a pair that is possible.
    costs.removeAll(keepingCapacity: true)
    for target in rowTargets {
      let box = expectation(targets[target]).widened(by: share)
      for detection in columnDetections {
        let overlap = box.intersectionOverUnion(
          with: detections[detection].box.widened(by: share))
        costs.append(overlap > 0 && overlap >= options.iouThreshold ? -overlap : 0)
      }
    }
    solver.solve(rows: rowTargets.count, columns: columnDetections.count, costs: costs)

    for row in rowTargets.indices {
      guard let column = solver.columnOfRow[row],
        costs[row * columnDetections.count + column] < 0
      else { continue }
      let detection = columnDetections[column]
      targetOfDetection[detection] = rowTargets[row]
      targets[rowTargets[row]].see(detections[detection].box, minimumHits: options.minimumHits)
    }
  }

  /// Begins a track for every detection nobody has taken.
  private mutating func beginTracks(of detections: [TrackerInput], confirmAtOnce: Bool) {
    for index in detections.indices where targetOfDetection[index] == Self.free {
      targetOfDetection[index] = targets.count
      targets.append(
        Target(
          identity: nextIdentity, box: detections[index].box, isConfirmed: confirmAtOnce))
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
          score: detection.score))
    }
  }

  /// Marks in `targetOfDetection`: taken by nobody, and not to be used.
  private static let free = -1
  private static let unusable = -2
  /// By how much of their size boxes are widened on each side to find fast faces: with the default
  /// threshold, a face may move by one of its widths from frame to frame.
  private static let buffer: Float = 0.5
  /// Seconds by which sums of frame durations may exceed the limit through rounding alone.
  private static let timeTolerance = 1e-6
}
