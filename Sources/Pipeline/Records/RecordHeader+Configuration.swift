import Detection
import Imaging
import Inference

extension RecordHeader {
  init(
    configuration: Configuration, width: Int?, height: Int?, timeBase: Rational?,
    modelDigest: String
  ) {
    let track = configuration.track
    self.init(
      input: withoutPassword(configuration.input ?? "-"), width: width, height: height,
      timeBase: timeBase, modelDigest: modelDigest,
      settings: configuration.detect.settings + [
        ("detect.every", configuration.detect.every.setting),
        ("track.iou", .number(track.iou)),
        ("track.low-score", .number(track.lowScore)),
        ("track.min-hits", .integer(track.minimumHits)),
        ("track.lost-for", .number(track.lostFor)),
        ("track.lookahead", .integer(track.lookahead)),
        ("track.min-track", .integer(track.minimumTrack)),
        ("track.smoothing", .text(track.smoothing.rawValue)),
        ("track.camera-motion", .text(track.cameraMotion.rawValue)),
        ("track.reset-on-reconnect", .text(track.resetsOnReconnect ? "true" : "false")),
        ("pose.ipd", .number(configuration.pose.interpupillaryDistance)),
        ("pose.smooth", .text(configuration.smoothsPose ? "on" : "off")),
        ("focal", configuration.focal.map { .number($0) } ?? .none),
      ])
  }
}

extension Configuration.Detect {
  /// All but the weights, by the names of their keys: what detections depend on.
  var settings: [(name: String, value: RecordHeader.SettingValue)] {
    [
      ("detect.size", .text(size.description)),
      ("detect.score", .number(score)),
      ("detect.nms", .number(nms)),
      ("detect.max-faces", maximumFaces.map { .integer($0) } ?? .none),
      ("detect.min-face", .number(minimumFace)),
      ("detect.kernels", .text(kernels.rawValue)),
      ("detect.quality", .text(quality.rawValue)),
      ("detect.multi-scale", .text(multiScale.rawValue)),
      ("detect.flip", .text(flip.rawValue)),
      ("detect.tiles", .text(tiles.rawValue)),
      ("detect.merging", .text(merging.rawValue)),
    ]
  }
}
