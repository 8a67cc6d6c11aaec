import Imaging
import Pose

extension TextBuffer {
  /// Version of the JSON lines; it rises when a reader of the old form would go wrong.
  private static let formatVersion = 1

  mutating func appendJSONHeader(_ header: RecordHeader) {
    append("{\"facestream\":")
    append(Self.formatVersion)
    append(",\"input\":")
    appendQuoted(header.input)
    if let width = header.width, let height = header.height, let timeBase = header.timeBase {
      appendSize(width: width, height: height)
      append(",\"time_base\":[")
      append(timeBase.numerator)
      append(",")
      append(timeBase.denominator)
      append("]")
    }
    append(",\"model\":\"sha256:")
    append(header.modelDigest)
    append("\",\"settings\":{")
    for (index, setting) in header.settings.enumerated() {
      if index > 0 { append(",") }
      appendQuoted(setting.name)
      append(":")
      switch setting.value {
      case .text(let value): appendQuoted(value)
      case .number(let value): append(value)
      case .integer(let value): append(value)
      case .none: append("null")
      }
    }
    append("}}\n")
  }

  mutating func appendJSONLine(_ record: FrameRecord) {
    append("{")
    if let picture = record.picture {
      append("\"input\":")
      appendQuoted(picture.input)
      appendSize(width: picture.width, height: picture.height)
      append(",")
    }
    append("\"frame\":")
    append(record.frame)
    append(",\"pts\":")
    append(record.timestamp.ticks)
    append(",\"time\":")
    append(record.timestamp)
    append(",\"epoch\":")
    append(record.epoch)
    if let wall = record.wallSeconds {
      append(",\"wall\":\"")
      appendRFC3339(wall)
      append("\"")
    }
    if let checksum = record.packetChecksum {
      append(",\"crc32\":\"")
      appendHexadecimal(checksum)
      append("\"")
    }
    if record.isDamaged { append(",\"damaged\":true") }
    if record.isUnsearched { append(",\"unsearched\":true") }
    if record.isPredicted { append(",\"predicted\":true") }
    append(",\"faces\":[")
    for (index, face) in record.faces.enumerated() {
      if index > 0 { append(",") }
      append(face)
    }
    append("]}\n")
  }

  private mutating func appendSize(width: Int, height: Int) {
    append(",\"width\":")
    append(width)
    append(",\"height\":")
    append(height)
  }

  private mutating func append(_ face: FaceRecord) {
    append("{\"id\":")
    append(face.identity)
    append(",\"box\":[")
    append(face.box.minX)
    append(",")
    append(face.box.minY)
    append(",")
    append(face.box.width)
    append(",")
    append(face.box.height)
    append("],\"score\":")
    append(face.score)
    append(",\"landmarks\":[")
    append(face.landmarks)
    if let smoothed = face.smoothedLandmarks {
      append("],\"landmarks_smoothed\":[")
      append(smoothed)
    }
    append("],\"pose\":")
    if let pose = face.pose { append(pose) } else { append("null") }
    if let reason = face.poseReason {
      append(",\"pose_reason\":\"")
      append(reason.rawValue)
      append("\"")
    }
    if let angles = face.smoothedPose {
      append(",\"pose_smoothed\":{")
      append(angles)
      append("}")
    }
    append(",\"state\":\"")
    append(face.state.rawValue)
    append("\"}")
  }

  private mutating func append(_ landmarks: Landmarks) {
    for index in 0..<Landmarks.count {
      append(index > 0 ? ",[" : "[")
      append(landmarks[index].x)
      append(",")
      append(landmarks[index].y)
      append("]")
    }
  }

  private mutating func append(_ pose: PoseRecord) {
    append("{")
    append(pose.angles)
    append(",\"sigma\":")
    append(pose.sigma)
    append(",\"translation\":")
    append(pose.translation)
    append(",\"residual\":")
    append(pose.residual)
    append("}")
  }

  private mutating func append(_ angles: PoseAngles) {
    append("\"yaw\":")
    append(angles.yaw)
    append(",\"pitch\":")
    append(angles.pitch)
    append(",\"roll\":")
    append(angles.roll)
  }

  private mutating func append(_ numbers: SIMD3<Float>) {
    for index in 0..<3 {
      append(index > 0 ? "," : "[")
      append(numbers[index])
    }
    append("]")
  }
}
