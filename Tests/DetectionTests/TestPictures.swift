import Detection
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

/// Pictures and networks the suites share.
enum TestPictures {
  static func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
  }

  /// The default network.
  static let model = Result { try FaceModel() }

  /// The portrait of the fixtures, 224×160, with one face.
  static func portrait() throws -> ScaledPicture {
    let bytes = [UInt8](try Data(contentsOf: fixture("portrait.ppm")))
    let header = [UInt8]("P6\n224 160\n255\n".utf8)
    try #require(bytes.starts(with: header) && bytes.count == header.count + 224 * 160 * 3)
    let picture = ScaledPicture(width: 224, height: 160, sourceWidth: 224, sourceHeight: 160)
    for pixel in 0..<224 * 160 {
      for channel in 0..<3 {
        picture.pixels[pixel * 3 + channel] = bytes[header.count + pixel * 3 + 2 - channel]
      }
    }
    return picture
  }

  /// A copy of a picture's top left part that stands for a frame of another size.
  static func cut(
    _ picture: ScaledPicture, width: Int, height: Int, sourceWidth: Int? = nil,
    sourceHeight: Int? = nil
  ) -> ScaledPicture {
    let cut = ScaledPicture(
      width: width, height: height, sourceWidth: sourceWidth ?? width,
      sourceHeight: sourceHeight ?? height)
    for y in 0..<height {
      let row = picture.pixels[(y * picture.width * 3)...].prefix(width * 3)
      cut.pixels.replaceSubrange(y * width * 3..<(y + 1) * width * 3, with: row)
    }
    return cut
  }

  static func detect(
    _ picture: ScaledPicture, options: DetectorOptions = DetectorOptions()
  ) throws -> [Detection] {
    var detections: [Detection] = []
    try RetinaFaceDetector(model: model.get(), options: options).detect(
      in: picture, into: &detections)
    return detections
  }
}
