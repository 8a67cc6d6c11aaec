import Imaging

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
      "pose_sigma_roll", "pose_residual", "wall",
    ]

  static let headerLine = names.joined(separator: ",") + "\n"
}

extension TextBuffer {
  /// One row a face; fields without a value stay empty.
  mutating func appendCSVLines(_ record: FrameRecord) {
    for face in record.faces {
      append(record.frame)
      append(",")
      append(record.timestamp.ticks)
      append(",")
      append(record.timestamp.seconds)
      append(",")
      append(record.epoch)
      append(record.isDamaged ? ",true," : ",false,")
      append(face.identity)
      append(",")
      append(face.state.rawValue)
      for number in [face.score, face.box.minX, face.box.minY, face.box.width, face.box.height] {
        append(",")
        append(number)
      }
      for index in 0..<Landmarks.count {
        append(",")
        append(face.landmarks[index].x)
        append(",")
        append(face.landmarks[index].y)
      }
      if let pose = face.pose {
        for number in [pose.yaw, pose.pitch, pose.roll] + pose.sigma + [pose.residual] {
          append(",")
          append(number)
        }
      } else {
        append(",,,,,,,")
      }
      append(",")
      if let wall = record.wallSeconds { append(rfc3339(wall)) }
      append("\n")
    }
  }

  /// `frame,id,x,y,w,h,score,-1,-1,-1`, frames from 1 (Milan et al., "MOT16", 2016, section 3.3).
  mutating func appendMOTLines(_ record: FrameRecord) {
    for face in record.faces {
      append(record.frame + 1)
      append(",")
      append(face.identity)
      for number in [face.box.minX, face.box.minY, face.box.width, face.box.height, face.score] {
        append(",")
        append(number)
      }
      append(",-1,-1,-1\n")
    }
  }
}
