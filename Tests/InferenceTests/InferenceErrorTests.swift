import Inference
import Testing

@Suite("Inference error")
struct InferenceErrorTests {
  @Test("each case is one sentence that names the file and the tensor")
  func sentences() {
    let sentences: [(InferenceError, String)] = [
      (
        .cannotRead(path: "n.safetensors", reason: "there is no such file"),
        "cannot read 'n.safetensors': there is no such file"
      ),
      (
        .notSafetensors(path: "film.mp4", reason: "it has only 3 bytes"),
        "'film.mp4' is not a usable safetensors file: it has only 3 bytes"
      ),
      (
        .unusableTensor(
          path: "n", tensor: "fpn.output1.0.weight", reason: "element 7 is not a finite number"),
        "tensor 'fpn.output1.0.weight' of 'n' cannot be used: element 7 is not a finite number"
      ),
      (
        .missingTensor(path: "n", tensor: "t"),
        "'n' lacks the tensor 't' this network needs"
      ),
      (
        .unexpectedTensor(path: "n", tensor: "t"),
        "'n' holds the tensor 't', which this network does not have"
      ),
      (
        .wrongShape(path: "n", tensor: "t", expected: [8, 3, 3, 3], found: [8, 3]),
        "tensor 't' of 'n' has shape [8, 3], but this network needs [8, 3, 3, 3]"
      ),
      (
        .unsupportedInputSize(width: 0, height: 4, reason: "sides must be within 1...32768"),
        "the network cannot run on a picture of 0x4 pixels: sides must be within 1...32768"
      ),
      (
        .outOfMemory(bytes: 64),
        "out of memory: the network's workspace needs 64 bytes"
      ),
    ]
    for (error, sentence) in sentences { #expect(error.description == sentence) }
  }
}
