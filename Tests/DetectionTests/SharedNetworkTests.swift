import Detection
import Foundation
import Imaging
import Testing

@Suite("Detectors that share a network", .timeLimit(.minutes(10)))
struct SharedNetworkTests {
  private static let sizes = [(224, 160), (96, 96), (224, 128), (64, 160), (192, 160), (160, 160)]

  private func detectors(
    _ options: [DetectorOptions]
  ) throws -> (network: SharedNetwork, detectors: [RetinaFaceDetector]) {
    let network = try SharedNetwork(
      model: TestPictures.model.get(), options: DetectorOptions(threads: 2))
    return (
      network, try options.map { try RetinaFaceDetector(sharing: network, options: $0) }
    )
  }

  @Test("each finds what it would find alone, with thresholds and limits of its own")
  func sameAsAlone() throws {
    let options = [
      DetectorOptions(), DetectorOptions(scoreThreshold: 0.01),
      DetectorOptions(scoreThreshold: 0.001, nmsThreshold: 0.9, maximumFaces: 3),
      DetectorOptions(scoreThreshold: 0.001, minimumFaceSize: 40),
    ]
    let portrait = try TestPictures.portrait()
    let pictures = Self.sizes.map { TestPictures.cut(portrait, width: $0.0, height: $0.1) }
    let shared = try detectors(options)
    var detections: [Detection] = []
    for picture in pictures {
      for (detector, options) in zip(shared.detectors, options) {
        try detector.detect(in: picture, into: &detections)
        #expect(try detections == TestPictures.detect(picture, options: options))
      }
    }
  }

  @Test("several at once find the same as one after the other")
  func concurrently() throws {
    let portrait = try TestPictures.portrait()
    let pictures = Self.sizes.map { TestPictures.cut(portrait, width: $0.0, height: $0.1) }
    let options = DetectorOptions(scoreThreshold: 0.01)
    let expected = try pictures.map { try TestPictures.detect($0, options: options) }
    let shared = try detectors(Array(repeating: options, count: pictures.count))
    let cameras = Array(zip(shared.detectors, expected))
    // Each has a picture of its own.
    nonisolated(unsafe) let own = pictures
    DispatchQueue.concurrentPerform(iterations: cameras.count) { index in
      var detections: [Detection] = []
      for _ in 0..<5 {
        try? cameras[index].0.detect(in: unsafe own[index], into: &detections)
        #expect(detections == cameras[index].1)
        detections.removeAll()
      }
    }
  }

  @Test("a size is planned once, however many see it and however often they change")
  func plansOnce() throws {
    let portrait = try TestPictures.portrait()
    let pictures = Self.sizes.map { TestPictures.cut(portrait, width: $0.0, height: $0.1) }
    // A detector alone keeps four plans; two keep eight, which is room for six sizes.
    let shared = try detectors([DetectorOptions(), DetectorOptions()])
    var detections: [Detection] = []
    for _ in 0..<3 {
      for picture in pictures {
        for detector in shared.detectors { try detector.detect(in: picture, into: &detections) }
      }
    }
    #expect(shared.network.planCount == pictures.count)
  }

  @Test("the room of a detector that is gone is given back")
  func plansAreBounded() throws {
    let portrait = try TestPictures.portrait()
    let pictures = Self.sizes.map { TestPictures.cut(portrait, width: $0.0, height: $0.1) }
    var shared = try detectors([DetectorOptions(), DetectorOptions()])
    let remaining = shared.detectors[0]
    shared.detectors.removeAll()
    var detections: [Detection] = []
    for _ in 0..<2 {
      for picture in pictures { try remaining.detect(in: picture, into: &detections) }
    }
    // Six sizes in turn do not fit into four plans: each is made anew.
    #expect(shared.network.planCount == 2 * pictures.count)
  }
}
