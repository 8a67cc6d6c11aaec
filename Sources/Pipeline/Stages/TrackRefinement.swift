import Imaging

/// Looks a bounded number of frames ahead before it lets a frame's faces go: fills gaps, begins tracks
/// where they really began, and leaves out those that do not last. Where not every frame is searched, what
/// the tracker predicted gives way to what lies between two detections.
///
/// A value type that knows only numbers of frames; who holds the frames themselves takes them up again
/// as `pop` gives their faces, in their order, each exactly once.
struct TrackRefinement {
  private let lookahead: Int
  private let minimumTrack: Int
  private var pending: [Pending] = []
  /// Memory of frames let go, for those to come.
  private var spare: [[FaceRecord]] = []
  /// Tracks long enough, with the time of the last frame let go that shows them.
  private var accepted: [Accepted] = []

  private var extrapolation: FaceExtrapolation

  /// Memory for so many faces is there from the start; more make it grow once.
  private static let expectedFaces = 64

  /// A frame whose faces may still change.
  struct Pending {
    var seconds: Double
    var faces: [FaceRecord]
    /// Whether the faces were looked for; otherwise they were predicted.
    var isSearched = true
  }

  private struct Accepted {
    var identity: Int
    var lastSeconds: Double
  }

  /// Tracks not seen for so long are forgotten: no face keeps its identity longer.
  private let forgetAfterSeconds: Double

  /// - Parameters:
  ///   - lookahead: In frames, not negative; 0 lets every frame go as it is.
  ///   - minimumTrack: Tracks of fewer frames, filled gaps included, are left out; at most
  ///     `lookahead + 1` is looked at.
  ///   - lostForSeconds: How long a face keeps its identity unseen.
  ///   - extrapolatedFrames: How many frames a face is moved on before and after it was seen; before,
  ///     as far as `lookahead` reaches.
  init(
    lookahead: Int, minimumTrack: Int, lostForSeconds: Double, extrapolatedFrames: Int = 0
  ) {
    precondition(lookahead >= 0 && minimumTrack >= 1)
    self.lookahead = lookahead
    self.minimumTrack = min(minimumTrack, lookahead + 1)
    forgetAfterSeconds = lostForSeconds + 1
    extrapolation = FaceExtrapolation(frames: extrapolatedFrames)
    pending.reserveCapacity(lookahead + 1)
    spare.reserveCapacity(lookahead + 1)
    for _ in 0...lookahead {
      var faces: [FaceRecord] = []
      faces.reserveCapacity(Self.expectedFaces)
      spare.append(faces)
    }
  }

  /// Takes in the faces of the next frame.
  ///
  /// - Parameters:
  ///   - seconds: The frame's time.
  ///   - isSearched: Whether they were looked for; otherwise they were predicted.
  mutating func push(_ faces: [FaceRecord], seconds: Double, isSearched: Bool = true) {
    var copy = spare.popLast() ?? []
    copy.removeAll(keepingCapacity: true)
    copy.append(contentsOf: faces)
    pending.append(Pending(seconds: seconds, faces: copy, isSearched: isSearched))
    guard lookahead > 0, isSearched else { return }
    for face in faces {
      fillGap(before: face)
      if face.state == .tracked { confirm(face.identity) }
    }
  }

  /// The faces of the oldest frame whose fate is known, into `faces`.
  ///
  /// - Parameter isLast: Whether no further frame will come.
  /// - Returns: The time of that frame in seconds, `nil` when none can go yet.
  mutating func pop(into faces: inout [FaceRecord], isLast: Bool = false) -> Double? {
    guard let oldest = pending.first, pending.count > lookahead || isLast else { return nil }
    faces.removeAll(keepingCapacity: true)
    for face in oldest.faces where lookahead == 0 || isKept(face, at: oldest.seconds) {
      faces.append(face)
    }
    extrapolation.extend(&faces, upcoming: pending[1...])
    spare.append(pending.removeFirst().faces)
    accepted.removeAll { oldest.seconds - $0.lastSeconds > forgetAfterSeconds }
    return oldest.seconds
  }

  // MARK: - Steps

