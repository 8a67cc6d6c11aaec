import ArgumentParser
import Pipeline

/// How faces are found, whatever the size of the picture: what runs on videos and evaluation share.
struct FaceSearchOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Report faces above this probability. (default: 0.5)", valueName: "p"))
  var score: String?

  @Option(
    help: ArgumentHelp(
      "Of two boxes with a larger overlap (IoU) keep the better. (default: 0.4)", valueName: "iou"))
  var nms: String?

  @Option(help: ArgumentHelp("Keep only the best faces of a frame. (default: all)", valueName: "n"))
  var maxFaces: String?

  @Option(
    help: ArgumentHelp("Leave out faces less high than this. (default: 0)", valueName: "px"))
  var minFace: String?

  @Option(help: ArgumentHelp("Weights to use instead of the built-in ones.", valueName: "file"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Convolutions: tiled, bfloat16 (quicker), openblas, reference. (default: tiled)",
      valueName: "name"))
  var kernels: String?

  @Option(
    help: ArgumentHelp(
      "How thoroughly to search: fast, balanced (small and very large faces) or best (slow). (default: fast)",
      valueName: "name"))
  var quality: String?

  @Option(
    help: ArgumentHelp(
      "Look at the whole frame in the five sizes of RetinaFace's evaluation: auto (no), on or off.",
      valueName: "choice"))
  var multiScale: String?

  @Option(
    help: ArgumentHelp(
      "Repeat every look with the picture mirrored: auto (as --quality best), on or off.",
      valueName: "choice"))
  var flip: String?

  @Option(
    help: ArgumentHelp(
      "Look at hints of small faces in full size: auto (as --quality balanced), on or off.",
      valueName: "choice"))
  var tiles: String?

  @Option(
    help: ArgumentHelp(
      "Faces found several times: nms, soft, voting, or auto (by --quality). (default: auto)",
      valueName: "name"))
  var merging: String?

  var keyed: [KeyedOption] {
    [
      KeyedOption(name: "--score", key: "detect.score", value: score),
      KeyedOption(name: "--nms", key: "detect.nms", value: nms),
      KeyedOption(name: "--max-faces", key: "detect.max-faces", value: maxFaces),
      KeyedOption(name: "--min-face", key: "detect.min-face", value: minFace),
      KeyedOption(name: "--model", key: "detect.model", value: model),
      KeyedOption(name: "--kernels", key: "detect.kernels", value: kernels),
      KeyedOption(name: "--quality", key: "detect.quality", value: quality),
      KeyedOption(name: "--multi-scale", key: "detect.multi-scale", value: multiScale),
      KeyedOption(name: "--flip", key: "detect.flip", value: flip),
      KeyedOption(name: "--tiles", key: "detect.tiles", value: tiles),
      KeyedOption(name: "--merging", key: "detect.merging", value: merging),
    ]
  }
}
