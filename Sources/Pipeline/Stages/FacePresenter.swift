import Imaging
import Media
import Overlay
import Pose

/// Measures the poses of the faces of one frame after the other, and says what is drawn of them.
///
/// The same records in the same order give the same drawing, whether their faces were just found or
/// come from a file. All memory is reused from frame to frame.
struct FacePresenter {
  /// The faces presented last, as they are drawn.
  private(set) var annotations: [FaceAnnotation] = []
  /// Those of them that have no pose.
  private(set) var missingPoses = PoseReasonCounts()

  private let configuration: Configuration
  private var posing: Posing?
  /// Memory of earlier annotations, which the output may still be drawing.
  private var earlierAnnotations: [[FaceAnnotation]]
  private var oldest = 0

  /// Memory for so many faces is there from the start; more make it grow once.
  private static let expectedFaces = 64

  /// - Parameter framesInFlight: How many frames' annotations somebody else may hold at once.
  init(configuration: Configuration, framesInFlight: Int) {
    self.configuration = configuration
    earlierAnnotations = (0...framesInFlight).map { _ in Self.emptyArray() }
    annotations = Self.emptyArray()
  }

  private static func emptyArray() -> [FaceAnnotation] {
    var array: [FaceAnnotation] = []
    array.reserveCapacity(expectedFaces)
    return array
  }

  /// Learns the size of the frames from the first; to be called before `present`.
  mutating func begin(_ frame: VideoFrame) {
    posing = posing ?? Posing(frame: frame, configuration: configuration)
  }

  /// Fills in the poses of the faces of the next frame, and leaves in `annotations` what is drawn.
  ///
  /// Faces that are only moved on (`extrapolated`) get no pose, since their landmarks say nothing new; drawn is
  /// the last one.
  ///
  /// - Parameter seconds: The moment the frame shows.
  /// - Precondition: `begin` was called.
  mutating func present(_ faces: inout [FaceRecord], at seconds: Double) {
    // Taken out while it is in use, so that its memory has one owner and is never copied.
    guard var posing = self.posing.take() else { preconditionFailure("no frame was begun") }
    posing.begin(at: seconds)
    missingPoses = PoseReasonCounts()
    swap(&annotations, &earlierAnnotations[oldest])
    oldest = (oldest + 1) % earlierAnnotations.count
    annotations.removeAll(keepingCapacity: true)
    for index in faces.indices {
      let landmarks = faces[index].landmarks
      if faces[index].state == .extrapolated {
        let drawing = posing.lastPose(of: landmarks, identity: faces[index].identity)
        annotations.append(
          FaceAnnotation(faces[index], axes: drawing?.axes, cuboid: drawing?.cuboid))
        continue
      }
      var posed: Posing.Result?
      do throws(PoseError) {
        posed = try posing.pose(of: landmarks, identity: faces[index].identity)
      } catch {
        faces[index].poseReason = error
        missingPoses.add(error)
      }
      faces[index].pose = posed?.record
      faces[index].smoothedPose = posed?.smoothed
      annotations.append(FaceAnnotation(faces[index], axes: posed?.axes, cuboid: posed?.cuboid))
    }
    self.posing = posing
  }
}

extension FaceAnnotation {
  fileprivate init(_ face: FaceRecord, axes: PoseAxes?, cuboid: PoseCuboid?) {
    self.init(
      identity: face.identity, score: face.score, box: face.box.asRecorded,
      landmarks: face.smoothedLandmarks ?? face.landmarks, axes: axes, cuboid: cuboid)
  }
}

extension BoundingBox {
  /// The box that a reader of the records gets: its far corner is the near one and the size, which may
  /// round.
  fileprivate var asRecorded: BoundingBox {
    BoundingBox(x: minX, y: minY, width: width, height: height)
  }
}
