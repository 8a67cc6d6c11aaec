import Detection
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@Suite("RetinaFace detector")
struct RetinaFaceDetectorTests {
  /// Numbers of a detection in the order of the fixture.
  private static func numbers(_ detection: Detection) -> [Float] {
    let box = detection.box
    return [box.minX, box.minY, box.maxX, box.maxY, detection.score]
      + (0..<Landmarks.count).flatMap { [detection.landmarks[$0].x, detection.landmarks[$0].y] }
  }

  @Test("finds the face PyTorch finds, where it finds it", arguments: KernelChoice.exact)
  func agreesWithPyTorch(kernels: KernelChoice) throws {
    let fixture = try SafetensorsFile(path: TestPictures.fixture("network.safetensors").path)
    let expected = try fixture.floats(of: "detections_x1y1x2y2_score_landmarks")
    let detections = try TestPictures.detect(
      TestPictures.portrait(), options: DetectorOptions(threads: 2, kernels: kernels))
    // Regressions agree to 1e-4 of their magnitude, a hundredth of a pixel in coordinates near 100.
    try #require(detections.count * 15 == expected.count)
    let actual = detections.flatMap(Self.numbers)
    for (index, pair) in zip(actual, expected).enumerated() {
      let tolerance: Float = index % 15 == 4 ? 1e-4 : 0.01
      #expect(abs(pair.0 - pair.1) <= tolerance, "number \(index)")
    }
  }

  @Test(
    "bfloat16 finds the same face within a pixel and a hundredth of score",
    .enabled(if: KernelChoice.bfloat16.isAvailable, "this processor has no AVX-512 BF16"))
  func bfloat16AgreesWithFloat32() throws {
    func numbers(_ kernels: KernelChoice) throws -> [Float] {
      try TestPictures.detect(
        TestPictures.portrait(), options: DetectorOptions(threads: 2, kernels: kernels)
      ).flatMap(Self.numbers)
    }
    let expected = try numbers(.tiled)
    let actual = try numbers(.bfloat16)
    try #require(actual.count == expected.count)
    #expect(actual != expected)
    for (index, pair) in zip(actual, expected).enumerated() {
      #expect(abs(pair.0 - pair.1) <= (index % 15 == 4 ? 0.01 : 1), "number \(index)")
    }
  }

