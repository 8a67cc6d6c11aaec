/// What is evaluated on WIDER FACE, and how.
package struct WiderOptions: Sendable, Equatable {
  /// Where the predictions come from.
  package enum Source: Sendable, Equatable {
    /// The detector, on the pictures in a folder, `event/name.jpg` (or `.png`).
    case images(folder: String)
    /// The text files of an earlier run or of another program in a folder, `event/name.txt`.
    case predictions(folder: String)
  }

  package var source: Source
  /// Holds the official `.mat` files.
  package var groundTruth: String
  /// A file that names the pictures to use; `nil` takes all.
  package var list: String?
  /// Landmark annotations in the form of RetinaFace's `label.txt`; `nil` measures none.
  package var landmarks: String?
  /// Receives the results picture by picture, and supplies those that are there; `nil` keeps them in
  /// memory only.
  package var output: String?
  /// Pictures worked on at once, each by one thread; `nil` takes the processors available. The results do
  /// not depend on it.
  package var threads: Int?
  /// How faces are found.
  package var detect = WiderOptions.usualDetection

  package init(source: Source, groundTruth: String) {
    self.source = source
    self.groundTruth = groundTruth
  }

  /// As in the evaluation that RetinaFace's public PyTorch implementation comes with: nearly everything
  /// is reported, so that the curve goes as far as it can.
  package static var usualDetection: Configuration.Detect {
    var detect = Configuration.Detect()
    detect.size = .source
    detect.score = 0.02
    detect.nms = 0.4
    detect.maximumFaces = 750
    return detect
  }
}
