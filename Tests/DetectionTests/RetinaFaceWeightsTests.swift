import Detection
import Foundation
import Inference
import TestSupport
import Testing

@Suite("RetinaFace weights")
struct RetinaFaceWeightsTests {
  private typealias Tensor = SafetensorsBuilder.Tensor

  /// The default network's tensors, to be changed.
  private static func tensors() throws -> [Tensor] {
    let model = try TestPictures.model.get()
    let file = try SafetensorsFile(data: model.data, path: "default")
    return try file.tensors.map {
      Tensor(name: $0.name, shape: $0.shape, values: try file.floats(of: $0.name))
    }
  }

  private static func load(_ tensors: [Tensor]) throws -> FaceModel {
    try FaceModel(file: SafetensorsFile(data: SafetensorsBuilder.file(tensors), path: "net"))
  }

  @Test("names may have the prefix of training on several processors, and batch counts")
  func acceptsPrefix() throws {
    var tensors = try Self.tensors()
    for index in tensors.indices { tensors[index].name = "module." + tensors[index].name }
    tensors.append(
      Tensor(
        name: "module.body.stage1.0.1.num_batches_tracked", type: "I64", shape: [],
        bytes: Array(repeating: 1, count: 8)))
    let model = try Self.load(tensors)
    #expect(model.parameterCount == 426_608)
  }

  @Test("a missing tensor is named")
  func refusesMissing() throws {
    let tensors = try Self.tensors().filter { $0.name != "ssh2.conv7x7_3.1.running_mean" }
    #expect(
      throws: InferenceError.missingTensor(path: "net", tensor: "ssh2.conv7x7_3.1.running_mean")
    ) { try Self.load(tensors) }
  }

  @Test("a tensor too many is named")
  func refusesExtra() throws {
    let extra = Tensor(name: "fc.weight", shape: [1], values: [1])
    #expect(throws: InferenceError.unexpectedTensor(path: "net", tensor: "fc.weight")) {
      try Self.load(try Self.tensors() + [extra])
    }
    let double = Tensor(name: "module.body.stage1.0.1.bias", shape: [1], values: [1])
    #expect(throws: InferenceError.unexpectedTensor(path: "net", tensor: double.name)) {
      try Self.load(try Self.tensors() + [double])
    }
  }

  @Test("a wrong shape is named with the right one")
  func refusesWrongShape() throws {
    var tensors = try Self.tensors()
    let index = try #require(tensors.firstIndex { $0.name == "fpn.merge1.0.weight" })
    tensors[index].shape = [64, 576]
    #expect(
      throws: InferenceError.wrongShape(
        path: "net", tensor: "fpn.merge1.0.weight", expected: [64, 64, 3, 3], found: [64, 576])
    ) { try Self.load(tensors) }
  }

  @Test("values that cannot be used are named")
  func refusesValues() throws {
    let name = "body.stage3.1.4.running_var"
    var tensors = try Self.tensors()
    let index = try #require(tensors.firstIndex { $0.name == name })
    var values = [Float](repeating: 1, count: 256)
    values[200] = -0.5
    tensors[index].bytes = SafetensorsBuilder.bytes(of: values)
    #expect(
      throws: InferenceError.unusableTensor(
        path: "net", tensor: name, reason: "element 200 is a negative variance")
    ) { try Self.load(tensors) }
    values[200] = .nan
    tensors[index].bytes = SafetensorsBuilder.bytes(of: values)
    #expect(
      throws: InferenceError.unusableTensor(
        path: "net", tensor: name, reason: "element 200 is not a finite number")
    ) { try Self.load(tensors) }
    tensors[index] = Tensor(
      name: name, type: "F16", shape: [256], bytes: Array(repeating: 0, count: 512))
    #expect(
      throws: InferenceError.unusableTensor(
        path: "net", tensor: name, reason: "its data type is F16, only F32 is supported")
    ) { try Self.load(tensors) }
  }

  @Test("finite values whose product is not finite are refused by name")
  func refusesOverflow() throws {
    var tensors = try Self.tensors()
    let index = try #require(tensors.firstIndex { $0.name == "ssh1.conv3X3.1.weight" })
    tensors[index].bytes = SafetensorsBuilder.bytes(
      of: Array(repeating: .greatestFiniteMagnitude, count: 32))
    let variance = try #require(tensors.firstIndex { $0.name == "ssh1.conv3X3.1.running_var" })
    tensors[variance].bytes = SafetensorsBuilder.bytes(of: Array(repeating: 0, count: 32))
    #expect(
      throws: InferenceError.unusableTensor(
        path: "net", tensor: "ssh1.conv3X3.0.weight",
        reason: "its values and those of 'ssh1.conv3X3.1' overflow when combined")
    ) { try Self.load(tensors) }
  }

  @Test("a file that is no network is refused by name")
  func refusesOtherFiles() throws {
    let path = try TestPictures.fixture("portrait.ppm").path
    let error = #expect(throws: DetectionError.self) { try FaceModel(path: path) }
    let sentence = try #require(error).description
    #expect(sentence.hasPrefix("'\(path)' is not a usable safetensors file: its header is said"))
    #expect(
      throws: DetectionError.network(
        .cannotRead(path: "/nowhere/n", reason: "there is no such file"))
    ) { try FaceModel(path: "/nowhere/n") }
  }

  @Test("missing resources are an error that tells where they were looked for")
  func missingResources() {
    let folders = ["/nowhere/a", "/nowhere/b", "/nowhere/a"].map { URL(filePath: $0) }
    let error = #expect(throws: DetectionError.self) {
      try ResourceFolder(folders: folders).path(of: "net.safetensors")
    }
    #expect(
      error?.description
        == "the default network 'net.safetensors' was not found in '/nowhere/a' or '/nowhere/b'; "
        + "reinstall the program with its resources, or name a network with --model")
  }
}