  @Test(
    "finds the golden faces",
    .enabled(
      if: SharedFolder.url("golden/golden.safetensors") != nil,
      "needs the golden activations of the shared folder"),
    arguments: ["small", "large"])
  func agreesWithGolden(name: String) throws {
    let golden = try SafetensorsFile(
      path: #require(SharedFolder.url("golden/golden.safetensors")).path)
    let shape = try #require(golden.shape(of: name + ".input"))
    let picture = ScaledPicture(
      width: shape[3], height: shape[2], sourceWidth: shape[3], sourceHeight: shape[2])
    for (index, value) in try golden.floats(of: name + ".input").enumerated() {
      let (channel, pixel) = index.quotientAndRemainder(dividingBy: shape[2] * shape[3])
      picture.pixels[pixel * 3 + channel] = UInt8(
        (value + RetinaFaceNetwork.means[channel]).rounded())
    }
    let expected = try golden.floats(of: name + ".detections_x1y1x2y2_score_landmarks")
    let actual = try TestPictures.detect(picture).flatMap(Self.numbers)
    try #require(actual.count == expected.count)
    #expect(zip(actual, expected).allSatisfy { abs($0 - $1) <= 0.01 })
  }

  @Test("faces are reported in pixels of the source frame")
  func reportsInSource() throws {
    let portrait = try TestPictures.portrait()
    let plain = try #require(try TestPictures.detect(portrait).first)
    let stretched = try TestPictures.detect(
      TestPictures.cut(portrait, width: 224, height: 160, sourceWidth: 448, sourceHeight: 800))
    #expect(stretched == [plain.scaled(byX: 2, y: 5)])
  }

  @Test(
    "sizes that are no multiple of 32 are taken as they are",
    arguments: [(193, 130), (223, 159), (200, 128)])
  func takesAnySize(width: Int, height: Int) throws {
    let portrait = try TestPictures.portrait()
    let whole = try #require(try TestPictures.detect(portrait).first)
    let cut = TestPictures.cut(portrait, width: width, height: height)
    let options = DetectorOptions(scoreThreshold: 0.02)
    let found = try TestPictures.detect(cut, options: options)
    let best = try #require(found.first)
    #expect(best.box.intersectionOverUnion(with: whole.box) > 0.8)
    // The reference kernels know nothing of tiles, blocks and fused sums. Sums in another order.
    let expected = try TestPictures.detect(
      cut, options: DetectorOptions(scoreThreshold: 0.02, kernels: .reference))
    try #require(found.count == expected.count)
    for (actual, expected) in zip(found.flatMap(Self.numbers), expected.flatMap(Self.numbers)) {
      #expect(abs(actual - expected) <= 0.01)
    }
  }

  @Test("the smallest pictures are accepted", arguments: [(1, 1), (1, 224), (160, 1), (31, 33)])
  func acceptsSmallPictures(height: Int, width: Int) throws {
    let cut = TestPictures.cut(try TestPictures.portrait(), width: width, height: height)
    let detections = try TestPictures.detect(cut, options: DetectorOptions(scoreThreshold: 0))
    #expect(detections.allSatisfy { $0.isUsable })
  }

  @Test("options limit what is reported, best first")
  func honoursOptions() throws {
    let portrait = try TestPictures.portrait()
    func detect(_ options: DetectorOptions) throws -> [Detection] {
      try TestPictures.detect(portrait, options: options)
    }
    let many = try detect(DetectorOptions(scoreThreshold: 0.001))
    #expect(many.count > 3)
    #expect(zip(many, many.dropFirst()).allSatisfy { $0.score >= $1.score })
    #expect(many.allSatisfy { $0.score > 0.001 })
    let two = try detect(DetectorOptions(scoreThreshold: 0.001, maximumFaces: 2))
    #expect(two == Array(many.prefix(2)))
    let best = try #require(many.first)
    let height = best.box.height
    #expect(try detect(DetectorOptions(minimumFaceSize: height - 0.5)) == [best])
    #expect(try detect(DetectorOptions(minimumFaceSize: height + 0.5)) == [])
    // In the source, twice as high as in the network's input.
    let doubled = TestPictures.cut(
      portrait, width: 224, height: 160, sourceWidth: 448, sourceHeight: 320)
    let high = DetectorOptions(minimumFaceSize: 2 * height - 1)
    #expect(try TestPictures.detect(doubled, options: high).count == 1)
    #expect(try detect(DetectorOptions(scoreThreshold: 1)) == [])
  }

  @Test("counting last pixels adds one pixel of the source to sides when boxes are compared")
  func countsLastPixels() throws {
    func kept(nms: Float, lastPixels: Bool, sourceScale: Int) throws -> [Detection] {
      let picture = TestPictures.cut(
        try TestPictures.portrait(), width: 224, height: 160, sourceWidth: 224 * sourceScale,
        sourceHeight: 160 * sourceScale)
      return try TestPictures.detect(
        picture,
        options: DetectorOptions(
          scoreThreshold: 0, nmsThreshold: nms, nmsCountsLastPixels: lastPixels))
    }
    // By the definition, on all candidates: only identical boxes overlap by 1.
    let all = try kept(nms: 1, lastPixels: false, sourceScale: 2)
    var expected: [Detection] = []
    for candidate in all {
      let isHidden = expected.contains { better in
        let (a, b) = (better.box, candidate.box)
        let width = min(a.maxX, b.maxX) - max(a.minX, b.minX) + 1
        let height = min(a.maxY, b.maxY) - max(a.minY, b.minY) + 1
        let overlap = max(0, width) * max(0, height)
        let areas = (a.width + 1) * (a.height + 1) + (b.width + 1) * (b.height + 1)
        return overlap / (areas - overlap) > 0.2
      }
      if !isHidden { expected.append(candidate) }
    }
    #expect(try kept(nms: 0.2, lastPixels: true, sourceScale: 2) == expected)
    #expect(try kept(nms: 0.2, lastPixels: false, sourceScale: 2) != expected)
  }

  @Test("a detector gives the same faces whatever it saw before")
  func forgetsEarlierPictures() throws {
    let portrait = try TestPictures.portrait()
    let pictures = [(224, 160), (96, 96), (224, 128), (64, 160), (192, 160), (160, 160), (33, 40)]
      .map { TestPictures.cut(portrait, width: $0.0, height: $0.1) }
    let options = DetectorOptions(scoreThreshold: 0.01)
    let fresh = try pictures.map { try TestPictures.detect($0, options: options) }
    let detector = try RetinaFaceDetector(model: TestPictures.model.get(), options: options)
    var detections: [Detection] = []
    for _ in 0..<2 {
      for (picture, expected) in zip(pictures, fresh) {
        try detector.detect(in: picture, into: &detections)
        #expect(detections == expected)
      }
    }
  }

  @Test("faces are the same to the bit for any number of threads")
  func threadCountDoesNotMatter() throws {
    let portrait = try TestPictures.portrait()
    let expected = try TestPictures.detect(portrait, options: DetectorOptions(scoreThreshold: 0.01))
    for threads in [2, 3, max(4, ProcessInfo.processInfo.activeProcessorCount)] {
      let options = DetectorOptions(scoreThreshold: 0.01, threads: threads)
      #expect(try TestPictures.detect(portrait, options: options) == expected)
    }
  }

  @Test("pictures too large for any network are refused")
  func refusesHugePictures() throws {
    let picture = ScaledPicture(width: 40000, height: 1, sourceWidth: 40000, sourceHeight: 1)
    let error = #expect(throws: DetectionError.self) { try TestPictures.detect(picture) }
    #expect(
      error?.description == "the network cannot run on a picture of 40000x1 pixels: "
        + "sides must be within 1...32768")
  }
}
