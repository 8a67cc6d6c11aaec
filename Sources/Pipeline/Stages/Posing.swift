import Imaging
import Media
import Overlay
import Pose

/// Estimates head poses from landmarks given in pixels of the frame, whatever the pixels' shape, and
/// follows them from frame to frame.
///
/// The camera model knows square pixels only, so landmarks of a frame with others are stretched to
/// the width viewers see, and what is drawn is shrunk back.
struct Posing {
  private let estimator: HeadPoseEstimator
  private let pixelAspect: Float
  private let smooths: Bool
  private var history = PoseHistory()
  private var seconds = 0.0

  /// What is known of the pose of one face.
  struct Result {
    var record: PoseRecord
    /// `nil` where poses are not smoothed.
    var smoothed: PoseAngles?
    /// Of the smoothed pose where there is one.
    var axes: PoseAxes?
    /// Of the smoothed pose where there is one.
    var cuboid: PoseCuboid?
  }

  /// What is drawn of a face that was not seen.
  struct Drawing {
    var axes: PoseAxes?
    var cuboid: PoseCuboid?
  }

  /// - Parameters:
  ///   - frame: Any of the run's upright frames.
  init(frame: VideoFrame, configuration: Configuration) {
    let aspect = frame.sampleAspectRatio.doubleValue
    pixelAspect = Float(aspect)
    let shownWidth = max(1, Int((Double(frame.width) * aspect).rounded()))
    estimator = HeadPoseEstimator(
      camera: Camera(
        width: shownWidth, height: frame.height, focalLength: configuration.focal),
      template: FaceTemplate.average.scaled(
        toInterpupillaryDistance: configuration.pose.interpupillaryDistance))
    smooths = configuration.smoothsPose
  }

  /// Begins the next frame.
  ///
  /// - Parameters:
  ///   - seconds: The moment it shows.
  mutating func begin(at seconds: Double) {
    self.seconds = seconds
    history.begin(at: seconds)
  }

  /// The pose of a face of this frame and what is drawn of it.
  ///
  /// - Throws: Why the landmarks have none.
  mutating func pose(
    of landmarks: Landmarks, identity: Int
  ) throws(PoseError) -> Result {
    let pose = try estimator.estimate(
      landmarks.scaled(byX: pixelAspect, y: 1), previous: history.rotation(of: identity))
    let smoothRotation = history.note(pose.rotation, of: identity, at: seconds)
    let drawn =
      smooths ? pose.turned(to: smoothRotation, about: estimator.template.centroid) : pose
    return Result(
      record: PoseRecord(pose), smoothed: smooths ? PoseAngles(drawn) : nil,
      axes: axes(of: drawn, from: landmarks.noseTip), cuboid: cuboid(of: drawn))
  }

  /// What is drawn of a face that was not seen in this frame: the way its head was last turned, at the place
  /// where the landmarks are expected. Nothing is measured or remembered.
  ///
  /// - Returns: `nil` for a head whose pose was not known shortly before.
  func lastPose(of landmarks: Landmarks, identity: Int) -> Drawing? {
    guard let measured = history.rotation(of: identity),
      let smoothed = history.smoothedRotation(of: identity),
      let place = try? estimator.estimate(
        landmarks.scaled(byX: pixelAspect, y: 1), previous: measured)
    else { return nil }
    let pose = place.turned(
      to: smooths ? smoothed : measured, about: estimator.template.centroid)
    return Drawing(axes: axes(of: pose, from: landmarks.noseTip), cuboid: cuboid(of: pose))
  }

  /// The axes as seen in the frame, moved to the tip of the nose as it was found: the template's lies
  /// beside it by the residual.
  private func axes(of pose: HeadPose, from noseTip: Point) -> PoseAxes? {
    guard
      let axes = estimator.camera.projectAxes(of: pose, template: estimator.template)
    else { return nil }
    func fromNoseTip(_ point: Point) -> Point {
      Point(
        x: noseTip.x + (point.x - axes.origin.x) / pixelAspect,
        y: noseTip.y + (point.y - axes.origin.y))
    }
    return PoseAxes(
      origin: noseTip, x: fromNoseTip(axes.x), y: fromNoseTip(axes.y), z: fromNoseTip(axes.z))
  }

  /// The box around the head as seen in the frame.
  private func cuboid(of pose: HeadPose) -> PoseCuboid? {
    guard
      let cuboid = estimator.camera.projectCuboid(of: pose, template: estimator.template)
    else { return nil }
    func inFrame(_ side: ProjectedCuboid.Side) -> PoseCuboid.Side {
      func inFrame(_ point: Point) -> Point { point.scaled(byX: 1 / pixelAspect, y: 1) }
      return PoseCuboid.Side(
        topLeft: inFrame(side.topLeft), topRight: inFrame(side.topRight),
        bottomRight: inFrame(side.bottomRight), bottomLeft: inFrame(side.bottomLeft))
    }
    return PoseCuboid(front: inFrame(cuboid.front), back: inFrame(cuboid.back))
  }
}

extension PoseAngles {
  fileprivate init(_ pose: HeadPose) {
    self.init(
      yaw: inDegrees(pose.yaw), pitch: inDegrees(pose.pitch), roll: inDegrees(pose.roll))
  }
}

extension PoseRecord {
  fileprivate init(_ pose: HeadPose) {
    self.init(
      angles: PoseAngles(pose),
      sigma: SIMD3(
        inDegrees(pose.sigma.x), inDegrees(pose.sigma.y), inDegrees(pose.sigma.z)),
      translation: SIMD3(pose.translation), residual: Float(pose.residual))
  }
}

private func inDegrees(_ radians: Double) -> Float { Float(radians * 180 / .pi) }
