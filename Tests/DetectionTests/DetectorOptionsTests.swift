import Detection
import Testing

@Suite("Detector options")
struct DetectorOptionsTests {
  @Test("the defaults are valid")
  func defaults() throws {
    try DetectorOptions().validate()
    #expect(DetectorOptions().scoreThreshold == 0.5)
    #expect(DetectorOptions().nmsThreshold == 0.4)
  }

  @Test("values out of range are refused with the accepted ones", arguments: invalid)
  func refuses(options: DetectorOptions, sentence: String) {
    let error = #expect(throws: DetectionError.self) { try options.validate() }
    #expect(error?.description == sentence)
  }

  private static let invalid = [
    (DetectorOptions(scoreThreshold: 1.5), "the score threshold is 1.5, but must be in 0...1"),
    (DetectorOptions(scoreThreshold: .nan), "the score threshold is nan, but must be in 0...1"),
    (DetectorOptions(nmsThreshold: -0.1), "the NMS threshold is -0.1, but must be in 0...1"),
    (
      DetectorOptions(maximumFaces: 0),
      "the largest number of faces is 0, but must be at least 1"
    ),
    (
      DetectorOptions(minimumFaceSize: -3),
      "the minimum face size is -3.0, but must be a number of pixels from 0"
    ),
    (
      DetectorOptions(maximumCandidates: 0),
      "the largest number of candidates is 0, but must be at least 1"
    ),
    (DetectorOptions(threads: 0), "the number of threads is 0, but must be at least 1"),
  ]
}
