package import Detection
import Inference
import Media

/// A detector ready to run, and the digest of its weights for the records.
struct LoadedModel: Sendable {
  let detector: any FaceDetector
  let digest: String

  init(detector: any FaceDetector, digest: String) {
    self.detector = detector
    self.digest = digest
  }

  /// - Throws: `detection` when the weights or options are refused, `media(.outOfMemory)`.
  init(_ detect: Configuration.Detect, threads: Int) throws(PipelineError) {
    try self.init(detect, of: LoadedNetwork(detect, threads: threads))
  }

  /// Makes one of several detectors that take turns at one network.
  ///
  /// - Parameter detect: All but the weights and kernels, which are the network's.
  /// - Throws: `detection` when the options are refused.
  init(_ detect: Configuration.Detect, of loaded: LoadedNetwork) throws(PipelineError) {
    do throws(DetectionError) {
      detector = try RetinaFaceDetector(
        sharing: loaded.network,
        options: SearchOptions(detect).detectorOptions(DetectorOptions(detect, threads: 1)))
    } catch {
      throw .detection(error)
    }
    digest = loaded.digest
  }
}

/// A network that was loaded once, for one detector or several, and the digest of its weights.
struct LoadedNetwork: Sendable {
  let network: SharedNetwork
  let digest: String

  /// - Parameters:
  ///   - detect: Of it, weights and kernels count.
  ///   - threads: That the network runs on, whose turn it ever is.
  /// - Throws: `detection` when the weights or kernels are refused, `media(.outOfMemory)`.
  init(_ detect: Configuration.Detect, threads: Int) throws(PipelineError) {
    let model: FaceModel
    do throws(DetectionError) {
      model = try FaceModel(path: detect.model)
      network = try SharedNetwork(model: model, options: DetectorOptions(detect, threads: threads))
    } catch {
      throw .detection(error)
    }
    digest = try modelDigest(model)
  }
}

/// The SHA-256 of a model's weights, hexadecimal.
///
/// - Throws: `media(.outOfMemory)`.
package func modelDigest(_ model: FaceModel) throws(PipelineError) -> String {
  do throws(MediaError) {
    return try sha256([UInt8](model.data))
  } catch {
    throw .media(error)
  }
}

extension DetectorOptions {
  init(_ detect: Configuration.Detect, threads: Int) {
    self.init(
      scoreThreshold: Float(detect.score), nmsThreshold: Float(detect.nms),
      maximumFaces: detect.maximumFaces, minimumFaceSize: Float(detect.minimumFace),
      threads: threads, kernels: detect.kernels)
  }
}

extension SearchOptions {
  init(_ detect: Configuration.Detect) {
    self.init(
      quality: detect.quality, options: DetectorOptions(detect, threads: 1))
    switch detect.multiScale {
    case .on: shortSides = Self.evaluationSides
    case .off: shortSides = []
    case .auto: break
    }
    if let isOn = detect.flip.isOn { mirrors = isOn }
    if let isOn = detect.tiles.isOn { usesTiles = isOn }
    switch detect.merging {
    case .auto: break
    case .nms: merging = .nms
    case .soft: merging = .soft
    case .voting: merging = .voting
    }
  }
}
