import Imaging
import Pose
import TestSupport
import Testing

@Suite("Head pose of what is no face")
struct DegenerateLandmarksTests {
  let camera = Camera(width: 1280, height: 720)

  private func landmarks(_ points: [(Float, Float)]) -> Landmarks {
    let points = points.map { Point(x: $0.0, y: $0.1) }
    return Landmarks(
      leftEye: points[0], rightEye: points[1], noseTip: points[2], leftMouthCorner: points[3],
      rightMouthCorner: points[4])
  }

  private let face: [(Float, Float)] = [
    (590, 310), (690, 310), (640, 366), (600, 416), (680, 416),
  ]

  /// Why the landmarks have no pose, `nil` when they have one.
  private func reason(_ landmarks: Landmarks) -> PoseError? {
    do throws(PoseError) {
      _ = try HeadPoseEstimator(camera: camera).estimate(landmarks)
      return nil
    } catch {
      return error
    }
  }

  @Test("the face that the others are made from has a pose")
  func usual() {
    #expect(reason(landmarks(face)) == nil)
  }

  @Test(
    "landmarks that are not finite have no pose", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) {
    for index in 0..<Landmarks.count {
      var broken = landmarks(face)
      broken[index].x = value
      #expect(reason(broken) == .notFinite)
      broken = landmarks(face)
      broken[index].y = value
      #expect(reason(broken) == .notFinite)
    }
  }

  @Test("landmarks that fall together have no pose")
  func collapsed() {
    #expect(reason(landmarks(Array(repeating: (640, 360), count: 5))) == .collapsed)
    #expect(reason(landmarks(Array(repeating: (0, 0), count: 5))) == .collapsed)
    #expect(
      reason(landmarks(face.map { (640 + $0.0 * 1e-3, 360 + $0.1 * 1e-3) })) == .collapsed)
  }

  @Test("landmarks in a line have no pose")
  func inLine() {
    #expect(reason(landmarks((0..<5).map { (Float($0) * 30, 100) })) == .collapsed)
    #expect(reason(landmarks(face.map { ($0.0, $0.0 * 0.5) })) == .collapsed)
  }

  @Test("a face so large that the head would surround the camera has no pose")
  func behindCamera() {
    let huge = face.map { (640 + ($0.0 - 640) * 60, 360 + ($0.1 - 360) * 60) }
    #expect(reason(landmarks(huge)) == .behindCamera)
  }

  @Test("a mirrored face has no pose: it would look away from the camera")
  func mirrored() {
    let swapped = [face[1], face[0], face[2], face[4], face[3]]
    #expect(reason(landmarks(swapped)) == .facingAway)
  }

  @Test("an arrangement that is no face has no pose")
  func noFace() {
    // A nose far outside of the face; and eyes crosswise with the mouth.
    #expect(reason(landmarks([face[0], face[1], (1000, 100), face[3], face[4]])) == .poorFit)
    #expect(reason(landmarks([face[0], face[1], face[2], face[4], face[3]])) == .poorFit)
  }

  @Test("whatever the landmarks, every number given is finite")
  func randomLandmarks() {
    let estimator = HeadPoseEstimator(camera: camera)
    var generator = SeededGenerator(seed: 3)
    var given = 0
    for scale in [0.01, 3, 300, 1e5] as [Float] {
      for _ in 0..<2000 {
        let points = (0..<5).map { _ in
          (
            Float.random(in: -scale...scale, using: &generator),
            Float.random(in: -scale...scale, using: &generator)
          )
        }
        guard let pose = try? estimator.estimate(landmarks(points)) else { continue }
        given += 1
        #expect(pose.yaw.isFinite && pose.pitch.isFinite && pose.roll.isFinite)
        #expect(pose.residual.isFinite && pose.translation.z > 0)
        for axis in 0..<3 { #expect(pose.sigma[axis] > 0 && pose.sigma[axis] <= .pi) }
      }
    }
    // Some random points do look like a face; most do not.
    #expect(given > 0 && given < 2000)
  }
}
