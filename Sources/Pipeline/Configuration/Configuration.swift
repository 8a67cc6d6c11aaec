package import Detection
package import Inference
package import Media

/// Everything one run is told: filled by the command line, by a pipeline file, or by both.
package struct Configuration: Sendable, Equatable {
  /// Anything FFmpeg opens: a path, a URL, a device, `-`, `lavfi:GRAPH`.
  package var input: String?
  /// What the input is called in messages, in URLs and in names of files: letters, digits, `-` and `_`.
  package var name = defaultName
  /// FFmpeg's name of the input's container; `nil` probes.
  package var inputFormat: String?
  /// Where the annotated video goes, in one encoding; none writes none.
  package var outputs: [String] = []
  /// FFmpeg's name of the output's container; `nil` follows from its name. Of several outputs, it is that of
  /// those whose name tells none.
  package var format: String?
  /// Files are followed by the next one after so many seconds; `nil` writes one.
  package var segment: Double?
  /// Files of tracks: `.jsonl`, `.csv` or `.txt` (MOT) by extension, `-` for JSONL on standard output.
  package var tracks: [String] = []
  /// JSON lines of an earlier run on the same input, whose faces are drawn without searching again;
  /// `nil` searches.
  package var tracksFrom: String?
  /// Whether existing files may be replaced.
  package var overwrite = false
  package var draw: [DrawnElement] = DrawnElement.usual
  /// Focal length in pixels of the upright frame; `nil` takes its long side.
  package var focal: Double?
  /// Worker threads of decoder and network; `nil` takes the processors the process may use.
  package var threads: Int?
  /// Pictures with more pixels are refused.
  package var maximumPixels = 8192 * 8192
  package var detect = Detect()
  package var track = Track()
  package var pose = Pose()
  package var redact = Redact()
  package var crops = Crops()
  package var encode = EncoderOptions()
  package var buffer = Buffer()
  package var live = Live()
  package var serving = Serving()

  package init() {}

  static let defaultName = "camera"

  /// How faces are found where they are followed: down to the score at which they go on, but do not
  /// begin.
  var detectForTracking: Detect {
    var detect = detect
    detect.score = min(detect.score, track.lowScore)
    return detect
  }

  /// What is drawn for each face.
  package enum DrawnElement: String, CaseIterable, Sendable {
    case boxes, ids, landmarks, axes, cuboid, none

    static let usual: [DrawnElement] = [.boxes, .ids, .landmarks, .axes]
  }

  /// How faces are found.
  package struct Detect: Sendable, Equatable {
    /// A safetensors file of the same architecture; `nil` takes the built-in weights.
    package var model: String?
    package var size = InputSize.longSide(640)
    /// Faces below this probability are not reported.
    package var score = 0.5
    /// Of two boxes with a larger IoU only the better is kept.
    package var nms = 0.4
    /// The best faces of a frame are kept; `nil` keeps all.
    package var maximumFaces: Int?
    /// Faces whose box is less high, in pixels of the frame, are not reported.
    package var minimumFace = 0.0
    package var kernels = KernelChoice.tiled
    /// How thoroughly frames are searched: what is `auto` below follows from it.
    package var quality = SearchQuality.fast
    /// Whether the frame is also looked at in the sizes of RetinaFace's evaluation, with short sides of 500
    /// to 1700 pixels.
    package var multiScale = Choice.auto
    /// Whether every look is repeated with the picture mirrored.
    package var flip = Choice.auto
    /// Whether places with hints of small faces are looked at in full size.
    package var tiles = Choice.auto
    package var merging = Merging.auto
    package var every = DetectionInterval.auto
  }

  /// Whether something is done; what `auto` stands for is said where it is chosen.
  package enum Choice: String, CaseIterable, Sendable {
    case auto, on, off

    /// `nil` where something else decides.
    var isOn: Bool? { self == .auto ? nil : self == .on }
  }

  /// What becomes of a face that is found several times.
  package enum Merging: String, CaseIterable, Sendable {
    /// Non-maximum suppression for `fast`, otherwise voting.
    case auto
    case nms
    /// Soft-NMS.
    case soft
    /// Box voting.
    case voting
  }

  /// How faces are followed.
  package struct Track: Sendable, Equatable {
    /// A detection belongs to a track only with at least this IoU.
    package var iou = 0.1
    /// Detections down to this score go on with tracks; only those of `detect.score` begin them.
    package var lowScore = 0.1
    /// How landmarks are smoothed beside the raw ones.
    package var smoothing = Smoothing.oneEuro
    /// Frames in a row before a face counts as tracked.
    package var minimumHits = 3
    /// Seconds a face may be out of sight and keep its identity.
    package var lostFor = 1.0
    /// Frames that wait until it is known what becomes of their faces.
    package var lookahead = 0
    /// Tracks of fewer frames are left out, as far as `lookahead` reaches.
    package var minimumTrack = 1
    /// What is done about a camera that moves.
    package var cameraMotion = CameraMotion.auto
    /// Whether all faces are forgotten when a live input is connected anew.
    package var resetsOnReconnect = false
  }

  /// What is done about a camera that moves.
  package enum CameraMotion: String, CaseIterable, Sendable {
    case off
    /// Measured from the background in frames that follow a frame with faces, and compensated.
    case auto
  }

  /// What takes the tremble out of landmarks.
  package enum Smoothing: String, CaseIterable, Sendable {
    case oneEuro = "one-euro"
    case off
  }

  /// How head poses are estimated.
  package struct Pose: Sendable, Equatable {
    /// Between the eyes, in mm: the size of the head, and so its distance. The default is the mean of
    /// adults (Dodgson, "Variation and extrema of human interpupillary distance", 2004).
    package var interpupillaryDistance = 63.0
    /// Whether poses are smoothed over time, for drawing and as further values in the records; auto is
    /// on where a video is written or the input is live, off for tracks of files.
    package var smooth = Choice.auto
  }

  /// How faces are hidden.
  package struct Redact: Sendable, Equatable {
    package var style = RedactionStyle.none
    package var shape = RedactionShape.ellipse
    /// Width and height of what is hidden, as a multiple of the face's.
    package var scale = 1.3
    /// Frames a face is hidden before its first detection and after its last; before, as far as
    /// `track.lookahead` reaches.
    package var extend = 15
    /// What becomes of a frame whose faces cannot be relied on.
    package var onFailure = FailedFrames.hide
    /// A file of JSON lines with the places a person should check; `nil` writes none.
    package var report: String?
  }

  /// Which aligned pictures of faces are written.
  package struct Crops: Sendable, Equatable {
    /// The folder to write them to; `nil` writes none.
    package var folder: String?
    /// Crops of each track, at most.
    package var perTrack = 5
  }

  /// What a face is replaced with.
  package enum RedactionStyle: String, CaseIterable, Sendable {
    /// Faces are not hidden.
    case none
    case blur, pixelate, solid
  }

  /// What shape is hidden.
  package enum RedactionShape: String, CaseIterable, Sendable {
    case ellipse, box
  }

  /// What becomes of frames on which detection failed, or that the decoder had to patch.
  package enum FailedFrames: String, CaseIterable, Sendable {
    /// They are hidden whole.
    case hide
    /// The run ends with an error, and no such frame is written.
    case stop
    /// They are treated as any other; where detection failed, no face is detected.
    case keep
  }

  /// What hiding faces begins with: rather too many hidden than one too few.
  package static var redacting: Configuration {
    var configuration = Configuration()
    configuration.redact.style = .blur
    configuration.draw = [.none]
    configuration.detect.score = 0.3
    configuration.track.minimumHits = 1
    configuration.track.lookahead = 30
    return configuration
  }

  /// The only output of runs that have no more than one; the first of several.
  package var output: String? {
    get { outputs.first }
    set { outputs = newValue.map { [$0] } ?? [] }
  }

  /// Whether faces are hidden.
  var hidesFaces: Bool { redact.style != .none }

  /// Whether this run smooths poses.
  var smoothsPose: Bool {
    pose.smooth.isOn ?? (!outputs.isEmpty || readsLive)
  }

  /// The ring buffer between decoding and detection.
  package struct Buffer: Sendable, Equatable {
    package var capacity = 8
    package var whenFull = WhenFull.auto
  }

  /// What happens when the ring buffer is full.
  package enum WhenFull: String, CaseIterable, Sendable {
    /// Live inputs drop the oldest frame, all others wait.
    case auto
    case wait
    case dropOldest = "drop-oldest"
  }

  /// What size the network sees a frame in.
  package enum InputSize: Sendable, Equatable {
    /// The frame scaled so that its longer side has so many pixels.
    case longSide(Int)
    /// The largest picture of the frame's shape within these pixels.
    case within(width: Int, height: Int)
    /// The frame as it is.
    case source
  }
}
