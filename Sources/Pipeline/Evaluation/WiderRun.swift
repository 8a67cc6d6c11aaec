import Detection
import Evaluation
import Foundation

/// One evaluation on WIDER FACE: pictures in parallel, each by one thread, and figures at the end.
package struct WiderRun: Sendable {
  private let options: WiderOptions

  /// How often progress is reported.
  private static let progressInterval = 0.2
  /// What a picture's name may end in; the first is that of the data set, the other keeps every pixel.
  private static let extensions = ["jpg", "png"]

  package init(_ options: WiderOptions) {
    self.options = options
  }

  /// Runs to the end.
  ///
  /// - Parameter progress: Called on the caller's thread several times a second, and at the end.
  /// - Throws: The first error of any picture; what was finished before is kept.
  package func run(progress: (WiderProgress) -> Void) throws(PipelineError) -> WiderReport {
    let truth: WiderGroundTruth
    let labels: [String: [LabelledFace]]?
    do throws(EvaluationError) {
      truth = try groundTruth()
      labels = try options.landmarks.map { path throws(EvaluationError) in
        try LandmarkLabels.read(path)
      }
    } catch {
      throw .evaluation(error)
    }
    var faces: [PictureFaces] = []
    var damages: [String] = []
    var settings: [String: String]?
    switch options.source {
    case .predictions(let folder):
      faces = try read(truth.pictures, from: folder)
    case .images(let folder):
      let paths = try picturePaths(truth.pictures, in: folder)
      let model = try loadModel()
      let made = try self.settings(of: model)
      settings = made
      let results = try options.output.map { path throws(PipelineError) in
        try ResultFolder(path, settings: made)
      }
      let found = try detect(
        truth.pictures, paths: paths, model: model, results: results, progress: progress)
      faces = found.map(\.faces)
      damages = found.compactMap(\.damage)
    }
    let accuracy = WiderAccuracy(
      zip(truth.pictures, faces).map { (truth: $0, predictions: $1.predictions) })
    var landmarks = labels.map { _ in LandmarkAccuracy() }
    for (picture, faces) in zip(truth.pictures, faces) {
      landmarks?.add(labels?[picture.name] ?? [], faces.predictions, faces.landmarks)
    }
    return WiderReport(
      pictures: truth.pictures.count, settings: settings, accuracy: accuracy, landmarks: landmarks,
      damages: damages)
  }

  private func groundTruth() throws(EvaluationError) -> WiderGroundTruth {
    var truth = try WiderGroundTruth(folder: options.groundTruth)
    if let list = options.list { try truth.keep(listedIn: list) }
    return truth
  }

  private func read(
    _ pictures: [WiderGroundTruth.Picture], from folder: String
  ) throws(PipelineError) -> [PictureFaces] {
    var faces: [PictureFaces] = []
    for picture in pictures {
      do throws(EvaluationError) {
        faces.append(
          PictureFaces(
            predictions: try PredictionFile.read("\(folder)/\(picture.name).txt"), landmarks: []))
      } catch {
        throw .evaluation(error)
      }
    }
    return faces
  }

  /// Where the pictures lie; all are looked for before the first is opened.
  private func picturePaths(
    _ pictures: [WiderGroundTruth.Picture], in folder: String
  ) throws(PipelineError) -> [String] {
    func isFolder(_ path: String) -> Bool {
      var isFolder = ObjCBool(false)
      let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      return exists && isFolder.boolValue
    }

    func missing(_ path: String, _ reason: String) -> PipelineError {
      .evaluation(.cannotRead(path: path, reason: reason))
    }

    guard isFolder(folder) else { throw missing(folder, "there is no such folder") }
    var knownEvents: Set<String> = []
    var paths: [String] = []
    for picture in pictures {
      let event = "\(folder)/\(picture.event)"
      if knownEvents.insert(event).inserted, !isFolder(event) {
        throw missing(
          event, "there is no such folder, and the ground truth has pictures in it")
      }
      let candidates = Self.extensions.map { "\(folder)/\(picture.name).\($0)" }
      guard let path = candidates.first(where: FileManager.default.fileExists) else {
        throw missing(candidates[0], "there is no such file")
      }
      paths.append(path)
    }
    return paths
  }

  private func loadModel() throws(PipelineError) -> FaceModel {
    do throws(DetectionError) {
      return try FaceModel(path: options.detect.model)
    } catch {
      throw .detection(error)
    }
  }

  /// All that the predictions depend on, under the names of the keys of pipeline files.
  private func settings(of model: FaceModel) throws(PipelineError) -> [String: String] {
    var settings = ["model": "sha256:" + (try modelDigest(model))]
    for setting in options.detect.settings {
      settings[setting.name] =
        switch setting.value {
        case .text(let text): text
        case .number(let number): number.description
        case .integer(let integer): integer.description
        case .none: "none"
        }
    }
    return settings
  }

  /// A detector for one worker.
  private func detector(_ model: FaceModel) throws(PipelineError) -> any FaceDetector {
    var detectorOptions = SearchOptions(options.detect).detectorOptions(
      DetectorOptions(options.detect, threads: 1))
    // As the evaluation the figures are compared with.
    detectorOptions.nmsCountsLastPixels = true
    do throws(DetectionError) {
      return try RetinaFaceDetector(model: model, options: detectorOptions)
    } catch {
      throw .detection(error)
    }
  }

  private func detect(
    _ pictures: [WiderGroundTruth.Picture], paths: [String], model: FaceModel,
    results: ResultFolder?, progress: (WiderProgress) -> Void
  ) throws(PipelineError) -> [WiderWork.Result] {
    let options = options
    let work = WiderWork(count: pictures.count)
    let started = ContinuousClock.now
    let workers = StageThreads()
    for number in 0..<max(1, min(options.threads ?? availableProcessors(), pictures.count)) {
      let faceDetector = try detector(model)
      workers.start("evaluation \(number)") {
        let detector = PictureDetector(detector: faceDetector, detect: options.detect)
        work.takeAll { index throws(PipelineError) in
          let picture = pictures[index]
          if let faces = try results?.faces(of: picture) {
            return WiderWork.Result(faces: faces, isNew: false)
          }
          let found = try detector.detect(paths[index])
          let faces = PictureFaces(found.faces)
          try results?.keep(faces, of: picture)
          return WiderWork.Result(
            faces: faces, isNew: true, damage: found.damage.map { "'\(paths[index])': \($0)" })
        }
      }
    }
    func report() {
      progress(work.progress(elapsedSeconds: (ContinuousClock.now - started) / .seconds(1)))
    }
    while !workers.wait(seconds: Self.progressInterval) { report() }
    report()
    return try work.finish()
  }
}
