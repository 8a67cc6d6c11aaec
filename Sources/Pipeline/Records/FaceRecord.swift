package import Imaging
package import Pose

/// One face in one frame, as it is written and drawn.
package struct FaceRecord: Sendable, Equatable {
  /// Where a track is in its life.
  package enum State: String, Sendable {
    case tentative, tracked
    /// Not seen in this frame, but in one before and one after: between the two.
    case interpolated
    /// Not seen in this frame: moved on from where it was shortly before, or is shortly after. Where the frame
    /// was not searched, the tracker predicts it; where faces are hidden, their tracks are extended.
    case extrapolated
  }

  /// Never given to another face of the same input.
  package var identity: Int
  /// In pixels of the upright, full-size frame, not clipped to it.
  package var box: BoundingBox
  /// The detector's probability, 0 to 1.
  package var score: Float
  package var landmarks: Landmarks
  /// Without their tremble; `nil` when smoothing is switched off.
  package var smoothedLandmarks: Landmarks?
  /// `nil` where the landmarks allow none, and for a face that is extrapolated.
  package var pose: PoseRecord?
  /// Why the landmarks allow no pose.
  package var poseReason: PoseError?
  /// The angles smoothed over time; `nil` without a pose, or where poses are not smoothed.
  package var smoothedPose: PoseAngles?
  package var state: State
}

/// The angles of a head in degrees; `HeadPose` defines the signs.
package struct PoseAngles: Sendable, Equatable {
  package var yaw: Float
  package var pitch: Float
  package var roll: Float
}

/// A head pose in output units; `HeadPose` defines signs and axes.
package struct PoseRecord: Sendable, Equatable {
  package var angles: PoseAngles
  /// Standard deviations of yaw, pitch and roll in degrees.
  package var sigma: SIMD3<Float>
  /// Of the middle of the head from the camera in mm: to the image's right, down, and away.
  package var translation: SIMD3<Float>
  /// Root mean square distance of the landmarks from the projected template, in pixels.
  package var residual: Float
}

/// Which picture of a folder a record is of.
package struct PictureRecord: Sendable, Equatable {
  /// The name in the folder.
  package var input: String
  /// In pixels, upright.
  package var width: Int
  package var height: Int
}

/// All that is known of one decoded frame.
package struct FrameRecord: Sendable, Equatable {
  /// Set for the pictures of a folder.
  package var picture: PictureRecord?
  /// From 0; the picture's number in the order of a folder.
  package var frame: Int
  package var timestamp: Timestamp
  /// Counts reconnections of a live input.
  package var epoch = 0
  package var isDamaged: Bool
  /// Whether the frame could not be searched for faces.
  package var isUnsearched = false
  /// Whether the frame was not to be searched: its faces are where they are expected, or between two
  /// detections.
  package var isPredicted = false
  /// Seconds since 1970 when a live frame arrived, `nil` for files.
  package var wallSeconds: Double?
  /// CRC-32 of the packet the frame was decoded from; `nil` for live inputs and where none can be assigned.
  package var packetChecksum: UInt32?
  package var faces: [FaceRecord]
}

/// What the records of a run begin with.
package struct RecordHeader: Sendable, Equatable {
  /// As the user gave it, without a password.
  package var input: String
  /// In pixels, upright; `nil` for a folder, whose pictures have sizes of their own.
  package var width: Int?
  package var height: Int?
  /// `nil` for a folder.
  package var timeBase: Rational?
  /// SHA-256 of the weights, hexadecimal.
  package var modelDigest: String
  /// The settings that decide the tracks, in a fixed order.
  package var settings: [(name: String, value: SettingValue)]

  /// A setting as the header of the records writes it.
  package enum SettingValue: Sendable, Equatable {
    case text(String)
    case number(Double)
    case integer(Int)
    case none
  }

  package static func == (a: RecordHeader, b: RecordHeader) -> Bool {
    a.input == b.input && a.width == b.width && a.height == b.height && a.timeBase == b.timeBase
      && a.modelDigest == b.modelDigest
      && a.settings.elementsEqual(b.settings) { $0.name == $1.name && $0.value == $1.value }
  }
}
