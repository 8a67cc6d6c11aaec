import Imaging

/// Moves faces on for some frames before they are first seen and after they are last seen: a detector
/// finds a face later than a person does, and loses it earlier.
///
/// Works on the faces of a track that `TrackRefinement` lets go, and looks at those that follow.
struct FaceExtrapolation {
  private let frames: Int
  /// Faces seen in the last frames, in no order.
  private var recent: [Recent] = []

  private struct Recent {
    var face: FaceRecord
    /// Of the middle of the box, in pixels a frame.
    var velocity = Point(x: 0, y: 0)
    /// Since it was in a frame.
    var age = 0
    /// Frames before that in which it was only predicted.
    var predicted = 0
  }

  /// A face moved on, or predicted, grows by this share of its size with every frame: nobody knows where it is.
  private static let growth: Float = 0.02
  /// Frames over which a velocity is measured.
  private static let baseline = 4

  /// - Parameter frames: How far faces are moved on; 0 leaves everything as it is.
  init(frames: Int) { self.frames = frames }

  /// Adds to the faces of a frame those that were there shortly before or will be shortly after.
  ///
  /// - Parameter upcoming: The frames that follow.
  mutating func extend(
    _ faces: inout [FaceRecord], upcoming: ArraySlice<TrackRefinement.Pending>
  ) {
    guard frames > 0 else { return }
    let seen = faces.count
    remember(faces)
    for index in faces.indices where faces[index].state == .extrapolated {
      let predicted = recent.first { $0.face.identity == faces[index].identity }?.predicted ?? 0
      faces[index] = faces[index].moved(
        by: Point(x: 0, y: 0), frames: 0, growth: Self.growth * Float(predicted))
    }
    for recent in recent where recent.age > 0 {
      faces.append(
        recent.face.moved(
          by: recent.velocity, frames: recent.age,
          growth: Self.growth * Float(recent.age + recent.predicted)))
    }
    for (distance, frame) in zip(1...frames, upcoming) {
      for face in frame.faces
      where !faces[..<seen].contains(where: { $0.identity == face.identity }) {
        // The frame nearest to this one decides; later ones show the same face again.
        let isNearest = !upcoming.prefix(distance - 1).contains {
          $0.faces.contains { $0.identity == face.identity }
        }
        guard isNearest else { continue }
        let velocity = velocity(of: face, in: upcoming.dropFirst(distance))
        faces.append(
          face.moved(by: velocity, frames: -distance, growth: Self.growth * Float(distance)))
      }
    }
  }

  private mutating func remember(_ faces: [FaceRecord]) {
    for index in recent.indices { recent[index].age += 1 }
    for face in faces {
      guard let index = recent.firstIndex(where: { $0.face.identity == face.identity }) else {
        recent.append(Recent(face: face))
        continue
      }
      let (before, now) = (recent[index].face.box.center, face.box.center)
      let age = Float(recent[index].age)
      let (old, share) = (recent[index].velocity, 1 / Float(Self.baseline))
      recent[index] = Recent(
        face: face,
        velocity: Point(
          x: old.x + share * ((now.x - before.x) / age - old.x),
          y: old.y + share * ((now.y - before.y) / age - old.y)),
        predicted: face.state == .extrapolated ? recent[index].predicted + recent[index].age : 0)
    }
    recent.removeAll { $0.age > frames }
  }

  /// How a face moves in the frames after it was first seen.
  private func velocity(
    of face: FaceRecord, in later: ArraySlice<TrackRefinement.Pending>
  ) -> Point {
    var result = Point(x: 0, y: 0)
    for (distance, frame) in zip(1...Self.baseline, later) {
      guard let next = frame.faces.first(where: { $0.identity == face.identity }) else { continue }
      let (from, to) = (face.box.center, next.box.center)
      result = Point(x: (to.x - from.x) / Float(distance), y: (to.y - from.y) / Float(distance))
    }
    return result
  }
}

extension FaceRecord {
  /// The face some frames later, or earlier where `frames` is negative, at a constant velocity.
  ///
  /// - Parameter growth: By which share of its size the box grows, around its middle.
  fileprivate func moved(by velocity: Point, frames: Int, growth: Float) -> FaceRecord {
    let (dx, dy) = (velocity.x * Float(frames), velocity.y * Float(frames))
    func moved(_ landmarks: Landmarks) -> Landmarks {
      var result = landmarks
      for index in 0..<Landmarks.count {
        result[index] = Point(x: landmarks[index].x + dx, y: landmarks[index].y + dy)
      }
      return result
    }
    let (marginX, marginY) = (growth * box.width / 2, growth * box.height / 2)
    return FaceRecord(
      identity: identity,
      box: BoundingBox(
        minX: box.minX + dx - marginX, minY: box.minY + dy - marginY,
        maxX: box.maxX + dx + marginX, maxY: box.maxY + dy + marginY),
      score: score, landmarks: moved(landmarks), smoothedLandmarks: smoothedLandmarks.map(moved),
      pose: nil, state: .extrapolated)
  }
}
