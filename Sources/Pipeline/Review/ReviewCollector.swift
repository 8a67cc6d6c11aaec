import Imaging

/// Watches the faces of one frame after the other for what a person should check.
///
/// Remembers faces only as long as they may come back.
struct ReviewCollector {
  private let width: Float
  private let height: Float
  private let lostForSeconds: Double
  private var tracks: [WatchedTrack] = []
  private var damaged: Run?
  private var unsearched: Run?
  /// The last frame that was searched.
  private var lastFrame = -1

  /// Detections below this score are to be checked: what `annotate` would not report.
  static let lowScore: Float = 0.5
  /// A box this near to the frame's edge, as a share of its own size, may come from outside.
  private static let borderShare: Float = 0.25

  private struct Run {
    var first: ReviewItem.Moment
    var last: ReviewItem.Moment
    var score: Float?
  }

  private struct WatchedTrack {
    var identity: Int
    var lastSeen: ReviewItem.Moment
    var box: BoundingBox
    var gap: Run?
    var lowScore: Run?
  }

  /// - Parameters:
  ///   - width: Of the frames, in pixels.
  ///   - height: Of the frames, in pixels.
  ///   - lostForSeconds: How long a face keeps its identity unseen.
  init(width: Int, height: Int, lostForSeconds: Double) {
    (self.width, self.height) = (Float(width), Float(height))
    self.lostForSeconds = lostForSeconds
  }

  /// Takes in the faces of the next frame; appends what is known to be worth a look now.
  mutating func add(_ record: FrameRecord, to items: inout [ReviewItem]) {
    let now = ReviewItem.Moment(frame: record.frame, timestamp: record.timestamp)
    Self.note(record.isDamaged, now, .damagedFrame, &damaged, &items)
    Self.note(record.isUnsearched, now, .unsearchedFrame, &unsearched, &items)
    // Frames that were not to be searched tell nothing of where faces are missing.
    if record.isPredicted { return }
    for face in record.faces where face.state != .extrapolated { watch(face, now, &items) }
    lastFrame = record.frame
    for (index, track) in tracks.enumerated().reversed() where track.lastSeen.frame < now.frame {
      let age = now.timestamp.seconds - track.lastSeen.timestamp.seconds
      if (0...lostForSeconds).contains(age) { continue }
      end(track, &items)
      tracks.remove(at: index)
    }
  }

  /// Ends with the last frame.
  mutating func finish(_ items: inout [ReviewItem]) {
    for track in tracks { end(track, &items) }
    tracks = []
    if let damaged { items.append(Self.item(.damagedFrame, nil, damaged)) }
    if let unsearched { items.append(Self.item(.unsearchedFrame, nil, unsearched)) }
    (damaged, unsearched) = (nil, nil)
  }

  private mutating func watch(
    _ face: FaceRecord, _ now: ReviewItem.Moment, _ items: inout [ReviewItem]
  ) {
    let identity = face.identity
    guard let index = tracks.firstIndex(where: { $0.identity == identity }) else {
      var track = WatchedTrack(identity: identity, lastSeen: now, box: face.box)
      if face.score < Self.lowScore {
        track.lowScore = Run(first: now, last: now, score: face.score)
      }
      tracks.append(track)
      if lastFrame >= 0, !isNearBorder(face.box) {
        items.append(Self.item(.beganInPicture, identity, Run(first: now, last: now)))
      }
      return
    }
    if tracks[index].lastSeen.frame < lastFrame {
      let gap = Run(first: tracks[index].lastSeen, last: now)
      items.append(Self.item(.gapNotBridged, identity, gap))
    }
    let isFilled = face.state == .interpolated
    if isFilled {
      tracks[index].gap = Run(first: tracks[index].gap?.first ?? now, last: now)
    } else {
      if let gap = tracks[index].gap { items.append(Self.item(.gapBridged, identity, gap)) }
      tracks[index].gap = nil
      if face.score < Self.lowScore {
        let run = tracks[index].lowScore
        tracks[index].lowScore = Run(
          first: run?.first ?? now, last: now, score: min(run?.score ?? 1, face.score))
      } else if let run = tracks[index].lowScore {
        items.append(Self.item(.lowScore, identity, run))
        tracks[index].lowScore = nil
      }
    }
    tracks[index].lastSeen = now
    tracks[index].box = face.box
  }

  private func end(_ track: WatchedTrack, _ items: inout [ReviewItem]) {
    if let gap = track.gap { items.append(Self.item(.gapBridged, track.identity, gap)) }
    if let run = track.lowScore { items.append(Self.item(.lowScore, track.identity, run)) }
    if track.lastSeen.frame < lastFrame, !isNearBorder(track.box) {
      let run = Run(first: track.lastSeen, last: track.lastSeen)
      items.append(Self.item(.endedInPicture, track.identity, run))
    }
  }

  private func isNearBorder(_ box: BoundingBox) -> Bool {
    let (marginX, marginY) = (Self.borderShare * box.width, Self.borderShare * box.height)
    return box.minX < marginX || box.minY < marginY || box.maxX > width - marginX
      || box.maxY > height - marginY
  }

  /// Goes on with a run of frames, or ends it.
  private static func note(
    _ isSo: Bool, _ now: ReviewItem.Moment, _ reason: ReviewItem.Reason, _ run: inout Run?,
    _ items: inout [ReviewItem]
  ) {
    if isSo {
      run = Run(first: run?.first ?? now, last: now)
    } else if let ended = run {
      items.append(item(reason, nil, ended))
      run = nil
    }
  }

  private static func item(
    _ reason: ReviewItem.Reason, _ identity: Int?, _ run: Run
  ) -> ReviewItem {
    ReviewItem(
      reason: reason, identity: identity, first: run.first, last: run.last, score: run.score)
  }
}
