import Imaging
import Pose

@testable import Pipeline

/// Records with values chosen to be hard to write and easy to recognise.
enum ExampleRecords {
  static let header = RecordHeader(
    input: "talk.mp4", width: 1280, height: 720, timeBase: Rational(1, 12800),
    modelDigest: "00ff",
    settings: [
      ("detect.size", .text("640")), ("detect.score", .number(0.5)),
      ("detect.max-faces", .none), ("track.min-hits", .integer(3)),
    ])

  static let pose = PoseRecord(
    angles: PoseAngles(yaw: -3.1, pitch: 5, roll: 0.4), sigma: [1.5, 2.25, 1e-7],
    translation: [-12.5, 40, 903.25], residual: 0.1)

  static let face = FaceRecord(
    identity: 1, box: BoundingBox(minX: -2.5, minY: 10, maxX: 20.125, maxY: 40.5),
    score: 0.998, landmarks: landmarks, pose: pose, poseReason: nil, smoothedPose: nil,
    state: .tracked)

  static let landmarks = Landmarks(
    leftEye: Point(x: 1.5, y: 20), rightEye: Point(x: 11.1, y: 20.2),
    noseTip: Point(x: 6, y: 25), leftMouthCorner: Point(x: 3, y: 33.333332),
    rightMouthCorner: Point(x: 9, y: 33))

  static let frame = FrameRecord(
    frame: 7, timestamp: Timestamp(ticks: 3584, timeBase: Rational(1, 12800)), isDamaged: false,
    faces: [face])

  /// With everything that may be absent absent, or present that usually is not.
  static let unusualFrame: FrameRecord = {
    var first = face
    first.smoothedPose = PoseAngles(yaw: -2.5, pitch: 4, roll: 0.5)
    var second = face
    second.identity = 12
    second.pose = nil
    second.poseReason = .poorFit
    second.state = .tentative
    return FrameRecord(
      frame: 8, timestamp: Timestamp(ticks: -1001, timeBase: Rational(1, 30000)), epoch: 2,
      isDamaged: true, wallSeconds: 1_714_564_800.25, faces: [first, second])
  }()

  static func text(_ body: (inout TextBuffer) -> Void) -> String {
    var buffer = TextBuffer()
    body(&buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
}
