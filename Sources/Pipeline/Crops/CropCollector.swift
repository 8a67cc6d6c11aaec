import Alignment
import Foundation
import Imaging
import Media

/// Keeps the best crops of every face, and writes those of a track when it has ended.
///
/// Owned by one thread. Memory is that of the tracks that may go on, times the crops of each.
final class CropCollector {
  private let folder: String
  private let perTrack: Int
  private let lostForSeconds: Double
  private let index: LineFile
  private var tracks: [CollectedTrack] = []

  private struct CollectedTrack {
    var identity: Int
    var lastSeconds: Double
    /// Best first; of equal ones the earlier first.
    var crops: [Collected] = []
  }

  private struct Collected {
    var crop: FaceCrop
    var quality: Double
    var frame: Int
    var timestamp: Timestamp
    var score: Float
    var angles: PoseAngles?
  }

  /// Makes the folder. Whether that is allowed was decided before.
  ///
  /// - Throws: `configuration`, `cannotWriteTracks`.
  init(folder: String, perTrack: Int, lostForSeconds: Double) throws(PipelineError) {
    self.folder = folder
    self.perTrack = perTrack
    self.lostForSeconds = lostForSeconds
    try PictureFolder.make(folder)
    EarlierCrops.remove(from: folder)
    index = try LineFile(path: folder + "/index.jsonl")
  }

  /// Takes what is worth keeping of a frame.
  ///
  /// - Throws: `configuration`, `cannotWriteTracks`.
  func add(_ faces: [FaceRecord], of frame: VideoFrame) throws(PipelineError) {
    let now = frame.timestamp.seconds
    for face in faces where face.state == .tracked || face.state == .tentative {
      let index: Int
      if let known = tracks.firstIndex(where: { $0.identity == face.identity }) {
        index = known
      } else {
        index = tracks.count
        tracks.append(CollectedTrack(identity: face.identity, lastSeconds: now))
      }
      tracks[index].lastSeconds = now
      guard face.state == .tracked else { continue }
      let quality = Self.quality(of: face, width: frame.width, height: frame.height)
      let crops = tracks[index].crops
      if crops.count == perTrack, let last = crops.last, last.quality >= quality { continue }
      let crop = unsafe frame.withPlanarImage { unsafe FaceCrop(of: face.landmarks, in: $0) }
      guard let crop else { continue }
      let place = crops.firstIndex { $0.quality < quality } ?? crops.count
      tracks[index].crops.insert(
        Collected(
          crop: crop, quality: quality, frame: frame.index, timestamp: frame.timestamp,
          score: face.score, angles: face.pose?.angles), at: place)
      if tracks[index].crops.count > perTrack { tracks[index].crops.removeLast() }
    }
    for (number, track) in tracks.enumerated().reversed()
    where !(0...lostForSeconds + 1).contains(now - track.lastSeconds) {
      try write(tracks.remove(at: number))
    }
  }

  /// Writes what is left.
  ///
  /// - Throws: `configuration`, `cannotWriteTracks`.
  func finish() throws(PipelineError) {
    for track in tracks { try write(track) }
    tracks = []
    try index.flush()
  }

  /// How well a face can be seen, 0 to 1: the detector's score, times its size up to that of a crop,
  /// times the cosines of yaw and pitch, times the part of its box within the frame. A face without a
  /// pose counts as one turned by 60°.
  static func quality(of face: FaceRecord, width: Int, height: Int) -> Double {
    let box = face.box
    let frame = BoundingBox(x: 0, y: 0, width: Float(width), height: Float(height))
    guard box.area > 0 else { return 0 }
    let visible = Double(box.intersectionArea(with: frame) / box.area)
    let size = min(1, Double(box.area).squareRoot() / Double(FaceCrop.side))
    var frontal = 0.5
    if let angles = face.pose?.angles {
      frontal = max(
        0, cos(Double(angles.yaw) * .pi / 180) * cos(Double(angles.pitch) * .pi / 180))
    }
    return Double(face.score) * size * frontal * visible
  }

  private func write(_ track: CollectedTrack) throws(PipelineError) {
    guard !track.crops.isEmpty else { return }
    let name = "id-" + Self.digits(track.identity, 4)
    try PictureFolder.make(folder + "/" + name)
    for (rank, collected) in track.crops.enumerated() {
      let file =
        name + "/" + Self.digits(rank + 1, 2) + "_frame-" + Self.digits(collected.frame, 6)
        + ".png"
      if let reason = collected.crop.writePNG(to: folder + "/" + file) {
        throw .cannotWriteTracks(path: folder + "/" + file, reason: reason)
      }
      index.text.append("{\"file\":")
      index.text.appendQuoted(file)
      index.text.append(",\"id\":")
      index.text.append(track.identity)
      index.text.append(",\"rank\":")
      index.text.append(rank + 1)
      index.text.append(",\"frame\":")
      index.text.append(collected.frame)
      index.text.append(",\"pts\":")
      index.text.append(collected.timestamp.ticks)
      index.text.append(",\"time\":")
      index.text.append(collected.timestamp)
      index.text.append(",\"quality\":")
      index.text.append(Float(collected.quality))
      index.text.append(",\"score\":")
      index.text.append(collected.score)
      if let angles = collected.angles {
        index.text.append(",\"yaw\":")
        index.text.append(angles.yaw)
        index.text.append(",\"pitch\":")
        index.text.append(angles.pitch)
        index.text.append(",\"roll\":")
        index.text.append(angles.roll)
      }
      index.text.append("}\n")
    }
    try index.flush()
  }

  private static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
