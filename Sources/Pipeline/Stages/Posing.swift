import Imaging
import Media
import Overlay
import Pose

/// Estimates head poses from landmarks given in pixels of the frame, whatever the pixels' shape.
///
/// The camera model knows square pixels only, so landmarks of a frame with others are stretched to
/// the width viewers see, and what is drawn is shrunk back.
struct Posing {
  private let estimator: HeadPoseEstimator
  private let pixelAspect: Float

  /// - Parameters:
  ///   - frame: Any of the run's upright frames.
  ///   - focal: In pixels, `nil` for the frame's long side.
  init(frame: VideoFrame, focal: Double?) {
    let aspect = frame.sampleAspectRatio.doubleValue
    pixelAspect = Float(aspect)
    let shownWidth = max(1, Int((Double(frame.width) * aspect).rounded()))
    estimator = HeadPoseEstimator(
      camera: Camera(width: shownWidth, height: frame.height, focalLength: focal))
  }

  /// The pose and its drawn axes, `nil` where the landmarks allow none.
  func pose(of landmarks: Landmarks) -> (record: PoseRecord, axes: PoseAxes?)? {
    guard let pose = try? estimator.estimate(landmarks.scaled(byX: pixelAspect, y: 1)) else {
      return nil
    }
    func degrees(_ radians: Double) -> Float { Float(radians * 180 / .pi) }
    let record = PoseRecord(
      yaw: degrees(pose.yaw), pitch: degrees(pose.pitch), roll: degrees(pose.roll),
      sigma: SIMD3(degrees(pose.sigma.x), degrees(pose.sigma.y), degrees(pose.sigma.z)),
      residual: Float(pose.residual))
    let axes = estimator.camera.projectAxes(of: pose).map { axes in
      func inFrame(_ point: Point) -> Point { point.scaled(byX: 1 / pixelAspect, y: 1) }
      return PoseAxes(
        origin: inFrame(axes.origin), x: inFrame(axes.x), y: inFrame(axes.y), z: inFrame(axes.z))
    }
    return (record, axes)
  }
}