  /// Puts the face into the frames since it was last seen, if that frame still waits, in place of what was
  /// predicted.
  private mutating func fillGap(before face: FaceRecord) {
    let now = pending.count - 1
    var last = now - 1
    var before: FaceRecord?
    while last >= 0 {
      if pending[last].isSearched {
        before = pending[last].faces.first { $0.identity == face.identity }
      }
      if before != nil { break }
      last -= 1
    }
    guard let before, last < now - 1 else { return }
    let (start, end) = (pending[last].seconds, pending[now].seconds)
    for index in last + 1..<now {
      // Times that stand still give no share; then the frames are taken to be equally far apart.
      let share =
        end > start
        ? Float((pending[index].seconds - start) / (end - start))
        : Float(index - last) / Float(now - last)
      var between = before.interpolated(to: face, at: share)
      if face.state == .tentative { between.state = .tentative }
      let predicted = pending[index].faces.firstIndex { $0.identity == face.identity }
      if let predicted {
        pending[index].faces[predicted] = between
      } else {
        pending[index].faces.append(between)
      }
    }
  }

  /// What a face now known to be one was before, it was already.
  private mutating func confirm(_ identity: Int) {
    for frame in pending.indices {
      for index in pending[frame].faces.indices
      where pending[frame].faces[index].identity == identity
        && pending[frame].faces[index].state == .tentative
      {
        pending[frame].faces[index].state = pending[frame].isSearched ? .tracked : .interpolated
      }
    }
  }

  private mutating func isKept(_ face: FaceRecord, at seconds: Double) -> Bool {
    let identity = face.identity
    if let known = accepted.firstIndex(where: { $0.identity == identity }) {
      accepted[known].lastSeconds = seconds
      return true
    }
    // Still not confirmed after so many frames: it never will be, as a tentative face that is
    // missed once is forgotten.
    let isConfirmed = face.state == .extrapolated || isTracked(identity)
    guard isConfirmed || isBegun(identity) else { return false }
    var count = 0
    for frame in pending where frame.faces.contains(where: { $0.identity == identity }) {
      count += 1
    }
    guard count >= minimumTrack else { return false }
    if isConfirmed {
      accepted.append(Accepted(identity: identity, lastSeconds: seconds))
    }
    return true
  }

  /// Whether a face counts as one in any frame that waits.
  private func isTracked(_ identity: Int) -> Bool {
    pending.contains {
      $0.faces.contains { $0.identity == identity && $0.state == .tracked }
    }
  }

  /// Whether a tentative face is seen in the newest frame searched, so that it may still be confirmed.
  private func isBegun(_ identity: Int) -> Bool {
    pending.last { $0.isSearched }?.faces.contains { $0.identity == identity } ?? false
  }
}

extension TrackRefinement {
  init(_ track: Configuration.Track, extrapolatedFrames: Int = 0) {
    self.init(
      lookahead: track.lookahead, minimumTrack: track.minimumTrack,
      lostForSeconds: track.lostFor, extrapolatedFrames: extrapolatedFrames)
  }
}

extension FaceRecord {
  /// A face between this one, at 0, and a later one of the same track, at 1: its score is the lower
  /// of both, and its pose remains to be estimated.
  func interpolated(to other: FaceRecord, at share: Float) -> FaceRecord {
    func between(_ a: Float, _ b: Float) -> Float { a + share * (b - a) }
    func between(_ a: Landmarks, _ b: Landmarks) -> Landmarks {
      var result = a
      for index in 0..<Landmarks.count {
        result[index] = Point(
          x: between(a[index].x, b[index].x), y: between(a[index].y, b[index].y))
      }
      return result
    }
    var smoothed: Landmarks?
    if let mine = smoothedLandmarks, let others = other.smoothedLandmarks {
      smoothed = between(mine, others)
    }
    return FaceRecord(
      identity: identity,
      box: BoundingBox(
        minX: between(box.minX, other.box.minX), minY: between(box.minY, other.box.minY),
        maxX: between(box.maxX, other.box.maxX), maxY: between(box.maxY, other.box.maxY)),
      score: min(score, other.score), landmarks: between(landmarks, other.landmarks),
      smoothedLandmarks: smoothed, pose: nil, state: .interpolated)
  }
}
