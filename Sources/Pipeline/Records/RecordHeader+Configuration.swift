import Foundation
import Imaging

extension RecordHeader {
  init(
    configuration: Configuration, width: Int?, height: Int?, timeBase: Rational?,
    modelDigest: String
  ) {
    let (detect, track) = (configuration.detect, configuration.track)
    self.init(
      input: withoutPassword(configuration.input ?? "-"), width: width, height: height,
      timeBase: timeBase, modelDigest: modelDigest,
      settings: [
        ("detect.size", .text(detect.size.description)),
        ("detect.score", .number(detect.score)),
        ("detect.nms", .number(detect.nms)),
        ("detect.max-faces", detect.maximumFaces.map { .integer($0) } ?? .none),
        ("detect.min-face", .number(detect.minimumFace)),
        ("detect.kernels", .text(detect.kernels.rawValue)),
        ("detect.quality", .text(detect.quality.rawValue)),
        ("detect.multi-scale", .text(detect.multiScale.rawValue)),
        ("detect.flip", .text(detect.flip.rawValue)),
        ("detect.tiles", .text(detect.tiles.rawValue)),
        ("detect.merging", .text(detect.merging.rawValue)),
        ("track.iou", .number(track.iou)),
        ("track.low-score", .number(track.lowScore)),
        ("track.min-hits", .integer(track.minimumHits)),
        ("track.lost-for", .number(track.lostFor)),
        ("track.lookahead", .integer(track.lookahead)),
        ("track.min-track", .integer(track.minimumTrack)),
        ("track.smoothing", .text(track.smoothing.rawValue)),
        ("pose.ipd", .number(configuration.pose.interpupillaryDistance)),
        ("pose.smooth", .text(configuration.smoothsPose ? "on" : "off")),
        ("focal", configuration.focal.map { .number($0) } ?? .none),
      ])
  }
}

/// A URL with its password replaced by stars; other texts as they are.
package func withoutPassword(_ url: String) -> String {
  guard let scheme = url.range(of: "://") else { return url }
  let rest = url[scheme.upperBound...]
  let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  guard let at = authority.lastIndex(of: "@"),
    let colon = authority[..<at].firstIndex(of: ":")
  else { return url }
  return url.replacingCharacters(in: authority.index(after: colon)..<at, with: "***")
}
