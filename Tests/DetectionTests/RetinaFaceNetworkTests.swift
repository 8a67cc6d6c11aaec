import Detection
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@Suite("RetinaFace network")
struct RetinaFaceNetworkTests {
  /// Forty layers, each summing up to 2304 float32 terms in another order than PyTorch.
  private static let tolerance: Float = 1e-4

  @Test("every stage computes what PyTorch computes (samples)", arguments: KernelChoice.exact)
  func agreesWithSamples(kernels: KernelChoice) throws {
    try compareWithSamples(kernels: kernels, level: .preferred)
  }

  private func compareWithSamples(
    kernels: KernelChoice, level: ProcessorLevel, chainingFloor: Int = 1 << 20
  ) throws {
    let fixture = try SafetensorsFile(path: TestPictures.fixture("network.safetensors").path)
    let picture = try TestPictures.portrait()
    let planeSize = picture.width * picture.height
    let input = (0..<3 * planeSize).map { index in
      Float(picture.pixels[index % planeSize * 3 + index / planeSize])
        - RetinaFaceNetwork.means[index / planeSize]
    }
    let run = try NetworkRun(
      input: input, width: picture.width, height: picture.height, kernels: kernels, level: level,
      chainingFloor: chainingFloor)
    for name in NetworkRun.stages + NetworkRun.heads {
      let stride = try #require(fixture.metadata["stride.\(name)"].flatMap { Int($0) })
      let largest = try #require(fixture.metadata["largest.\(name)"].flatMap { Float($0) })
      let expected = try fixture.floats(of: name)
      let values = try #require(run.features[name])
      let samples = Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }
      try #require(samples.count == expected.count)
      let error = zip(samples, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(error <= Self.tolerance * largest, "\(name): error \(error) of \(largest)")
    }
  }

  @Test(
    "every stage computes what PyTorch computes (all values)",
    .enabled(
      if: SharedFolder.url("golden/golden.safetensors") != nil,
      "needs the golden activations of the shared folder"),
    arguments: ["small", "large"], KernelChoice.exact)
  func agreesWithGolden(picture: String, kernels: KernelChoice) throws {
    let golden = try SafetensorsFile(
      path: #require(SharedFolder.url("golden/golden.safetensors")).path)
    let shape = try #require(golden.shape(of: picture + ".input"))
    let run = try NetworkRun(
      input: golden.floats(of: picture + ".input"), width: shape[3], height: shape[2],
      kernels: kernels)
    var worst: (name: String, error: Float) = ("", 0)
    for name in NetworkRun.stages + NetworkRun.heads {
      let expected = try golden.floats(of: "\(picture).\(name)")
      let values = try #require(run.features[name])
      try #require(values.count == expected.count)
      let largest = expected.map(abs).max() ?? 0
      let error = (zip(values, expected).map { abs($0 - $1) }.max() ?? .infinity) / largest
      #expect(error <= Self.tolerance, "\(name): relative error \(error)")
      if !(error <= worst.error) { worst = (name, error) }
    }
    print("golden \(picture), \(kernels.rawValue): largest error \(worst.error) in \(worst.name)")

    let priors = try golden.floats(of: picture + ".priors_cxcywh_px")
    let anchors = run.anchors.anchors.flatMap { [$0.centerX, $0.centerY, $0.width, $0.height] }
    #expect(anchors == priors)
  }

  @Test(
    "every processor level computes what PyTorch computes", arguments: ProcessorLevel.available)
  func levelsAgreeWithSamples(level: ProcessorLevel) throws {
    try compareWithSamples(kernels: .tiled, level: level, chainingFloor: 0)
  }

  @Test(
    "results are the same to the bit for any number of threads",
    arguments: [KernelChoice.openblas, .tiled])
  func threadCountDoesNotMatter(kernels: KernelChoice) throws {
    var generator = SeededGenerator(seed: 3)
    let input = (0..<3 * 160 * 224).map { _ in Float.random(in: -120...140, using: &generator) }
    let expected = try NetworkRun(
      input: input, width: 224, height: 160, kernels: kernels, threads: 1)
    for threads in [2, 3, max(4, ProcessInfo.processInfo.activeProcessorCount)] {
      let run = try NetworkRun(
        input: input, width: 224, height: 160, kernels: kernels, threads: threads)
      for (name, values) in expected.features {
        #expect(run.features[name]?.map(\.bitPattern) == values.map(\.bitPattern), "\(name)")
      }
    }
  }

  @Test("the default network has the size of its card")
  func knowsItsSize() throws {
    let model = try TestPictures.model.get()
    let card = try #require(model.card)
    let values = try #require(try JSONSerialization.jsonObject(with: card) as? [String: Any])
    #expect(values["parameters"] as? Int == model.parameterCount)
    #expect(model.parameterCount == 426_608)
    let gigaMultiplyAdds = Double(model.multiplyAdds(width: 640, height: 640)) / 1e9
    #expect(abs(gigaMultiplyAdds - (values["gmacs_640x640"] as? Double ?? 0)) < 0.0005)
    let half = model.multiplyAdds(width: 640, height: 320)
    #expect(2 * half == model.multiplyAdds(width: 640, height: 640))
    #expect((half..<2 * half).contains(model.multiplyAdds(width: 640, height: 321)))
    #expect(model.tensors.count == 253)
    #expect(model.data.count == 1_755_792)
  }
}
