package import Imaging
import Inference
import Synchronization

/// Finds faces with RetinaFace.
///
/// After the first pictures a detection reuses all its memory. Calls from several threads wait for each
/// other, and so do detectors that share a network, first come, first served: for speed give each thread a
/// detector with a network of its own, which shares the weights of the model.
package final class RetinaFaceDetector: FaceDetector {
  private let network: SharedNetwork
  private let options: DetectorOptions
  private let state: Mutex<State>

  /// Makes a detector with a network of its own.
  ///
  /// - Throws: `invalidOption`.
  package convenience init(model: FaceModel, options: DetectorOptions) throws(DetectionError) {
    try self.init(sharing: SharedNetwork(model: model, options: options), options: options)
  }

  /// Makes one of several detectors that take turns at one network.
  ///
  /// - Parameter options: All but `kernels` and `threads`, which are the network's.
  /// - Throws: `invalidOption`.
  package init(
    sharing network: SharedNetwork, options: DetectorOptions
  ) throws(DetectionError) {
    try options.validate()
    self.network = network
    self.options = options
    state = Mutex(State(options: options))
    network.changeRoom(byPlans: options.maximumPlans)
  }

  deinit { network.changeRoom(byPlans: -options.maximumPlans) }

  package func detect(
    in picture: ScaledPicture, into detections: inout [Detection]
  ) throws(DetectionError) {
    try state.withLock { (state) throws(DetectionError) in
      do throws(InferenceError) {
        try network.findCandidates(
          in: picture, scoreThreshold: options.scoreThreshold, into: &state.candidates)
      } catch {
        throw .network(error)
      }
      if options.nmsCountsLastPixels {
        state.suppression.sideExtension = Point(x: 1 / picture.scaleX, y: 1 / picture.scaleY)
      }
      state.suppression.suppress(state.candidates, into: &detections)
    }
    for index in detections.indices {
      detections[index] = detections[index].scaled(byX: picture.scaleX, y: picture.scaleY)
        .moved(byX: Float(picture.sourceX), y: Float(picture.sourceY))
    }
    // Only now: a small face's box would otherwise be replaced by a worse, larger one.
    detections.removeAll { $0.box.height < options.minimumFaceSize }
    if let maximumFaces = options.maximumFaces {
      detections.removeLast(max(0, detections.count - maximumFaces))
    }
  }

  /// What a detection needs besides the picture and the network; one detection at a time.
  private struct State {
    /// In pixels of the picture, in the order of the anchors.
    var candidates: [Detection] = []
    var suppression: NonMaximumSuppression

    /// Memory for so many is there from the start; more make it grow once.
    private static let expectedCandidates = 1024

    init(options: DetectorOptions) {
      suppression = NonMaximumSuppression(
        threshold: options.nmsThreshold, maximumCandidates: options.maximumCandidates)
      candidates.reserveCapacity(Self.expectedCandidates)
    }
  }
}
