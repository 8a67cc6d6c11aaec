import Imaging
import Pose

/// The columns of the CSV export, in order: the names of the JSON lines, flattened.
enum CSVColumns {
  static let names: [String] =
    [
      "frame", "pts", "time", "epoch", "damaged", "id", "state", "score", "box_x", "box_y", "box_w",
      "box_h",
    ]
    + (0..<Landmarks.count).flatMap { ["landmark_\($0)_x", "landmark_\($0)_y"] }
    + [
      "pose_yaw", "pose_pitch", "pose_roll", "pose_sigma_yaw", "pose_sigma_pitch",
      "pose_sigma_roll", "pose_translation_x", "pose_translation_y", "pose_translation_z",
      "pose_residual", "pose_reason", "pose_smoothed_yaw", "pose_smoothed_pitch",
      "pose_smoothed_roll", "wall",
    ]
    + (0..<Landmarks.count).flatMap { ["landmark_smoothed_\($0)_x", "landmark_smoothed_\($0)_y"] }

  static let headerLine = names.joined(separator: ",") + "\n"
  /// Of a folder, whose rows say in a last column which picture they are of.
  static let folderHeaderLine = (names + ["input"]).joined(separator: ",") + "\n"
}

extension TextBuffer {
  /// One row a face; fields without a value stay empty.
  mutating func appendCSVLines(_ record: FrameRecord) {
    for face in record.faces {
      append(record.frame)
      append(",")
      append(record.timestamp.ticks)
      append(",")
      append(record.timestamp)
      append(",")
      append(record.epoch)
      append(record.isDamaged ? ",true," : ",false,")
      append(face.identity)
      append(",")
      append(face.state.rawValue)
      append(",")
      append(face.score)
      append(face.box)
      for index in 0..<Landmarks.count {
        append(",")
        append(face.landmarks[index].x)
        append(",")
        append(face.landmarks[index].y)
      }
      if let pose = face.pose {
        append(pose.angles)
        append(pose.sigma)
        append(pose.translation)
        append(",")
        append(pose.residual)
      } else {
        append(",,,,,,,,,,")
      }
      append(",")
      if let reason = face.poseReason { append(reason.rawValue) }
      if let angles = face.smoothedPose { append(angles) } else { append(",,,") }
      append(",")
      if let wall = record.wallSeconds { appendRFC3339(wall) }
      for index in 0..<Landmarks.count {
        append(",")
        if let smoothed = face.smoothedLandmarks { append(smoothed[index].x) }
        append(",")
        if let smoothed = face.smoothedLandmarks { append(smoothed[index].y) }
      }
      if let picture = record.picture {
        append(",")
        appendField(picture.input)
      }
      append("\n")
    }
  }

  /// `frame,id,x,y,w,h,score,-1,-1,-1`, frames from 1 (Milan et al., "MOT16", 2016, section 3.3).
  mutating func appendMOTLines(_ record: FrameRecord) {
    for face in record.faces {
      append(record.frame + 1)
      append(",")
      append(face.identity)
      append(face.box)
      append(",")
      append(face.score)
      append(",-1,-1,-1\n")
    }
  }

  /// A text as a field, in quotes where it needs them (RFC 4180, section 2).
  private mutating func appendField(_ text: String) {
    let needsQuotes = text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    append(needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text)
  }

  /// Left, top, width and height, each after a comma.
  private mutating func append(_ box: BoundingBox) {
    append(",")
    append(box.minX)
    append(",")
    append(box.minY)
    append(",")
    append(box.width)
    append(",")
    append(box.height)
  }

  /// Yaw, pitch and roll, each after a comma.
  private mutating func append(_ angles: PoseAngles) {
    append(SIMD3(angles.yaw, angles.pitch, angles.roll))
  }

  /// Three numbers, each after a comma.
  private mutating func append(_ numbers: SIMD3<Float>) {
    for index in 0..<3 {
      append(",")
      append(numbers[index])
    }
  }
}
